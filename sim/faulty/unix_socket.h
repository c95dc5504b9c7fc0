// The address of a Unix socket, and lines over one.
//
// Thread-safety: pure functions, but for the descriptor, which is one thread's.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace dcount::faulty {

/// Nothing when the path is too long for one (107 bytes).
inline std::optional<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return std::nullopt;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  return address;
}

inline constexpr std::size_t control_line_bytes_max = 64 * 1024;

/// The next line without its end; `rest` keeps what came behind it. Nothing: the other side has
/// closed, was silent for too long (SO_RCVTIMEO), or the line is too long.
inline std::optional<std::string> read_line(int fd, std::string& rest) {
  for (std::size_t end; (end = rest.find('\n')) == std::string::npos;) {
    char bytes[4096];
    const ssize_t n = ::recv(fd, bytes, sizeof bytes, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0 || rest.size() > control_line_bytes_max) return std::nullopt;
    rest.append(bytes, static_cast<std::size_t>(n));
  }
  const std::size_t end = rest.find('\n');
  std::string line = rest.substr(0, end);
  rest.erase(0, end + 1);
  return line;
}

/// All of it, or false.
inline bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace dcount::faulty
