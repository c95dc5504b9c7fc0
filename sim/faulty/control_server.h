// A Unix socket that takes commands, JSON lines, and answers each with one: what they mean is the
// handler's.
//
// Thread-safety: one thread makes and destroys it; the handler is called on a thread of its own,
// one command at a time.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "server/store/result.h"

namespace dcount::faulty {

class ControlServer {
 public:
  /// Returns the answer to a command, which is an object.
  using Handler = std::function<nlohmann::json(const nlohmann::json& command)>;

  /// Listens when it returns; what an earlier process left at the path goes. Errors: the path is
  /// too long for a socket (107 bytes), or cannot be bound.
  static Result<std::unique_ptr<ControlServer>> open(const std::string& path, Handler handler);
  ~ControlServer();

 private:
  ControlServer(int listener, Handler handler);
  void serve();
  void serve_one(int connection);
  std::string answer(const std::string& line) const;

  const int listener_;
  const int stop_;  // an eventfd
  const Handler handler_;
  std::thread thread_;
};

}  // namespace dcount::faulty
