// A server on a free port with handlers that do what the socket tests need.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/http/problem.h"
#include "server/http/server.h"
#include "tests/support/raw_http.h"

namespace dcount::http {

using namespace std::chrono_literals;
using namespace std::string_literals;
using test::get;
using test::post;
using test::RawHttp;

/// Polls until `condition` holds; false when it does not within ten seconds.
template <class Condition>
bool soon(Condition condition) {
  for (auto end = std::chrono::steady_clock::now() + 10s; std::chrono::steady_clock::now() < end;
       std::this_thread::sleep_for(1ms))
    if (condition()) return true;
  return false;
}

/// Responders that wait until a test answers them, from its own thread.
class Deferred {
 public:
  void keep(std::string name, Responder responder) {
    std::lock_guard lock(mutex_);
    waiting_.emplace_back(std::move(name), std::move(responder));
  }
  std::size_t count() {
    std::lock_guard lock(mutex_);
    return waiting_.size();
  }
  /// The one that was asked for by `name`; waits for it.
  Responder take(const std::string& name);
  void drop_all() {
    std::vector<std::pair<std::string, Responder>> dropped;
    std::lock_guard lock(mutex_);
    dropped.swap(waiting_);
  }

 private:
  std::mutex mutex_;
  std::vector<std::pair<std::string, Responder>> waiting_;
};

inline httplib::Response text(int status, const std::string& body) {
  httplib::Response response;
  response.status = status;
  response.set_content(body, "text/plain");
  return response;
}

/// Routes:  GET|POST /echo/{word}   "word" + the body, at once
///          POST /later/{word}      as `deferred` is told
///          GET /drop, /throw       forgets its Responder, throws
///          GET /large/{bytes}      that many bytes
/// services: GET|POST /service/{word}  waits while they are held
///          PUT /spool              the file's size and its first bytes
///          GET /file               send_file of `file`
///          GET /provided, /stream, /fail
/// and those of a test's own, see add_routes.
class Serving : public testing::Test {
 protected:
  Serving();
  ~Serving() override;

  void start();
  /// Beside those above: called by start.
  virtual void add_routes(RouteTable&) {}
  std::uint16_t port() const { return server_->port(); }
  RawHttp connect() const { return RawHttp(port()); }
  void hold_services();
  void release_services();
  std::size_t spooled_files() const;

  ServerOptions options_;  ///< to be changed before start
  Deferred deferred_;
  std::filesystem::path directory_;
  std::string file_;
  std::atomic<int> services_running_{0};
  std::unique_ptr<Server> server_;

 private:
  RouteTable routes();
  void add_services(RouteTable& table);
  void wait_while_held();

  std::mutex mutex_;
  std::condition_variable released_;
  bool held_ = false;
};

}  // namespace dcount::http
