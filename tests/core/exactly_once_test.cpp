// Retries with one Idempotency-Key change nothing and get the first answer.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "server/core/answer.h"
#include "server/core/names.h"
#include "tests/core/sequence_bench.h"

namespace dcount::core {
namespace {

constexpr std::int64_t day_ms = std::int64_t{24} * 3600 * 1000;

Idempotency key(std::string digest, std::string fingerprint = "f00d") {
  return {std::move(digest), std::move(fingerprint), day_ms};
}

struct ExactlyOnce : testing::Test, Bench {};

TEST_F(ExactlyOnce, ARetryGetsTheFirstAnswerAndChangesNothing) {
  counter(create_at(0));
  const Outcome first = run({add_n(5), key("k")}).outcome;
  counter(add_n(1));
  const Decision retry = run({add_n(5), key("k")});
  EXPECT_TRUE(retry.writes.empty());
  EXPECT_TRUE(retry.outcome.replayed);
  EXPECT_FALSE(first.replayed);
  EXPECT_EQ(retry.outcome.value, first.value);
  EXPECT_EQ(counter(ReadCounter{home}).n, 6);
}

TEST_F(ExactlyOnce, TheRecordIsReadFirstAndWrittenTogetherWithTheEffect) {
  counter(create_at(0));
  const Decision decision = run({add_n(5), key("k")});
  ASSERT_EQ(decision.reads.size(), 2u);
  EXPECT_EQ(decision.reads[0].key, "idem/k");
  EXPECT_EQ(decision.writes.size(), 2u);
}

TEST_F(ExactlyOnce, AKeyOfAnotherRequestIsRefused) {
  counter(create_at(0));
  run({add_n(5), key("k")});
  const Decision other = run({add_n(6), key("k", "beef")});
  EXPECT_EQ(other.outcome.code, Code::key_reused);
  EXPECT_TRUE(other.writes.empty());
}

TEST_F(ExactlyOnce, RefusalsAreStoredToo) {
  EXPECT_EQ(run({add_n(5), key("k")}).outcome.code, Code::not_found);
  counter(create_at(0));
  const Outcome retry = run({add_n(5), key("k")}).outcome;
  EXPECT_EQ(retry.code, Code::not_found);
  EXPECT_TRUE(retry.replayed);
}

TEST_F(ExactlyOnce, AKeyLivesForItsTimeAndNoLonger) {
  counter(create_at(0));
  run({add_n(5), key("k")});
  pass(day_ms - 1);
  EXPECT_TRUE(run({add_n(5), key("k")}).outcome.replayed);
  pass(1);
  EXPECT_FALSE(run({add_n(5), key("k")}).outcome.replayed);
  EXPECT_EQ(counter(ReadCounter{home}).n, 10);
}

TEST_F(ExactlyOnce, TheWindowShrinksWhenRecordsAreAtTheirBound) {
  counter(create_at(0));
  Idempotency bounded = key("k1");
  bounded.records_max = 1;
  EXPECT_EQ(run({add_n(1), bounded}).outcome.key_window_s, day_ms / 1000);
  pass(60'000);
  bounded.digest = "k2";
  EXPECT_EQ(run({add_n(1), bounded}).outcome.key_window_s, 60);
}

TEST_F(ExactlyOnce, ARecordTakesAtMost160BytesBeyondTheAnswer) {
  counter(create_at(0));
  const Decision decision = run({add_n(5), key(std::string(32, 'd'), std::string(16, 'f'))});
  for (const Write& write : decision.writes) {
    if (!write.key.starts_with(idempotency_prefix)) continue;
    const std::size_t answer = encode_answer(decision.outcome).size();
    // Beside key and value: the record's block (40 bytes and malloc's 8) and a slot of the hash
    // table, 18 bytes when it is as empty as it gets.
    EXPECT_LE(write.key.size() + write.value->size() - answer + sizeof(Record) + 8 + 18, 160u);
  }
}

rc::Gen<CounterOutcome> outcomes() {
  return rc::gen::exec([] {
    CounterOutcome outcome;
    outcome.code = *rc::gen::element(Code::ok, Code::created, Code::not_found, Code::bound_exceeded,
                                     Code::overflow, Code::precondition_failed);
    outcome.n = *rc::gen::arbitrary<std::int64_t>();
    outcome.applied = *rc::gen::arbitrary<std::int64_t>();
    outcome.version = *rc::gen::arbitrary<std::int64_t>();
    outcome.deleted = *rc::gen::arbitrary<bool>();
    if (*rc::gen::arbitrary<bool>()) outcome.bounds.min = *rc::gen::arbitrary<std::int64_t>();
    if (*rc::gen::arbitrary<bool>()) outcome.bounds.max = *rc::gen::arbitrary<std::int64_t>();
    outcome.id = *rc::gen::element<std::string>("", "home", "a.b-c_d");
    return outcome;
  });
}

RC_GTEST_PROP(StoredAnswers, AreReadAsTheyWereWritten, ()) {
  const auto counter = *outcomes();
  const Outcome outcome{.code = counter.code, .value = counter};
  const auto word = encode_answer(outcome);
  RC_ASSERT(word.find(' ') == std::string::npos);
  RC_ASSERT(decode_answer(word) == outcome);
}

RC_GTEST_PROP(StoredAnswers, OfBatchesAreReadAsTheyWereWritten, ()) {
  BatchOutcome batch;
  batch.results = *rc::gen::container<std::vector<CounterOutcome>>(outcomes());
  const bool refused = *rc::gen::arbitrary<bool>();
  if (refused) {
    batch.results.resize(1);
    batch.results[0].code = Code::overflow;
    batch.refused_index = *rc::gen::inRange<std::size_t>(0, 1000);
  } else {
    for (auto& result : batch.results) result.code = Code::ok;
  }
  const Outcome outcome{.code = refused ? Code::overflow : Code::ok, .value = batch};
  RC_ASSERT(decode_answer(encode_answer(outcome)) == outcome);
}

TEST(StoredAnswers, GarbageIsNone) {
  for (const auto* word : {"", "ok", "ok:1:2", "ok:x:0:0", "nonsense:1:1:1", "Bx", "B0;ok"}) {
    EXPECT_FALSE(decode_answer(word)) << word;
  }
}

struct ExactlyOnceNumbers : testing::Test, SequenceBench {};

TEST_F(ExactlyOnceNumbers, ARetriedDrawGetsTheSameNumbers) {
  const Outcome first = run({Draw{"forward", 5, {}, {}}, key("k")}).outcome;
  draw("forward", 3);
  const Outcome retry = run({Draw{"forward", 5, {}, {}}, key("k")}).outcome;
  EXPECT_TRUE(retry.replayed);
  EXPECT_EQ(retry.value, first.value);
  EXPECT_EQ(draw("forward"), (Numbers{9}));
}

TEST_F(ExactlyOnceNumbers, ADrawFromALeaseIsStoredToo) {
  Definition definition = ascending(1, 99);
  definition.mode = SequenceMode::cached;
  definition.cache = 10;
  define("c", definition);
  const auto lease = run({Draw{"c", 2, {}, {}}, {}}).lease->lease;
  const Decision first = run({Draw{"c", 2, {}, lease}, key("k")});
  EXPECT_EQ(first.writes.size(), 1u) << "only the answer: the numbers were leased before";
  const Decision retry = run({Draw{"c", 2, {}, first.lease->lease}, key("k")});
  EXPECT_EQ(listed(retry), (Numbers{3, 4}));
  EXPECT_FALSE(retry.lease) << "nothing is taken from the block";
}

TEST_F(ExactlyOnceNumbers, ARetriedReservationIsTheSameOne) {
  Definition definition = ascending(1, 99);
  definition.mode = SequenceMode::gapless;
  define("g", definition);
  const Outcome first = run({Reserve{"g", "token", 1000}, key("k")}).outcome;
  const Outcome retry = run({Reserve{"g", "another", 1000}, key("k")}).outcome;
  EXPECT_EQ(retry.code, Code::created);
  EXPECT_EQ(retry.value, first.value);
  EXPECT_EQ(state.open_reservations(), 1u);
}

TEST_F(ExactlyOnceNumbers, RetriedItemsGetTheSameAnswer) {
  const AddItems add{{{"t", {"a", "b"}}}};
  const Outcome first = run({add, key("k")}).outcome;
  EXPECT_EQ(std::get<ItemsOutcome>(first.value).added, 2);
  EXPECT_EQ(run({add, key("k")}).outcome.value, first.value);
}

void expect_stored(const Outcome& outcome) {
  const std::string word = encode_answer(outcome);
  EXPECT_EQ(word.find(' '), std::string::npos) << word;
  EXPECT_EQ(decode_answer(word), outcome) << word;
}

TEST(StoredAnswers, OfEveryKindAreReadAsTheyWereWritten) {
  constexpr auto top = std::numeric_limits<std::int64_t>::max();
  expect_stored({.code = Code::ok, .value = NumbersOutcome{{{top - 1, 1, 2}, {1, 1, 3}}, 7, 1}});
  expect_stored({.code = Code::exhausted, .value = NumbersOutcome{{}, 7, 0}});
  SequenceOutcome sequence;
  sequence.name = "in.voices-1";
  sequence.definition = {-top - 1, -5, -top - 1, top, true, SequenceMode::cached, 9};
  sequence.next = -3;
  sequence.wraps = 1;
  sequence.reserved = 2;
  sequence.free = 3;
  sequence.version = 4;
  sequence.revision = 5;
  expect_stored({.code = Code::created, .value = sequence});
  sequence.next.reset();
  sequence.deleted = true;
  expect_stored({.code = Code::fixed_sequence, .value = sequence});
  expect_stored({.code = Code::expired, .value = ReservationOutcome{42, "a0-b_1", 1234, 9}});
  expect_stored({.code = Code::ok, .value = ItemsOutcome{3, 4, 5}});
  expect_stored({.code = Code::precondition_failed, .value = {}});
}

TEST(StoredAnswers, OfOtherKindsAreNotMistaken) {
  for (const char* word : {"", "N", "Nok", "Nok/", "Nok/1:2;3", "Nnonsense/1:2", "Sok/a:0",
                           "Rok/1:t", "Iok/1:2", "Xok/1", "-"}) {
    EXPECT_FALSE(decode_answer(word)) << word;
  }
}

}  // namespace
}  // namespace dcount::core
