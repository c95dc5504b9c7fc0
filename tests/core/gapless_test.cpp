// Gapless sequences: what comes back is handed out again, and nothing is missing in the end.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "server/core/names.h"
#include "tests/core/gapless_model.h"
#include "tests/core/sequence_bench.h"

namespace dcount::core {
namespace {

struct GaplessBench : SequenceBench {
  GaplessBench() { create(); }

  void create(std::int64_t min = 1, std::int64_t max = 1000, std::int64_t increment = 1) {
    Definition definition = ascending(min, max);
    definition.mode = SequenceMode::gapless;
    definition.increment = increment;
    define("g", definition);
  }
  Outcome reserve(std::string token, std::int64_t ttl_ms = 60'000) {
    return run({Reserve{"g", std::move(token), ttl_ms}, {}}).outcome;
  }
  std::int64_t number_of(const Outcome& outcome) {
    return std::get<ReservationOutcome>(outcome.value).number;
  }
  Code confirm(std::string token) { return run({Confirm{"g", std::move(token)}, {}}).outcome.code; }
  Code release(std::string token) { return run({Release{"g", std::move(token)}, {}}).outcome.code; }
  void sweep() { run({Sweep{}, {}}); }
};

struct Gapless : testing::Test, GaplessBench {};

TEST_F(Gapless, ReservationsAndDrawsShareTheNumbers) {
  EXPECT_EQ(number_of(reserve("a")), 1);
  EXPECT_EQ(draw("g", 2), (Numbers{2, 3}));
  EXPECT_EQ(number_of(reserve("b")), 4);
  EXPECT_EQ(read("g").reserved, 2);
}

TEST_F(Gapless, AReleasedNumberComesAgainLowestFirst) {
  for (const char* token : {"a", "b", "c", "d"}) reserve(token);
  EXPECT_EQ(release("c"), Code::ok);
  EXPECT_EQ(release("a"), Code::ok);
  EXPECT_EQ(read("g").free, 2);
  EXPECT_EQ(read("g").next, 1);
  EXPECT_EQ(number_of(reserve("e")), 1);
  EXPECT_EQ(read("g").next, 3);
  EXPECT_EQ(draw("g", 3), (Numbers{3, 5, 6}));
  EXPECT_EQ(read("g").free, 0);
}

TEST_F(Gapless, AnExpiredNumberComesAgainWithTheNextDraw) {
  reserve("a", 1000);
  reserve("b", 5000);
  pass(999);
  EXPECT_EQ(draw("g"), (Numbers{3}));
  pass(1);
  EXPECT_EQ(draw("g"), (Numbers{1})) << "no housekeeping was needed";
  EXPECT_EQ(confirm("a"), Code::expired);
  EXPECT_EQ(read("g").reserved, 1);
}

TEST_F(Gapless, HousekeepingFreesExpiredNumbersToo) {
  reserve("a", 1000);
  pass(1000);
  sweep();
  EXPECT_EQ(read("g").free, 1);
  EXPECT_EQ(read("g").reserved, 0);
  EXPECT_EQ(draw("g", 2), (Numbers{1, 2}));
}

TEST_F(Gapless, WhoComesTooLateToConfirmSetsTheNumberFree) {
  reserve("a", 1000);
  pass(1000);
  EXPECT_EQ(confirm("a"), Code::expired);
  EXPECT_EQ(read("g").free, 1);
}

TEST_F(Gapless, ConfirmAndReleaseAreRepeatableAndExcludeEachOther) {
  reserve("a");
  EXPECT_EQ(confirm("a"), Code::ok);
  EXPECT_EQ(confirm("a"), Code::ok);
  EXPECT_EQ(release("a"), Code::confirmed);
  reserve("b");
  EXPECT_EQ(release("b"), Code::ok);
  EXPECT_EQ(release("b"), Code::ok);
  EXPECT_EQ(confirm("b"), Code::released);
  EXPECT_EQ(confirm("nobody"), Code::not_found);
  EXPECT_EQ(read("g").free, 1) << "repeating gives nothing back twice";
}

TEST_F(Gapless, TheFateOfAReservationIsRememberedForAWhile) {
  reserve("a");
  release("a");
  pass(state.tombstone_ms() - 1);
  sweep();
  EXPECT_EQ(confirm("a"), Code::released);
  pass(1);
  sweep();
  EXPECT_EQ(confirm("a"), Code::not_found);
}

TEST_F(Gapless, WithTooFewNumbersNothingIsTaken) {
  run({DeleteSequence{"g", {}}, {}});
  create(1, 4);
  reserve("a");
  reserve("b");
  release("a");
  EXPECT_EQ(run({Draw{"g", 4, {}, {}}, {}}).outcome.code, Code::exhausted);
  EXPECT_EQ(draw("g", 3), (Numbers{1, 3, 4}));
  EXPECT_EQ(reserve("c").code, Code::exhausted);
}

TEST_F(Gapless, OnlyGaplessSequencesTakeReservations) {
  EXPECT_EQ(run({Reserve{"forward", "t", 1000}, {}}).outcome.code, Code::not_gapless);
  EXPECT_EQ(run({Reserve{"none", "t", 1000}, {}}).outcome.code, Code::not_found);
}

TEST_F(Gapless, ADeletedSequenceTakesItsReservationsAndFreeNumbersAlong) {
  reserve("a", 1000);
  reserve("b");
  reserve("c");
  release("b");
  run({DeleteSequence{"g", {}}, {}});
  create(1, 9);
  EXPECT_EQ(confirm("c"), Code::not_found) << "another sequence, though of the same name";
  EXPECT_EQ(draw("g", 2), (Numbers{1, 2})) << "its own numbers, not those that came back before";
  pass(60'000);
  sweep();
  EXPECT_EQ(state.free_numbers().size(), 0u);
  EXPECT_EQ(state.reservations().size(), 1u) << "b, released, until its time is over";
  EXPECT_EQ(state.open_reservations(), 0u);
  EXPECT_EQ(read("g").free, 0);
}

TEST_F(Gapless, CountsDownTooInItsOwnOrder) {
  Definition definition = ascending(1, 9);
  definition.mode = SequenceMode::gapless;
  definition.start = 9;
  definition.increment = -2;
  define("down", definition);
  EXPECT_EQ(draw("down", 2), (Numbers{9, 7}));
  run({Reserve{"down", "x", 1000}, {}});
  run({Release{"down", "x"}, {}});
  EXPECT_EQ(draw("down", 3), (Numbers{5, 3, 1}));
}

TEST_F(Gapless, ManyThatExpireAtOnceAreNotMistakenForNone) {
  run({DeleteSequence{"g", {}}, {}});
  create(1, 3000);
  for (int i = 0; i < 3000; ++i) reserve("t" + std::to_string(i), 1000);
  EXPECT_EQ(run({Draw{"g", 1, {}, {}}, {}}).outcome.code, Code::exhausted);
  pass(1000);
  EXPECT_EQ(draw("g", 3000).size(), 3000u);
}

TEST_F(Gapless, OfClosedReservationsOnlySoManyAreRemembered) {
  for (int i = 0; i < 10; ++i) {
    reserve("t" + std::to_string(i));
    confirm("t" + std::to_string(i));
    pass(1);
  }
  Sweep few;
  few.closed_reservations_max = 4;
  run({few, {}});
  EXPECT_EQ(confirm("t5"), Code::not_found);
  EXPECT_EQ(confirm("t6"), Code::ok);
}

// ---- against a dumb model

RC_GTEST_PROP(GaplessProperty, LeavesNoHoleAtAnyMomentWithoutReservations, ()) {
  GaplessBench bench;
  GaplessModel model;
  const auto steps = *rc::gen::inRange(1, 60);
  for (int step = 0; step < steps; ++step) {
    const std::string token = "t" + std::to_string(*rc::gen::inRange(0, 12));
    model.expire(bench.now.unix_ms);
    switch (*rc::gen::inRange(0, 6)) {
      case 0: {
        const auto count = *rc::gen::inRange(1, 5);
        Numbers expected;
        for (int i = 0; i < count; ++i) expected.push_back(model.take());
        RC_ASSERT(bench.draw("g", count) == expected);
        model.out.insert(expected.begin(), expected.end());
        break;
      }
      case 1: {
        if (model.held.contains(token)) break;  // tokens are new
        const auto ttl = *rc::gen::inRange(1, 4) * 1000;
        const auto number = model.take();
        RC_ASSERT(bench.number_of(bench.reserve(token, ttl)) == number);
        model.held[token] = {number, bench.now.unix_ms + ttl};
        break;
      }
      case 2:
        RC_ASSERT(bench.confirm(token) == model.close(token, Code::confirmed));
        break;
      case 3:
        RC_ASSERT(bench.release(token) == model.close(token, Code::released));
        break;
      case 4:
        bench.pass(*rc::gen::inRange(1, 3) * 700);
        break;
      default:
        bench.sweep();
        break;
    }
  }
  // All that is open expires; what was handed out for good and what is free make up a whole.
  bench.pass(10'000);
  model.expire(bench.now.unix_ms);
  bench.sweep();
  RC_ASSERT(bench.read("g").reserved == 0);
  RC_ASSERT(bench.read("g").free == static_cast<std::int64_t>(model.free.size()));
  const auto missing = static_cast<std::int64_t>(model.free.size());
  if (missing > 0) {
    const Numbers drawn = bench.draw("g", missing);
    model.out.insert(drawn.begin(), drawn.end());
  }
  RC_ASSERT(static_cast<std::int64_t>(model.out.size()) == model.next - 1);
  const auto highest = model.out.empty() ? 0 : *model.out.rbegin();
  RC_ASSERT(highest == model.next - 1);
}

}  // namespace
}  // namespace dcount::core
