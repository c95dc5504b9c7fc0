#include "cli/line_reader.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/interruption.h"

namespace dcount::cli {
namespace {

constexpr std::size_t buffer_bytes = 4 * line_bytes_max;
constexpr int look_up_time_ms = 100;  ///< how long an interruption may go unnoticed

bool is_regular(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

/// False: interrupted.
bool wait_for_bytes(int fd) {
  pollfd stream{fd, POLLIN, 0};
  while (!interrupted()) {
    if (::poll(&stream, 1, look_up_time_ms) > 0) return true;
  }
  return false;
}

}  // namespace

LineReader::LineReader(int fd) : fd_(fd), waits_(!is_regular(fd)), buffer_(buffer_bytes) {}

void LineReader::pass(std::size_t bytes) {
  constexpr std::uint64_t prime = 0x100000001b3;
  std::uint64_t digest = position_.digest;
  for (std::size_t i = begin_; i < begin_ + bytes; ++i) {
    digest = (digest ^ static_cast<unsigned char>(buffer_[i])) * prime;
  }
  position_ = {position_.bytes + bytes, position_.lines + 1, digest};
  begin_ += bytes;
}

LineResult LineReader::fill() {
  if (end_ - begin_ > line_bytes_max) return LineResult::too_long;
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  for (;;) {
    if (waits_ && !wait_for_bytes(fd_)) return LineResult::interrupted;
    auto got = ::read(fd_, buffer_.data() + end_, buffer_.size() - end_);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return LineResult::failed;
    ended_ = got == 0;
    end_ += static_cast<std::size_t>(got);
    return LineResult::line;
  }
}

LineResult LineReader::next(std::string_view& line) {
  for (;;) {
    const char* begin = buffer_.data() + begin_;
    const void* found = std::memchr(begin, '\n', end_ - begin_);
    if (found != nullptr || (ended_ && begin_ < end_)) {
      const char* end = found ? static_cast<const char*>(found) : buffer_.data() + end_;
      line = {begin, static_cast<std::size_t>(end - begin)};
      if (line.size() > line_bytes_max) return LineResult::too_long;
      pass(line.size() + (found ? 1 : 0));
      return LineResult::line;
    }
    if (ended_) return LineResult::end;
    if (auto result = fill(); result != LineResult::line) return result;
  }
}

}  // namespace dcount::cli
