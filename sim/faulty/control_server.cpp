#include "sim/faulty/control_server.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <unistd.h>

#include <utility>

#include "sim/faulty/unix_socket.h"

namespace dcount::faulty {

using nlohmann::json;

Result<std::unique_ptr<ControlServer>> ControlServer::open(const std::string& path,
                                                           Handler handler) {
  const auto address = unix_address(path);
  if (!address) return Error{Certainty::definite, "too long for a socket's name: " + path};
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ::unlink(path.c_str());
  const bool listens =
      ::bind(listener, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0 &&
      ::listen(listener, 16) == 0;
  if (!listens) {
    const std::string why = std::strerror(errno);
    ::close(listener);
    return Error{Certainty::definite, "control socket " + path + ": " + why};
  }
  return std::unique_ptr<ControlServer>(new ControlServer(listener, std::move(handler)));
}

ControlServer::ControlServer(int listener, Handler handler)
    : listener_(listener),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      handler_(std::move(handler)),
      thread_([this] { serve(); }) {}

ControlServer::~ControlServer() {
  ::eventfd_write(stop_, 1);
  thread_.join();
  ::close(stop_);
  ::close(listener_);
}

void ControlServer::serve() {
  while (true) {
    pollfd ready[] = {{stop_, POLLIN, 0}, {listener_, POLLIN, 0}};
    if (::poll(ready, 2, -1) < 0) continue;
    if (ready[0].revents != 0) return;
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    const timeval half_a_line{.tv_sec = 2, .tv_usec = 0};
    ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &half_a_line, sizeof half_a_line);
    serve_one(connection);
    ::close(connection);
  }
}

/// Until the other side closes; others wait meanwhile.
void ControlServer::serve_one(int connection) {
  std::string rest;
  while (true) {
    if (rest.find('\n') == std::string::npos) {
      pollfd ready[] = {{stop_, POLLIN, 0}, {connection, POLLIN, 0}};
      if (::poll(ready, 2, -1) < 0) continue;
      if (ready[0].revents != 0) return;
    }
    const auto line = read_line(connection, rest);
    if (!line || !send_all(connection, answer(*line) + "\n")) return;
  }
}

std::string ControlServer::answer(const std::string& line) const {
  const json command = json::parse(line, nullptr, false);
  if (!command.is_object()) return R"({"ok":false,"error":"a command is a JSON object"})";
  return handler_(command).dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace dcount::faulty
