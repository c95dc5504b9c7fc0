// What judging costs: `check_bench write FILE OPERATIONS [planted]` makes a history of increments
// and reads by 50 processes, half of the increments unknown (half of those happened); `planted`
// lets the last increments be lost once, in the middle. `check_bench judge FILE` reads and judges
// it and prints CPU times and the peak of memory as JSON.
#include <sys/resource.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "sim/check/history_reader.h"
#include "sim/check/verdict.h"

namespace {

constexpr std::uint32_t processes = 50;
constexpr std::int64_t lost_increments = 20;

double cpu_s() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Running {
  bool busy = false;
  bool read = false;
  bool done = false;  ///< it has taken effect
  std::int64_t saw = 0;
};

class Writer {
 public:
  Writer(std::FILE* file, std::uint64_t operations, bool planted)
      : file_(file), operations_(operations), planted_(planted) {}

  void write() {
    std::fprintf(file_,
                 "{\"type\":\"header\",\"format\":1,\"scenario\":\"bench\",\"seed\":1,"
                 "\"nodes\":[],\"keys\":[{\"key\":\"views/home\",\"kind\":\"counter\","
                 "\"initial\":0}]}\n");
    while (begun_ < operations_ || busy_ > 0) step();
    begin(0, true);
    end(0);
  }

 private:
  void line(std::uint32_t process, const char* type, const char* f, std::int64_t value, bool has) {
    std::fprintf(file_,
                 "{\"index\":%llu,\"process\":%u,\"type\":\"%s\",\"f\":\"%s\",\"key\":"
                 "\"views/home\"",
                 static_cast<unsigned long long>(index_), process, type, f);
    if (has) std::fprintf(file_, ",\"value\":%lld", static_cast<long long>(value));
    std::fprintf(file_, ",\"time\":%llu}\n", static_cast<unsigned long long>(index_ * 5000));
    ++index_;
  }
  void begin(std::uint32_t process, bool read) {
    running_[process] = {true, read, false, 0};
    ++busy_;
    ++begun_;
    line(process, "invoke", read ? "read" : "add", 1, !read);
  }
  void take_effect(Running& running) {
    running.done = true;
    if (planted_ && begun_ > operations_ / 2) {
      value_ -= lost_increments;
      planted_ = false;
    }
    if (!running.read) ++value_;
    running.saw = value_;
  }
  void end(std::uint32_t process) {
    Running& running = running_[process];
    bool unknown = !running.read && random_() % 2 == 0;
    if (unknown && random_() % 2 == 0) {
      if (!running.done) take_effect(running);
    } else if (!unknown && !running.done) {
      take_effect(running);
    }
    line(process, unknown ? "info" : "ok", running.read ? "read" : "add", running.saw, !unknown);
    running.busy = false;
    --busy_;
  }
  void step() {
    auto process = static_cast<std::uint32_t>(random_() % processes);
    Running& running = running_[process];
    if (running.busy) {
      // Reads take effect somewhere in between; increments when they end, so that those that are
      // unknown may not have happened.
      if (running.read && !running.done && random_() % 2 == 0) {
        take_effect(running);
      } else {
        end(process);
      }
    } else if (begun_ < operations_) {
      begin(process, random_() % 4 == 0);
    }
  }

  std::FILE* file_;
  const std::uint64_t operations_;
  bool planted_;
  std::mt19937_64 random_{1};
  std::vector<Running> running_ = std::vector<Running>(processes);
  std::uint64_t index_ = 0;
  std::uint64_t begun_ = 0;
  std::uint32_t busy_ = 0;
  std::int64_t value_ = 0;
};

int judge(const char* path) {
  double begun = cpu_s();
  auto history = dcount::check::read_history(std::filesystem::path(path));
  if (!history) {
    std::cerr << path << ": " << history.error().text() << "\n";
    return 3;
  }
  double read = cpu_s();
  dcount::check::Judgement judgement = dcount::check::check(*history);
  double judged = cpu_s();
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto& worst = judgement.findings.front();
  nlohmann::ordered_json result{{"operations", history->operations.size()},
                                {"verdict", static_cast<int>(judgement.verdict)},
                                {"judge", worst.judge},
                                {"summary", worst.summary},
                                {"witness", worst.witness.text},
                                {"read_cpu_s", read - begun},
                                {"judge_cpu_s", judged - read},
                                {"peak_mib", usage.ru_maxrss / 1024}};
  std::cout << result.dump() << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::string command = argc > 2 ? argv[1] : "";
  if (command == "judge") return judge(argv[2]);
  if (command != "write" || argc < 4) {
    std::cerr << "check_bench write FILE OPERATIONS [planted] | judge FILE\n";
    return 3;
  }
  std::FILE* file = std::fopen(argv[2], "w");
  if (file == nullptr) return 3;
  Writer(file, std::stoull(argv[3]), argc > 4).write();
  return std::fclose(file) == 0 ? 0 : 3;
}
