// What a durable commit costs: commit_benchmark [DIRECTORY [SECONDS]]
//
// Per batch size: wall and CPU time of a commit, beside a bare append and fdatasync of as many
// bytes. CPU time is the process's, so RocksDB's flushes and compactions are in it.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "server/store/rocks_store.h"

namespace {

using namespace dcount::store;
using Clock = std::chrono::steady_clock;

double cpu_us() {
  rusage usage;
  ::getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& time) { return 1e6 * time.tv_sec + time.tv_usec; };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

struct Cost {
  double wall_us = 0;
  double cpu_us = 0;
};

/// Repeats `once` for so long.
Cost measure(double seconds, const std::function<void()>& once) {
  const auto begin = Clock::now();
  const double cpu_begin = cpu_us();
  int times = 0;
  std::chrono::duration<double> passed{};
  while (passed.count() < seconds) {
    once();
    ++times;
    passed = Clock::now() - begin;
  }
  return {passed.count() * 1e6 / times, (cpu_us() - cpu_begin) / times};
}

Batch random_batch(std::size_t puts, std::mt19937_64& random) {
  Batch batch;
  for (std::size_t i = 0; i < puts; ++i) {
    const std::string id = std::to_string(random() % 100'000);
    dcount::store::Group group;
    group.writes.push_back({"counter/views/page" + id, "1 42 version=" + id + " updated=17"});
    batch.groups.push_back(std::move(group));
  }
  return batch;
}

[[noreturn]] void die(const std::string& why) {
  std::fprintf(stderr, "commit_benchmark: %s\n", why.c_str());
  std::exit(1);
}

void run(const std::filesystem::path& directory, double seconds, bool sync) {
  RocksOptions options;
  options.directory = directory / (sync ? "synced" : "unsynced");
  options.node = "bench";
  options.sync = sync;
  auto store = open_rocks_store(options);
  if (!store) die(store.error().message);
  auto mark = (*store)->claim();
  if (!mark) die(mark.error().message);
  std::mt19937_64 random(1);
  for (const std::size_t puts : {1, 25, 50, 200}) {
    std::vector<Batch> batches;
    for (int i = 0; i < 100; ++i) batches.push_back(random_batch(puts, random));
    std::size_t turn = 0;
    const Cost cost = measure(seconds, [&] {
      Batch& batch = batches[turn++ % batches.size()];
      batch.previous = *mark;
      batch.next = {mark->incarnation, mark->batch + 1};
      (*store)->commit(batch, [&](CommitResult result) {
        if (result.status != CommitResult::Status::committed) die(result.error);
        *mark = result.mark;
      });
    });
    std::printf("%-22s %5zu puts  %8.1f us wall  %7.1f us CPU  %6.2f us CPU/put\n",
                sync ? "commit" : "commit without sync", puts, cost.wall_us, cost.cpu_us,
                cost.cpu_us / puts);
  }
}

void run_bare(const std::filesystem::path& directory, double seconds) {
  const std::string path = (directory / "bare").string();
  const int file = ::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) die("cannot write " + path);
  for (const std::size_t puts : {1, 25, 50, 200}) {
    const std::string record(60 * puts, 'x');
    const Cost cost = measure(seconds, [&] {
      if (::write(file, record.data(), record.size()) < 0 || ::fdatasync(file) != 0) die("sync");
    });
    std::printf("%-22s %5zu puts  %8.1f us wall  %7.1f us CPU\n", "write and fdatasync", puts,
                cost.wall_us, cost.cpu_us);
  }
  ::close(file);
}

}  // namespace

int main(int argc, char** argv) {
  const bool own_directory = argc < 2;
  std::string name = own_directory ? "/tmp/dcount-bench-XXXXXX" : argv[1];
  if (own_directory && ::mkdtemp(name.data()) == nullptr) die("mkdtemp");
  const double seconds = argc > 2 ? std::atof(argv[2]) : 2;
  run_bare(name, seconds);
  run(name, seconds, true);
  run(name, seconds, false);
  if (own_directory) std::filesystem::remove_all(name);
}
