// Sequences: the commands one by one, and how their heads are stored.
#include "server/core/sequence.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>

#include "tests/core/sequence_bench.h"

namespace dcount::core {
namespace {

constexpr auto int64_max = std::numeric_limits<std::int64_t>::max();

struct Sequences : testing::Test, SequenceBench {};

TEST_F(Sequences, ForwardBeginsAtOneAndReverseAtTheTop) {
  EXPECT_EQ(draw("forward", 3), (Numbers{1, 2, 3}));
  EXPECT_EQ(draw("forward"), (Numbers{4}));
  EXPECT_EQ(draw("reverse", 2), (Numbers{int64_max, int64_max - 1}));
}

TEST_F(Sequences, ForwardWrapsInTheMiddleOfACallAndItsRecordSaysSo) {
  put_head("sequence/forward", "1 next=9223372036854775806 v=7 d=9 cycle mode=strict");
  const auto outcome = numbers({Draw{"forward", 5, {}, {}}, {}});
  EXPECT_EQ(outcome.wraps, 1);
  EXPECT_EQ(outcome.version, 8);
  EXPECT_EQ(draw("forward"), (Numbers{4}));
  const auto head = decode_sequence(*state.get("sequence/forward").value);
  EXPECT_EQ(head.wraps, 1);
  EXPECT_EQ(head.version, 9);
  EXPECT_EQ(state.get("sequence/forward").revision, revision);
}

TEST_F(Sequences, ReverseWrapsFromOneToTheTop) {
  put_head("sequence/reverse", "1 next=1 v=7 d=9 inc=-1 cycle mode=strict");
  EXPECT_EQ(draw("reverse", 2), (Numbers{1, int64_max}));
  EXPECT_EQ(read("reverse").wraps, 1);
}

TEST_F(Sequences, FixedOnesCannotBeDefinedOrDeleted) {
  EXPECT_EQ(define("forward", ascending(1, 9)).code, Code::fixed_sequence);
  EXPECT_EQ(define("forward", *fixed_definition("forward")).code, Code::ok);
  EXPECT_EQ(run({DeleteSequence{"reverse", {}}, {}}).outcome.code, Code::fixed_sequence);
}

TEST_F(Sequences, TheSameDefinitionIsFineAnotherIsRefused) {
  EXPECT_EQ(define("s", ascending(1, 9)).code, Code::created);
  EXPECT_EQ(define("s", ascending(1, 9)).code, Code::ok);
  const Decision other = run({DefineSequence{"s", ascending(1, 10), {}}, {}});
  EXPECT_EQ(other.outcome.code, Code::definition_differs);
  EXPECT_TRUE(other.writes.empty());
}

TEST_F(Sequences, AnExhaustedSequenceGivesAllOrNothing) {
  define("s", ascending(1, 5));
  EXPECT_EQ(draw("s", 3), (Numbers{1, 2, 3}));
  const Decision refused = run({Draw{"s", 3, {}, {}}, {}});
  EXPECT_EQ(refused.outcome.code, Code::exhausted);
  EXPECT_TRUE(refused.writes.empty());
  EXPECT_EQ(draw("s", 2), (Numbers{4, 5}));
  EXPECT_EQ(run({Draw{"s", 1, {}, {}}, {}}).outcome.code, Code::exhausted);
  EXPECT_EQ(read("s").next, std::nullopt);
}

TEST_F(Sequences, UnknownOnesAreNotFound) {
  EXPECT_EQ(run({Draw{"s", 1, {}, {}}, {}}).outcome.code, Code::not_found);
  EXPECT_EQ(run({ReadSequence{"s"}, {}}).outcome.code, Code::not_found);
}

TEST_F(Sequences, ARecreatedOneBeginsAgainButItsVersionGoesOn) {
  define("s", ascending(1, 9));
  draw("s", 4);
  EXPECT_TRUE(std::get<SequenceOutcome>(run({DeleteSequence{"s", {}}, {}}).outcome.value).deleted);
  EXPECT_FALSE(std::get<SequenceOutcome>(run({DeleteSequence{"s", {}}, {}}).outcome.value).deleted);
  EXPECT_EQ(run({Draw{"s", 1, {}, {}}, {}}).outcome.code, Code::not_found);
  EXPECT_EQ(std::get<SequenceOutcome>(define("s", ascending(1, 3)).value).version, 4);
  EXPECT_EQ(draw("s"), (Numbers{1}));
}

TEST_F(Sequences, PreconditionsHoldForDraws) {
  define("s", ascending(1, 9));
  EXPECT_EQ(run({Draw{"s", 1, {.version = 2}, {}}, {}}).outcome.code, Code::precondition_failed);
  EXPECT_EQ(run({Draw{"s", 1, {.version = 1}, {}}, {}}).outcome.code, Code::ok);
}

TEST_F(Sequences, TheFixedOnesExistBeforeTheyAreStored) {
  EXPECT_EQ(run({Draw{"forward", 1, {.must_exist = true}, {}}, {}}).outcome.code, Code::ok);
  EXPECT_EQ(run({Draw{"reverse", 1, {.must_not_exist = true}, {}}, {}}).outcome.code,
            Code::precondition_failed);
}

TEST_F(Sequences, ReadingTellsTheRevisionOfTheLastChange) {
  define("s", ascending(1, 9));
  draw("forward");
  EXPECT_EQ(read("s").revision, 1);
  EXPECT_EQ(read("forward").revision, 2);
  EXPECT_EQ(read("reverse").revision, 0) << "untouched";
}

TEST_F(Sequences, AListHasTheFixedOnesInTheirPlace) {
  for (const char* name : {"a", "g", "z"}) define(name, ascending(1, 9));
  draw("reverse");
  std::vector<std::string> seen;
  std::string after;
  do {
    const auto page = list(after, 2);
    EXPECT_LE(page.sequences.size(), 2u);
    for (const auto& sequence : page.sequences) seen.push_back(sequence.name);
    after = page.next;
  } while (!after.empty());
  EXPECT_EQ(seen, (std::vector<std::string>{"a", "forward", "g", "reverse", "z"}));
}

TEST_F(Sequences, ATombstoneGoesAfterItsTime) {
  define("s", ascending(1, 9));
  run({DeleteSequence{"s", {}}, {}});
  pass(state.tombstone_ms() - 1);
  run({Sweep{}, {}});
  EXPECT_TRUE(state.get("sequence/s").value);
  pass(1);
  run({Sweep{}, {}});
  EXPECT_FALSE(state.get("sequence/s").value);
}

// ---- cached

struct CachedSequences : testing::Test, SequenceBench {
  CachedSequences() {
    Definition definition = ascending(1, 100);
    definition.mode = SequenceMode::cached;
    definition.cache = 10;
    define("c", definition);
  }
};

TEST_F(CachedSequences, ABlockIsLeasedWithOneWriteAndHandedOutWithout) {
  Decision first = run({Draw{"c", 3, {}, {}}, {}});
  EXPECT_EQ(first.writes.size(), 1u);
  ASSERT_TRUE(first.lease);
  EXPECT_EQ(first.lease->lease.left, 7);
  const Decision second = run({Draw{"c", 7, {}, first.lease->lease}, {}});
  EXPECT_TRUE(second.writes.empty());
  EXPECT_EQ(listed(second), (Numbers{4, 5, 6, 7, 8, 9, 10}));
  EXPECT_EQ(second.lease->lease.left, 0);
}

TEST_F(CachedSequences, ACallThatNeedsMoreThanTheRestGetsNumbersInOnePiece) {
  const Decision first = run({Draw{"c", 8, {}, {}}, {}});
  const Decision second = run({Draw{"c", 5, {}, first.lease->lease}, {}});
  EXPECT_EQ(listed(second), (Numbers{9, 10, 11, 12, 13}));
  EXPECT_EQ(second.lease->lease.left, 7) << "never more than a block is held";
}

TEST_F(CachedSequences, TwoServersGetDifferentBlocksAndEachItsNumbersInOnePiece) {
  const Decision one = run({Draw{"c", 8, {}, {}}, {}});
  const Decision other = run({Draw{"c", 1, {}, {}}, {}});
  EXPECT_EQ(listed(other), (Numbers{11}));
  const Decision next = run({Draw{"c", 3, {}, one.lease->lease}, {}});
  EXPECT_EQ(listed(next), (Numbers{21, 22, 23})) << "9 and 10 are given up";
}

TEST_F(CachedSequences, TheRestIsGivenBackWhenNothingWasLeasedAfterIt) {
  const Decision first = run({Draw{"c", 4, {}, {}}, {}});
  run({ReturnLease{"c", first.lease->lease}, {}});
  EXPECT_EQ(read("c").next, 5);
  EXPECT_EQ(draw("c", 2), (Numbers{5, 6}));
}

TEST_F(CachedSequences, TheRestIsNotGivenBackBehindOthersBacks) {
  const Decision one = run({Draw{"c", 4, {}, {}}, {}});
  run({Draw{"c", 1, {}, {}}, {}});
  const Decision back = run({ReturnLease{"c", one.lease->lease}, {}});
  EXPECT_TRUE(back.writes.empty());
  EXPECT_EQ(read("c").next, 21);
}

TEST_F(CachedSequences, ALeaseOfADeletedSequenceIsWorthNothing) {
  const Decision old = run({Draw{"c", 1, {}, {}}, {}});
  run({DeleteSequence{"c", {}}, {}});
  define("c", ascending(1000, 2000));
  EXPECT_EQ(listed(run({Draw{"c", 1, {}, old.lease->lease}, {}})), (Numbers{1000}));
}

TEST_F(CachedSequences, ALeaseFromBeforeARestoreIsWorthNothing) {
  const Decision old = run({Draw{"c", 1, {}, {}}, {}});
  Restore step{.stage = Restore::Stage::begin, .records = {}};
  step.force = true;
  run({step, {}});
  step.stage = Restore::Stage::end;
  run({step, {}});
  const Decision draw = run({Draw{"c", 1, {}, old.lease->lease}, {}});
  EXPECT_EQ(listed(draw), (Numbers{11}));
  const auto guards_base = [](const Read& read) { return read.key == "meta/revision_base"; };
  EXPECT_TRUE(std::ranges::any_of(draw.reads, guards_base)) << "who has not heard of it must not";
}

TEST_F(CachedSequences, TheLastBlockIsWhatIsLeft) {
  draw("c", 95);
  const Decision last = run({Draw{"c", 2, {}, {}}, {}});
  EXPECT_EQ(listed(last), (Numbers{96, 97}));
  EXPECT_EQ(last.lease->lease.left, 3);
  EXPECT_EQ(run({Draw{"c", 4, {}, last.lease->lease}, {}}).outcome.code, Code::exhausted);
  EXPECT_EQ(listed(run({Draw{"c", 3, {}, last.lease->lease}, {}})), (Numbers{98, 99, 100}));
}

// ---- as they are stored

RC_GTEST_PROP(SequenceValue, ReadsBackAsItWasWritten, ()) {
  Sequence sequence = Sequence::fresh({});
  Definition& definition = sequence.definition;
  definition.increment = *rc::gen::nonZero<std::int64_t>();
  definition.min = *rc::gen::arbitrary<std::int64_t>();
  definition.max = std::max(definition.min, *rc::gen::arbitrary<std::int64_t>());
  definition.start = *rc::gen::element(definition.min, definition.max);
  definition.mode = *rc::gen::element(SequenceMode::strict, SequenceMode::cached);
  definition.cache = definition.mode == SequenceMode::cached ? 7 : 0;
  definition.cycle = *rc::gen::arbitrary<bool>();
  sequence.at = {*rc::gen::element(definition.min, definition.max), *rc::gen::arbitrary<bool>()};
  sequence.version = *rc::gen::positive<std::int64_t>();
  sequence.drawn = *rc::gen::arbitrary<std::uint64_t>();
  sequence.wraps = *rc::gen::nonNegative<std::int64_t>();
  sequence.born_ms = *rc::gen::nonNegative<std::int64_t>();
  RC_ASSERT(decode_sequence(encode(sequence)) == sequence);
}

TEST(SequenceValue, AHumanCanReadIt) {
  Sequence sequence = Sequence::fresh({});
  sequence.version = 1;
  EXPECT_EQ(encode(sequence), "1 next=1 v=1 d=0 mode=strict");
}

TEST(SequenceValue, WhatTheRulesRelyOnIsChecked) {
  for (const char* text :
       {"", "2 next=1 v=1 d=0 mode=strict", "1 next=1 v=0 d=0 mode=strict", "1 next=1 v=1 mode=x",
        "1 next=1 v=1 d=0 inc=0 mode=strict", "1 next=9 v=1 d=0 max=5 mode=strict",
        "1 next=1 v=1 d=0 cycle mode=gapless", "1 next=1 v=1 d=0 mode=strict what=1"}) {
    EXPECT_FALSE(try_decode_sequence(text)) << text;
  }
}

}  // namespace
}  // namespace dcount::core
