// Clients of the library that add 1 to a few counters over all servers, and the account of what
// they were told. Every addition carries a key of its own, so the account must be exact.
//
// Thread-safety: one thread's; the clients have their own.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "client/client.h"
#include "sim/local_cluster.h"

namespace dcount::test {

struct CounterLoadOptions {
  std::size_t clients = 9;
  std::size_t counters = 3;
  client::Duration answer_time{9'000};
  client::Duration retry_time{10'000};
};

class CounterLoad {
 public:
  /// Makes the counters and begins.
  explicit CounterLoad(const sim::LocalCluster& servers, CounterLoadOptions options = {});
  ~CounterLoad();

  /// How many were acknowledged so far.
  std::int64_t acknowledged() const { return acknowledged_; }
  /// Waits for so many more. False: they did not come in time.
  bool goes_on(std::int64_t more = 60) const;

  /// Ends the clients.
  void stop();
  /// stop, and: no client saw an error; each counter's answers were exactly the numbers from 1 to
  /// its value, each once, as versions too; every server says the same. Fails the test otherwise.
  void expect_exact();
  /// The longest time from one call's beginning to its answer.
  std::chrono::milliseconds longest_call() const { return longest_; }

 private:
  void run(std::size_t client);

  const sim::LocalCluster& servers_;
  const CounterLoadOptions options_;
  const std::string collection_;
  std::atomic<std::int64_t> acknowledged_ = 0;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;                                 // guards all below while the clients run
  std::vector<std::vector<client::Added>> answers_;  // by counter
  std::vector<client::ClientError> errors_;
  std::chrono::milliseconds longest_{0};
  std::vector<std::thread> threads_;
};

}  // namespace dcount::test
