#include "tests/cluster/fairness.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <thread>

#include "tests/cluster/cluster.h"

namespace dcount::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// The demand.
constexpr milliseconds gap_max{1000};
constexpr std::size_t clients_per_server = 4;

/// When one server's clients were answered.
class Acknowledgements {
 public:
  void add() {
    const auto now = Clock::now();
    const std::lock_guard lock(mutex_);
    longest_ = std::max(longest_, now - last_);
    last_ = now;
    ++count_;
  }
  /// The time until now counts, too.
  milliseconds longest() {
    const std::lock_guard lock(mutex_);
    return std::chrono::duration_cast<milliseconds>(std::max(longest_, Clock::now() - last_));
  }
  std::int64_t count() {
    const std::lock_guard lock(mutex_);
    return count_;
  }

 private:
  std::mutex mutex_;
  Clock::time_point last_ = Clock::now();
  Clock::duration longest_{};
  std::int64_t count_ = 0;
};

}  // namespace

void share_a_hot_counter(sim::LocalCluster& all, seconds time) {
  const std::string collection = fresh_name("hot");
  client::Client maker(over(all));
  ASSERT_TRUE(maker.create_counter(collection, "k"));
  std::vector<Acknowledgements> servers(all.servers());
  std::vector<double> conflicts;
  std::vector<double> lost;
  for (std::size_t i = 0; i < all.servers(); ++i) {
    conflicts.push_back(metric(all.server(i), "dcount_conflicts_total"));
    lost.push_back(metric(all.server(i), "dcount_unresolved_batches_total"));
  }
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < clients_per_server * all.servers(); ++i) {
    threads.emplace_back([&, i] {
      const std::size_t server = i % all.servers();
      client::Client client(only(all.server(server)));
      while (!stop) {
        const auto added = client.add(collection, "k");
        EXPECT_TRUE(added) << added.error().detail;
        if (added) servers[server].add();
      }
    });
  }
  // Not a wait for anything: the length of the measurement.
  std::this_thread::sleep_for(time);
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const auto longest = servers[i].longest();
    std::printf(
        "%s: %lld additions, at most %lld ms without one; %.0f conflicts, %.0f batches lost\n",
        all.server(i).name().c_str(), static_cast<long long>(servers[i].count()),
        static_cast<long long>(longest.count()),
        metric(all.server(i), "dcount_conflicts_total") - conflicts[i],
        metric(all.server(i), "dcount_unresolved_batches_total") - lost[i]);
    EXPECT_LE(longest, gap_max) << all.server(i).name();
  }
  stop = true;
  for (auto& thread : threads) thread.join();
  for (auto& server : servers) sum += server.count();
  EXPECT_EQ(maker.get(collection, "k")->n, sum);
}

}  // namespace dcount::test
