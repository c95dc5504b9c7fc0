#include "cli/tail_lines.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "cli/interruption.h"

namespace dcount::cli {
namespace {

constexpr int look_up_time_ms = 100;  ///< for an interruption, while the reader makes us wait

}  // namespace

void TailLines::add(std::string_view line) {
  text_ += line;
  text_ += '\n';
}

bool TailLines::reader_has_gone() const {
  pollfd out{fd_, 0, 0};
  return ::poll(&out, 1, 0) > 0 && (out.revents & POLLERR) != 0;
}

Written TailLines::write() {
  if (text_.empty()) return reader_has_gone() ? Written::closed : Written::ok;
  std::string_view rest = text_;
  while (!rest.empty()) {
    if (interrupted()) return Written::interrupted;
    pollfd out{fd_, POLLOUT, 0};
    const int ready = ::poll(&out, 1, look_up_time_ms);
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    // A pipe that is ready takes so much without waiting.
    const auto size = ::write(fd_, rest.data(), std::min<std::size_t>(rest.size(), PIPE_BUF));
    if (size < 0 && errno == EPIPE) return Written::closed;
    if (size < 0 && errno != EINTR && errno != EAGAIN) return Written::failed;
    if (size > 0) rest.remove_prefix(static_cast<std::size_t>(size));
  }
  text_.clear();
  return Written::ok;
}

bool TailLines::sync() const {
  return ::fdatasync(fd_) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP;
}

}  // namespace dcount::cli
