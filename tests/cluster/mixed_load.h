// Everything at once: counters, batches, sequences of every mode, items, each operation with an id
// of its own, through all servers; and the account of it.
//
// Thread-safety: one thread's; the clients have their own.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "client/client.h"
#include "sim/local_cluster.h"

namespace dcount::test {

/// What clients were told.
struct MixedAccount {
  std::map<std::string, std::int64_t> counters;  ///< sum of what was acknowledged
  std::vector<std::int64_t> strict;
  std::vector<std::int64_t> cached;
  std::vector<std::int64_t> confirmed;  ///< of the gapless sequence
  std::set<std::string> items;
  std::vector<std::string> errors;
  std::int64_t operations = 0;
};

class MixedLoad {
 public:
  /// Defines the sequences and begins.
  explicit MixedLoad(const sim::LocalCluster& servers, std::size_t clients = 9);
  ~MixedLoad();

  /// Waits for so many more operations to be acknowledged. False: they were not in time.
  bool goes_on(std::int64_t more = 100) const;
  /// Ends the clients, and compares what they were told with what every server says. Fails the test
  /// where it differs.
  void expect_exact();

 private:
  void stop();
  void run(std::size_t index);
  /// One operation of any kind; what went wrong, or "".
  std::string operate(client::Client& client, std::uint64_t choice, const std::string& operation);
  std::string add(client::Client& client, std::uint64_t choice, const std::string& operation);
  std::string batch(client::Client& client, std::uint64_t choice, const std::string& operation);
  std::string draw(client::Client& client, const std::string& sequence, std::int64_t count,
                   std::vector<std::int64_t>& into, const std::string& operation);
  std::string invoice(client::Client& client, bool keep, const std::string& operation);
  std::string add_items(client::Client& client, const std::string& operation);

  const sim::LocalCluster& servers_;
  const std::string name_;  ///< of the collection, the tenant and, with an end, the sequences
  std::atomic<std::int64_t> acknowledged_ = 0;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;  // guards account_ while the clients run
  MixedAccount account_;
  std::vector<std::thread> threads_;
};

}  // namespace dcount::test
