#include "sim/scenario/amid.h"

#include <algorithm>
#include <thread>

#include "sim/scenario/package_files.h"

namespace dcount::sim {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds between_looks{2};
/// What an upload writes is written at once; what is still being written after this comes from
/// another server.
constexpr milliseconds transfer_time{40};
constexpr milliseconds stop_time{500};
constexpr milliseconds ready_time{500};

/// An upload's body is there until it is answered.
std::vector<HalfFile> uploads(const std::filesystem::path& data) { return spooled_files(data); }

/// Temporary files that were there a while ago, too.
std::vector<HalfFile> transfers(const std::filesystem::path& data) {
  const auto before = temporary_files(data);
  if (before.empty()) return {};
  std::this_thread::sleep_for(transfer_time);
  auto now = temporary_files(data);
  std::erase_if(now, [&](const HalfFile& file) {
    return std::ranges::find(before, file.inode, &HalfFile::inode) == before.end();
  });
  return now;
}

std::vector<HalfFile> under_way(Amid what, const std::filesystem::path& data) {
  auto files = what == Amid::upload ? uploads(data) : transfers(data);
  std::erase_if(files, [](const HalfFile& file) { return file.bytes == 0; });
  return files;
}

bool wait_stopped(const Part& server, const Testbed& testbed) {
  const auto end = Clock::now() + stop_time;
  while (!testbed.stopped(server)) {
    if (Clock::now() > end) return false;
    std::this_thread::sleep_for(between_looks);
  }
  return true;
}

}  // namespace

Result<std::string> stop_amid(Amid what, const Part& server, Testbed& testbed,
                              milliseconds at_most) {
  const auto data = testbed.cluster().server(server.index).data();
  const auto end = Clock::now() + at_most;
  const ServerProcess& process = testbed.cluster().server(server.index);
  bool ready = false;  // before it is, what lies there is of the process before it
  while (Clock::now() < end && testbed.running(server)) {
    ready = ready || process.ready(ready_time);
    const auto seen = ready ? under_way(what, data) : std::vector<HalfFile>();
    if (seen.empty()) {
      std::this_thread::sleep_for(between_looks);
      continue;
    }
    testbed.pause(server);
    const bool stopped = wait_stopped(server, testbed);
    // Whether it still is at that, now that it cannot go on.
    const auto now = what == Amid::upload ? spooled_files(data) : temporary_files(data);
    for (const HalfFile& file : now) {
      const auto same = std::ranges::find(seen, file.inode, &HalfFile::inode);
      if (!stopped || same == seen.end()) continue;
      return file.name + " of " + std::to_string(file.bytes) + " bytes";
    }
    testbed.resume(server);
  }
  return Error{Certainty::definite, testbed.name(server) + " did not come to it"};
}

}  // namespace dcount::sim
