// See bench_device.h.
#include "cli/bench_device.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace dcount::cli::bench {
namespace {

/// An open file that has no name any more, or -1.
int nameless_file(const std::string& directory) {
  const int file = ::open(directory.c_str(), O_TMPFILE | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (file >= 0) return file;
  std::string name = directory + "/dcount-bench-XXXXXX";  // not every file system has O_TMPFILE
  const int named = ::mkostemp(name.data(), O_APPEND | O_CLOEXEC);
  if (named >= 0) ::unlink(name.c_str());
  return named;
}

}  // namespace

DeviceTimes measure_device(const std::string& directory, std::size_t samples,
                           std::chrono::milliseconds time_max) {
  using Clock = std::chrono::steady_clock;
  DeviceTimes times;
  const int file = nameless_file(directory);
  if (file < 0) {
    times.error = directory + ": " + std::strerror(errno);
    return times;
  }
  std::array<char, append_bytes> bytes;
  bytes.fill('x');
  Clock::time_point before = Clock::now();
  const Clock::time_point end = before + time_max;
  for (std::size_t i = 0; i < samples && before < end; ++i) {
    if (::write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
        ::fdatasync(file) != 0) {
      times.error = directory + ": " + std::strerror(errno);
      break;
    }
    const Clock::time_point now = Clock::now();
    times.sync.record(static_cast<std::uint64_t>((now - before).count()));
    before = now;
  }
  ::close(file);
  return times;
}

}  // namespace dcount::cli::bench
