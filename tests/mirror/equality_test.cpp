// The table equals the feed at the end, whatever was killed and cut on the way. The real binary.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <random>
#include <thread>

#include "tests/mirror/model_feed.h"
#include "tests/mirror/sqlite_reader.h"
#include "tests/support/run_dcount.h"

namespace dcount::test {
namespace {

class Equality : public testing::TestWithParam<bool> {
 protected:
  Equality() : seed(std::random_device{}()), random(seed), feed(seed, 2000) {}

  std::vector<std::string> words() const {
    std::vector<std::string> words{"mirror", feed.url(), "--into", "m.sqlite", "--table", "t"};
    if (GetParam()) words.emplace_back("--prune");
    return words;
  }
  std::string file() const { return (place.path() / "m.sqlite").string(); }
  std::int64_t since() const {
    return std::atoll(query_value(file(), "SELECT since FROM dcount_mirror").c_str());
  }
  /// False when a minute has passed without.
  template <class Condition>
  static bool wait_until(const Condition& condition) {
    auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }
  bool wait_for_since(std::int64_t revision) const {
    return wait_until([&] { return since() >= revision; });
  }
  std::vector<std::string> expected() const {
    auto rows = feed.rows();
    if (GetParam())
      std::erase_if(rows, [](const auto& row) { return row.find("|-|") == row.npos; });
    return rows;
  }

  bool holds() const { return query(file(), rows) == expected(); }

  const std::string rows = "SELECT id, updated_at, deleted_at, n FROM t ORDER BY id";
  std::uint64_t seed;
  std::mt19937_64 random;
  ModelFeed feed;
  Workplace place;
};

TEST_P(Equality, HoldsAtTheEndWhenBothSidesAreKilledAtRandom) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  for (int kill = 0; kill < 10; ++kill) {
    Running mirror(place, words());
    auto ahead = static_cast<std::int64_t>(random() % 3000);
    ASSERT_TRUE(wait_for_since(since() + ahead));
    mirror.signal(SIGKILL);
    mirror.wait();
  }
  feed.set_busy(false);
  Running mirror(place, words());
  EXPECT_TRUE(wait_for_since(feed.revision()));
  EXPECT_EQ(query(file(), rows), expected());
  EXPECT_GT(feed.connections(), 11U);
}

TEST_P(Equality, HoldsAtTheEndWhenTheServerGoesBackInTime) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Running mirror(place, words());
  for (int round = 1; round <= 3; ++round) {
    ASSERT_TRUE(wait_until([&] { return feed.revision() > 2'000; }));
    feed.set_busy(false);
    ASSERT_TRUE(wait_until([&] { return since() >= feed.revision() && holds(); }));
    feed.go_back(500 + static_cast<std::int64_t>(random() % 1'000));
    feed.drop_connections();  // as a server that is restored does
    ASSERT_TRUE(wait_until([&] { return feed.refusals() == round; }));
    feed.set_busy(true);
  }
  feed.set_busy(false);
  wait_until([&] { return holds(); });
  EXPECT_EQ(query(file(), rows), expected());
}

INSTANTIATE_TEST_SUITE_P(PruneOrNot, Equality, testing::Bool());

}  // namespace
}  // namespace dcount::test
