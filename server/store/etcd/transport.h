// The way to etcd: its members' JSON gateways over HTTP, one connection at a time, with
// cpp-httplib. A member that cannot be reached, has no leader or does not answer is passed over for
// the next.
//
// The process ignores SIGPIPE: OpenSSL writes to connections that the other side has closed.
//
// Thread-safety: one thread uses a Connection; stop from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/etcd/address.h"
#include "server/store/etcd/messages.h"
#include "server/store/etcd/reply.h"

namespace httplib {
class Client;
}

namespace dcount::store::etcd {

/// How to speak to etcd, TLS and user included.
struct Access {
  Address address;
  std::string user;  ///< empty: none
  std::string password;
  std::string ca_file;           ///< TLS: who vouches for etcd; empty: the system's list
  std::string certificate_file;  ///< TLS: who we are; empty: nobody
  std::string key_file;
};

class Connection {
 public:
  /// Begins with endpoint number `first`, modulo their number. `patience`: how long an answer may
  /// take. Connecting takes at most a second.
  Connection(Access access, std::chrono::milliseconds patience, std::size_t first = 0);
  ~Connection();

  /// Sends a request once, to the first member that can be reached. When the answer does not come,
  /// or says that this member has no leader, the next request goes to the next member.
  Reply send(const Request& request);

  /// Takes a piece of an answer that is still coming; false ends it.
  using Sink = std::function<bool(std::string_view piece)>;

  /// Sends a request whose answer has no end, and hands it over piece by piece, until the sink
  /// ends it, the member does, or stop is called. `silence`: how long nothing may come. Returns why
  /// it ended, for people; the next one goes to the next member.
  std::string stream(const Request& request, std::chrono::milliseconds silence, const Sink& sink);

  /// Ends what is under way and everything asked later.
  void stop();
  bool stopped() const { return stopped_; }

 private:
  httplib::Client& http();
  void pass_over();
  Reply send_once(const Request& request);
  Reply login();

  const Access access_;
  const std::chrono::milliseconds patience_;
  std::size_t current_;
  std::string token_;

  std::mutex mutex_;  // guards http_ against stop
  std::unique_ptr<httplib::Client> http_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace dcount::store::etcd
