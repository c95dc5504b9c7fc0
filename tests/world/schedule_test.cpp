#include "sim/world/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace dcount::world {
namespace {

TEST(Schedule, IsTheSeedsAlone) {
  const Schedule one = draw_schedule(7, false, 200);
  const Schedule other = draw_schedule(7, false, 200);
  ASSERT_EQ(one.events.size(), other.events.size());
  for (std::size_t i = 0; i < one.events.size(); ++i) {
    EXPECT_EQ(to_text(one.events[i], one), to_text(other.events[i], other));
  }
}

TEST(Schedule, HasAsManyOperationsAsAskedForInTheOrderOfTime) {
  for (std::uint64_t seed = 1; seed < 50; ++seed) {
    const Schedule schedule = draw_schedule(seed, false, 200);
    EXPECT_EQ(std::ranges::count(schedule.events, false, &Event::is_fault), 200);
    EXPECT_TRUE(std::ranges::is_sorted(schedule.events, {}, &Event::at));
  }
}

TEST(Schedule, NoDiskFailsWithoutOneAndNoEtcdWithoutOne) {
  for (std::uint64_t seed = 1; seed < 100; ++seed) {
    for (const bool rocks : {false, true}) {
      for (const Event& event : draw_schedule(seed, rocks, 20).events) {
        if (!event.is_fault) continue;
        const bool disk = event.fault >= FaultKind::power_cut;
        const bool etcd = event.fault >= FaultKind::kill_member && event.fault <= FaultKind::full;
        EXPECT_FALSE(rocks ? etcd : disk) << seed;
      }
    }
  }
}

TEST(Schedule, ItsEndIsBehindAllThatLasts) {
  const Schedule schedule = draw_schedule(3, false, 200);
  for (const Event& event : schedule.events) {
    EXPECT_LE(event.at + (event.is_fault ? event.span : 0), schedule.end);
  }
}

TEST(Keep, IsTextAndBack) {
  EXPECT_EQ(to_keep({0, 1, 2, 3, 17}), "0-3,17");
  EXPECT_EQ(parse_keep("0-3,17", 100), (std::vector<std::size_t>{0, 1, 2, 3, 17}));
  EXPECT_EQ(parse_keep("", 3), (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(parse_keep(to_keep({}), 3), std::vector<std::size_t>{});
  EXPECT_EQ(parse_keep("2-9", 4), (std::vector<std::size_t>{2, 3}));
}

TEST(Keep, LeavesOnlyThese) {
  const Schedule schedule = draw_schedule(3, false, 200);
  const Schedule some = only(schedule, {4, 9});
  ASSERT_EQ(some.events.size(), 2u);
  EXPECT_EQ(some.end, schedule.end);
  EXPECT_EQ(to_text(some.events[1], some), to_text(schedule.events[9], schedule));
}

}  // namespace
}  // namespace dcount::world
