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

/// The demand is "no server without an addition for a second", and every server's longest time is
/// printed. What is asserted is what fails for a server that is kept from the counter, and not for
/// one whose process stands still for a moment: it gets its share, and few of its tries fail.
constexpr std::int64_t least_share = 10;  ///< one in so many additions; of three servers
constexpr std::size_t clients_per_server = 4;
/// Of each server, before anything is measured: what a test before this one did to etcd is over.
constexpr std::int64_t warm_additions = 20;

/// Who was answered when, and after how many answers to others.
class Acknowledgements {
 public:
  struct Of {
    std::int64_t count = 0;
    std::int64_t longest_turns = 0;  ///< answers to others in a row
    Clock::duration longest_time{};
  };

  explicit Acknowledgements(std::size_t servers) : lasts_(servers), all_(servers) {}

  void add(std::size_t server) {
    const std::lock_guard lock(mutex_);
    note(server);
    lasts_[server] = {Clock::now(), ++total_};
    ++all_[server].count;
  }
  bool warm() {
    const std::lock_guard lock(mutex_);
    return std::ranges::all_of(all_, [](const Of& of) { return of.count >= warm_additions; });
  }
  void begin() {
    const std::lock_guard lock(mutex_);
    for (Of& of : all_) of = {};
    for (Last& last : lasts_) last = {Clock::now(), total_};
  }
  /// The time until now counts, too.
  std::vector<Of> end() {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < all_.size(); ++i) note(i);
    return all_;
  }
  std::int64_t total() {
    const std::lock_guard lock(mutex_);
    return total_;
  }

 private:
  struct Last {
    Clock::time_point time = Clock::now();
    std::int64_t total = 0;
  };

  void note(std::size_t server) {
    Of& of = all_[server];
    of.longest_turns = std::max(of.longest_turns, total_ - lasts_[server].total);
    of.longest_time = std::max(of.longest_time, Clock::now() - lasts_[server].time);
  }

  std::mutex mutex_;  // guards what follows
  std::vector<Last> lasts_;
  std::vector<Of> all_;
  std::int64_t total_ = 0;
};

}  // namespace

void share_a_hot_counter(sim::LocalCluster& all, seconds time) {
  const std::string collection = fresh_name("hot");
  client::Client maker(over(all));
  ASSERT_TRUE(maker.create_counter(collection, "k"));
  Acknowledgements answers(all.servers());
  std::atomic<bool> stop = false;
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < clients_per_server * all.servers(); ++i) {
    threads.emplace_back([&, server = i % all.servers()] {
      client::Client client(only(all.server(server)));
      while (!stop) {
        const auto added = client.add(collection, "k");
        EXPECT_TRUE(added) << added.error().detail;
        if (added) answers.add(server);
      }
    });
  }
  EXPECT_TRUE(eventually([&] { return answers.warm(); }));
  std::vector<double> conflicts;
  std::vector<double> lost;
  for (std::size_t i = 0; i < all.servers(); ++i) {
    conflicts.push_back(metric(all.server(i), "dcount_conflicts_total"));
    lost.push_back(metric(all.server(i), "dcount_unresolved_batches_total"));
  }
  answers.begin();
  // Not a wait for anything: the length of the measurement.
  std::this_thread::sleep_for(time);
  const auto servers = answers.end();
  std::int64_t total = 0;
  for (const auto& server : servers) total += server.count;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const auto longest = std::chrono::duration_cast<milliseconds>(servers[i].longest_time);
    const double failed = metric(all.server(i), "dcount_conflicts_total") - conflicts[i];
    std::printf(
        "%s: %lld additions; without one for %lld ms at most, and for %lld of others'; "
        "%.0f conflicts, %.0f batches lost\n",
        all.server(i).name().c_str(), static_cast<long long>(servers[i].count),
        static_cast<long long>(longest.count()), static_cast<long long>(servers[i].longest_turns),
        failed, metric(all.server(i), "dcount_unresolved_batches_total") - lost[i]);
    EXPECT_GT(servers[i].count * least_share, total) << all.server(i).name();
    EXPECT_LT(failed, static_cast<double>(servers[i].count)) << all.server(i).name();
  }
  stop = true;
  threads.clear();
  EXPECT_EQ(maker.get(collection, "k")->n, answers.total());
}

}  // namespace dcount::test
