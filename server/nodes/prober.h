// Asks the other nodes' GET /capi/ping, again and again: are they who we think, and what time is it
// there?
//
// A few threads share the peers: each takes the one that is due next. A peer that hangs costs the
// others nothing as long as there are fewer such peers than threads.
//
// Thread-safety: set_peers from one thread; stop and the destructor from one. `tell` is called on
// the prober's threads, one call at a time for each peer, and never after stop has returned.
#pragma once

#include <httplib.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/engine/clock.h"
#include "server/nodes/membership.h"

namespace dcount::nodes {

struct ProberOptions {
  std::string node;    ///< who asks, said in the header X-Dcount-From; empty: not said
  std::string secret;  ///< of the cluster, sent as a bearer token; empty: none
  std::chrono::milliseconds interval{1000};  ///< from the start of one probe to the next
  std::chrono::milliseconds connect_time{500};
  std::chrono::milliseconds read_time{500};  ///< without a byte
  std::size_t threads_max = 16;
};

/// "host:port" or "[address]:port", as is_node_address has it.
struct HostAndPort {
  std::string host;
  int port = 0;
};
HostAndPort split_address(const std::string& address);

class Prober {
 public:
  using Tell = std::function<void(const Probe& probe)>;

  /// `clock` (what offsets are measured against) outlives it.
  Prober(const engine::Clock& clock, Tell tell, ProberOptions options = {});
  ~Prober();

  /// Whom to ask from now on; new ones at once. What is under way with others is cut.
  void set_peers(const std::vector<Peer>& peers);

  /// Cuts what is under way. Waits for a connection that is being made (connect_time), and for a
  /// host name that is being looked up.
  void stop();

 private:
  using Steady = std::chrono::steady_clock;
  struct Target {
    explicit Target(Peer peer, const ProberOptions& options);
    const Peer peer;
    httplib::Client client;  // one thread's at a time, but for stop()
    Steady::time_point due;
    bool busy = false;
    bool wanted = true;
  };

  void work();
  Probe ask(Target& target);

  const engine::Clock& clock_;
  const Tell tell_;
  const ProberOptions options_;
  std::mutex mutex_;  // guards all below
  std::condition_variable wake_;
  std::vector<std::shared_ptr<Target>> targets_;
  std::vector<std::thread> threads_;
  bool stopping_ = false;
};

}  // namespace dcount::nodes
