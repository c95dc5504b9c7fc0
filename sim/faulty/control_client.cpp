#include "sim/faulty/control_client.h"

#include <sys/time.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "sim/faulty/unix_socket.h"

namespace dcount::faulty {
namespace {

using nlohmann::json;

struct Descriptor {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

void limit_time(int fd, std::chrono::milliseconds at_most) {
  const timeval time{.tv_sec = at_most.count() / 1000, .tv_usec = at_most.count() % 1000 * 1000};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

}  // namespace

Result<FaultyState> ask(const std::filesystem::path& socket, const json& command,
                        std::chrono::milliseconds at_most) {
  const auto address = unix_address(socket.string());
  if (!address) return Error{Certainty::definite, "no name for a socket: " + socket.string()};
  const Descriptor connection;
  limit_time(connection.fd, at_most);
  const bool connected =
      ::connect(connection.fd, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0;
  if (!connected) {
    return Error{Certainty::definite, socket.string() + ": " + std::strerror(errno)};
  }
  std::string rest;
  const bool sent = send_all(connection.fd, command.dump() + "\n");
  const auto line = sent ? read_line(connection.fd, rest) : std::nullopt;
  const json answer = line ? json::parse(*line, nullptr, false) : json();
  if (!answer.is_object()) {
    return Error{Certainty::unknown, socket.string() + " gave no answer to " + command.dump()};
  }
  if (!answer.value("ok", false)) {
    return Error{Certainty::definite, answer.value("error", "refused: " + command.dump())};
  }
  return FaultyState{answer.value("clock_offset_ms", std::int64_t{0}),
                     answer.value("clock_drift_ppm", 0.0), answer.value("disk", ""),
                     answer.value("packages", ""), answer.value("plant", "")};
}

}  // namespace dcount::faulty
