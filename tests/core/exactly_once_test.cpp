// Retries with one Idempotency-Key change nothing and get the first answer.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "server/core/answer.h"
#include "server/core/names.h"
#include "tests/core/bench.h"

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

}  // namespace
}  // namespace dcount::core
