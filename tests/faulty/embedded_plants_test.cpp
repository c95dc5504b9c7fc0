// Each planted bug of the embedded engine is alive: it breaks its promise in the shortest story
// that there is, and the same binary without it does not.
#include <gtest/gtest.h>

#include "sim/faulty/plants.h"
#include "tests/faulty/stories.h"

namespace dcount::faulty {
namespace {

TEST(EmbeddedPlants, AcknowledgedIncrementsAreLost) {
  FaultyServer planted("lost-acknowledged");
  EXPECT_TRUE(breaks([&](int round) { return acknowledged_is_lost(planted, round); }));
  FaultyServer honest;
  EXPECT_TRUE(holds([&](int round) { return acknowledged_is_lost(honest, round); }));
}

TEST(EmbeddedPlants, ReadsAreStale) {
  FaultyServer planted("stale-read");
  EXPECT_TRUE(breaks([&](int round) { return read_is_stale(planted, planted, round); }));
  FaultyServer honest;
  EXPECT_TRUE(holds([&](int round) { return read_is_stale(honest, honest, round); }));
}

TEST(EmbeddedPlants, ARetryCountsTwice) {
  FaultyServer planted("double-apply");
  EXPECT_TRUE(breaks([&](int round) { return retry_counts_twice(planted, planted, round); }));
  FaultyServer honest;
  EXPECT_TRUE(holds([&](int round) { return retry_counts_twice(honest, honest, round); }));
}

TEST(EmbeddedPlants, ANumberComesTwice) {
  FaultyServer planted("block-not-durable");
  EXPECT_TRUE(breaks([&](int round) { return number_comes_twice(planted, round); }));
  FaultyServer honest;
  EXPECT_TRUE(holds([&](int round) { return number_comes_twice(honest, round); }));
}

TEST(EmbeddedPlants, ItemsAreHalved) {
  FaultyServer planted("half-items");
  EXPECT_TRUE(breaks([&](int round) { return items_are_halved(planted, round); }));
  FaultyServer honest;
  EXPECT_TRUE(holds([&](int round) { return items_are_halved(honest, round); }));
}

TEST(EmbeddedPlants, UncommittedValuesAreRead) {
  FaultyServer planted("uncommitted-read");
  EXPECT_TRUE(breaks([&](int round) { return uncommitted_is_read(planted, round); }));
  FaultyServer honest;
  EXPECT_TRUE(holds([&](int round) { return uncommitted_is_read(honest, round); }));
}

TEST(EmbeddedPlants, ATailLeavesOutWhatItMissed) {
  FaultyServer planted("tail-gap-on-reconnect");
  EXPECT_TRUE(breaks([&](int round) { return tail_leaves_out(planted, round); }));
  FaultyServer honest;
  EXPECT_TRUE(holds([&](int round) { return tail_leaves_out(honest, round); }));
}

TEST(EmbeddedPlants, ACleanStopHidesThem) {
  for (const char* plant : {"lost-acknowledged", "block-not-durable", "half-items"}) {
    FaultyServer planted(plant);
    client::SequenceDefinition cached;
    cached.mode = client::SequenceMode::cached;
    ASSERT_TRUE(planted.client().define_sequence("s", cached));
    client::CounterOptions options;
    options.create = true;
    ASSERT_TRUE(planted.client().add("c", "k", 7, options));
    ASSERT_TRUE(planted.client().draw("s"));
    ASSERT_TRUE(planted.client().add_items({{"a", "t"}, {"b", "t"}, {"c", "t"}}));
    must(planted.process().restart());
    EXPECT_EQ(planted.client().get("c", "k")->n, 7) << plant;
    EXPECT_EQ(planted.client().draw("s")->numbers, std::vector<std::int64_t>{2}) << plant;
    EXPECT_EQ(planted.client().count_items("t").value(), 3) << plant;
  }
}

TEST(EmbeddedPlants, AreRefusedWhereTheyMeanNothing) {
  EXPECT_EQ(find_plant("nothing"), nullptr);
  const auto start = [](const char* plant) -> std::string {
    try {
      FaultyServer server(plant);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "started";
  };
  const std::string unknown = start("nothing");
  EXPECT_NE(unknown.find("exit code 2"), std::string::npos) << unknown;
  EXPECT_NE(unknown.find("no planted bug is called 'nothing'"), std::string::npos) << unknown;
  const std::string misplaced = start("no-fence");
  EXPECT_NE(misplaced.find("none of the embedded engine"), std::string::npos) << misplaced;
}

}  // namespace
}  // namespace dcount::faulty
