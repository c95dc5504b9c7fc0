// A lockstep server that sends exactly the bytes a test tells it to.
//
// Thread-safety: the methods of ScriptedFeed from any thread. Scripts run on the server's thread,
// one connection after the other.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace dcount::test {

/// One connection whose request has come.
class FeedConnection {
 public:
  FeedConnection(int fd, std::string request, const std::atomic<bool>& stopping)
      : fd_(fd), request_(std::move(request)), stopping_(stopping) {}

  /// The request's head, and what it asks for: "/servers?since=0".
  const std::string& request() const { return request_; }
  std::string target() const;
  /// The number behind "since=".
  std::int64_t since() const;

  /// In one segment of its own. False: the client is gone.
  bool send(std::string_view bytes);
  /// Whether the client has gone, or the test ends.
  bool over() const;
  /// Until then.
  void hold() const;
  /// With a reset, at the end of the script.
  void cut();

 private:
  int fd_;
  std::string request_;
  const std::atomic<bool>& stopping_;
};

class ScriptedFeed {
 public:
  using Script = std::function<void(FeedConnection&)>;

  ScriptedFeed();
  ~ScriptedFeed();

  std::uint16_t port() const { return port_; }
  /// "http://127.0.0.1:port" + path
  std::string url(const std::string& path = "/servers") const;

  /// What becomes of the next connection that has no script yet.
  void next(Script script);
  /// And of those that have none. Without it they are held without an answer.
  void otherwise(Script script);

  /// The heads of all requests so far.
  std::vector<std::string> requests() const;
  std::vector<std::string> targets() const;
  /// Waits until there were so many; false when a minute has passed without.
  bool wait_for_requests(std::size_t count);

 private:
  void serve();
  void serve_one(int fd);

  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Script> scripts_;
  Script otherwise_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

/// The head of an answer that is chunked; a chunk, empty: the last one; a whole answer.
std::string chunked_head();
std::string chunk(std::string_view text);
std::string answer(std::string_view body, const std::string& status = "200 OK",
                   const std::string& fields = "");

/// As in the README of the original: {"id":124,"updated_at":1000,"deleted_at":1000,"ip":…,"port":…}
std::string server_record(int id, std::int64_t updated_at, bool deleted = false, int port = 1234);

}  // namespace dcount::test
