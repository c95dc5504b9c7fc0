#include "server/engine/visits.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace dcount::engine {
namespace {

struct VisitsTest : testing::Test {
  Visit visit(char name, bool urgent, std::chrono::milliseconds takes = {}) {
    return {[this, name, takes] {
              order += name;
              std::this_thread::sleep_for(takes);
            },
            urgent};
  }

  Visits visits;
  std::string order;
};

TEST_F(VisitsTest, UrgentOnesComeFirstAndTheOthersInTheirOrder) {
  visits.add({visit('a', false), visit('B', true), visit('c', false)});
  visits.add({visit('d', false), visit('E', true)});
  while (!visits.empty()) visits.run();
  EXPECT_EQ(order, "BEacd");
}

TEST_F(VisitsTest, OnesThatTakeLongLeaveTheNextToAnotherRun) {
  using std::chrono::milliseconds;
  visits.add({visit('a', false, milliseconds(2)), visit('b', false)});
  visits.run();
  EXPECT_EQ(order, "a");
  visits.run();
  EXPECT_EQ(order, "ab");
}

TEST_F(VisitsTest, AllUrgentOnesAreRunHoweverLongTheyTake) {
  using std::chrono::milliseconds;
  visits.add({visit('A', true, milliseconds(2)), visit('B', true)});
  visits.run();
  EXPECT_EQ(order, "AB");
}

TEST_F(VisitsTest, OneThatComesAgainWaitsBehindTheOthers) {
  visits.add({{[this] {
                 order += 'a';
                 visits.add({visit('c', false)});
               },
               false},
              visit('b', false)});
  while (!visits.empty()) visits.run();
  EXPECT_EQ(order, "abc");
}

}  // namespace
}  // namespace dcount::engine
