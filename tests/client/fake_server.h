// A small dcount over stock cpp-httplib, in memory: enough of the contract to test a client, and
// faults on demand.
//
// Thread-safety: all of it.
#pragma once

#include <httplib.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "client/endpoint.h"
#include "tests/client/fake_items.h"
#include "tests/client/fake_packages.h"
#include "tests/client/fake_sequences.h"

namespace dcount::test {

/// What becomes of one request, instead of what should.
struct Fault {
  int status = 0;             ///< answer this, without doing anything
  std::string code;           ///< with this problem code
  std::string retry_after;    ///< and this header
  bool lose_answer = false;   ///< do it, then break the connection
  std::string raw_body = {};  ///< answer this body, whatever it is
};

struct Seen {
  std::string method;
  std::string target;
  std::string key;
  std::string body;
  std::string authorization;
};

class FakeServer {
 public:
  FakeServer();
  ~FakeServer();

  client::Endpoint endpoint() const { return {"127.0.0.1", static_cast<std::uint16_t>(port_)}; }
  std::string url() const { return endpoint().url(); }

  /// For the next requests, one each.
  void fail_next(Fault fault, int times = 1);
  void fail_always(Fault fault);
  void heal();

  std::vector<Seen> seen() const;
  std::int64_t value(const std::string& name) const;  ///< "views/home"; 0 when there is none
  void set(const std::string& name, std::int64_t n);
  std::vector<std::string> items(const std::string& tenant);
  /// Does something with them while no request is.
  template <class Do>
  auto with_packages(const Do& todo) {
    std::lock_guard lock(mutex_);
    return todo(packages_);
  }
  void expire_reservations();
  std::string restored() const;
  void set_dump(std::string dump);
  /// From now on a dump never ends.
  void stall_dumps() { stalled_ = true; }

 private:
  struct Counter {
    std::int64_t n = 0;
    std::int64_t version = 0;
  };
  struct Stored {
    int status;
    std::string body;
    std::map<std::string, std::string> headers;
  };
  using Request = httplib::Request;
  using Response = httplib::Response;

  void handle(const Request& request, Response& response);
  bool inject(Response& response, bool& lose);
  void store(const std::string& key, const Response& response);
  void route(const Request& request, Response& response);
  void counters(const Request& request, const std::vector<std::string>& parts, Response& response);
  void add(const Request& request, const std::string& name, std::int64_t n, Response& response);
  void batch(const Request& request, Response& response);
  void list(const Request& request, const std::string& prefix, Response& response);

  /// cpp-httplib's backlog of 5 makes many clients wait for a second SYN.
  struct Http : httplib::Server {
    void widen_backlog() { ::listen(svr_sock_, 1024); }
  };

  Http http_;
  int port_ = 0;
  std::thread thread_;
  mutable std::mutex mutex_;
  std::map<std::string, Counter> counters_;
  FakeItems items_;
  FakePackages packages_;
  FakeSequences sequences_;
  std::map<std::string, Stored> stored_;
  std::deque<Fault> faults_;
  bool always_ = false;
  std::vector<Seen> seen_;
  std::string dump_;
  std::atomic<bool> stalled_{false};
  std::string restored_;
  int made_up_ = 0;
};

}  // namespace dcount::test
