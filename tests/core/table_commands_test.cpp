#include "server/core/table_commands.h"

#include <gtest/gtest.h>

#include "tests/core/bench.h"

namespace dcount::core {
namespace {

struct TableCommands : testing::Test, Bench {
  void create(std::string collection, std::string id, std::int64_t n = 0) {
    CreateCounter body = create_at(n);
    body.counter = {std::move(collection), std::move(id)};
    counter(body);
  }

  ListOutcome list(std::string collection, std::size_t limit = 100, std::string after = "") {
    ListCounters body{std::move(collection), std::move(after), limit};
    return std::get<ListOutcome>(run({body, {}}).outcome.value);
  }

  std::vector<std::string> ids(const ListOutcome& page) {
    std::vector<std::string> ids;
    for (const auto& counter : page.counters) ids.push_back(counter.collection + "/" + counter.id);
    return ids;
  }

  WorkOutcome sweep(Sweep body) { return std::get<WorkOutcome>(run({body, {}}).outcome.value); }
};

TEST_F(TableCommands, ListsACollectionInOrderWithValues) {
  create("b", "2", 22);
  create("b", "1", 21);
  create("a", "x");
  create("bb", "y");
  const auto page = list("b");
  EXPECT_EQ(ids(page), (std::vector<std::string>{"b/1", "b/2"}));
  EXPECT_EQ(page.counters[1].n, 22);
  EXPECT_EQ(page.counters[1].version, 1);
  EXPECT_EQ(page.next, "");
  EXPECT_EQ(page.revision, 4);
  EXPECT_EQ(list("").counters.size(), 4u);
}

TEST_F(TableCommands, PagesMeetWithoutGapOrRepetition) {
  for (int i = 0; i < 25; ++i) create("a", "c" + std::to_string(100 + i));
  std::vector<std::string> seen;
  std::string after;
  int pages = 0;
  do {
    const auto page = list("a", 10, after);
    for (const auto& id : ids(page)) seen.push_back(id);
    after = page.next;
    ++pages;
  } while (!after.empty());
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(seen, ids(list("a", 1000)));
}

TEST_F(TableCommands, AFullLastPageHasNoNext) {
  for (int i = 0; i < 10; ++i) create("a", std::to_string(i));
  EXPECT_EQ(list("a", 10).next, "");
}

TEST_F(TableCommands, DeletedAndExpiredCountersAreNotListed) {
  create("a", "kept");
  create("a", "deleted");
  counter(Delete{{"a", "deleted"}, {}});
  CreateCounter brief = create_at(0);
  brief.counter = {"a", "brief"};
  brief.ttl_s = 1;
  counter(brief);
  pass(1000);
  EXPECT_EQ(ids(list("a")), (std::vector<std::string>{"a/kept"}));
  EXPECT_TRUE(decode_counter(*state.get("counter/a/brief").value).deleted);
}

TEST_F(TableCommands, AListGuardsTheRangeItHasSeen) {
  create("a", "1");
  create("a", "2");
  const Decision all = run({ListCounters{"a", "", 10}, {}});
  EXPECT_EQ(all.range_reads, (std::vector<RangeRead>{{"counter/a/", "counter/a0", 2}}));
  const Decision first = run({ListCounters{"a", "", 1}, {}});
  EXPECT_EQ(first.range_reads[0].end, std::string("counter/a/1") + '\0');
}

TEST_F(TableCommands, SweepDeletesExpiredCountersThenErasesOldTombstones) {
  CreateCounter brief = create_at(0);
  brief.ttl_s = 1;
  counter(brief);
  pass(1000);
  EXPECT_EQ(sweep({}).done, 1u);
  EXPECT_TRUE(decode_counter(*state.get("counter/views/home").value).deleted);
  EXPECT_EQ(sweep({}).done, 0u);
  pass(state.tombstone_ms());
  EXPECT_EQ(sweep({}).done, 1u);
  EXPECT_FALSE(state.get("counter/views/home").value);
}

TEST_F(TableCommands, SweepKeepsIdempotencyRecordsWithinTimeAndNumberOldestOutFirst) {
  counter(create_at(0));
  for (int i = 0; i < 5; ++i) {
    run({add_n(1), Idempotency{"k" + std::to_string(i), "f", 10'000}});
    pass(1000);
  }
  EXPECT_EQ(sweep({.records_max = 100, .idempotency_records_max = 3}).done, 2u);
  EXPECT_FALSE(state.get("idem/k1").value);
  EXPECT_TRUE(state.get("idem/k2").value);
  pass(7'000);
  EXPECT_EQ(sweep({}).done, 1u);
  EXPECT_FALSE(state.get("idem/k2").value);
  EXPECT_EQ(state.idempotency().size(), 2u);
}

TEST_F(TableCommands, SweepSaysWhenThereIsMore) {
  counter(create_at(0));
  for (int i = 0; i < 5; ++i) run({add_n(1), Idempotency{"k" + std::to_string(i), "f", 10}});
  pass(10);
  const Sweep body{.records_max = 3, .idempotency_records_max = 100};
  EXPECT_EQ(sweep(body), (WorkOutcome{3, 1}));
  EXPECT_EQ(sweep(body), (WorkOutcome{2, 0}));
}

TEST_F(TableCommands, RestoreRefusesAStoreWithRecordsUnlessForced) {
  create("a", "1");
  Restore begin{.stage = Restore::Stage::begin, .records = {}};
  EXPECT_EQ(run({begin, {}}).outcome.code, Code::not_empty);
  EXPECT_FALSE(state.restoring());
  begin.force = true;
  EXPECT_EQ(run({begin, {}}).outcome.code, Code::ok);
  EXPECT_TRUE(state.restoring());
}

TEST_F(TableCommands, AfterARestoreRevisionsAreAboveAllThatTheDumpHadSeen) {
  run({Restore{.stage = Restore::Stage::begin, .dump_revision = 500, .records = {}}, {}});
  run({Restore{.stage = Restore::Stage::write, .records = {{"counter/a/1", "1 n=7 v=3"}}}, {}});
  run({Restore{.stage = Restore::Stage::end, .records = {}}, {}});
  EXPECT_FALSE(state.restoring());
  const auto page = list("a");
  EXPECT_EQ(page.counters[0].n, 7);
  EXPECT_EQ(page.counters[0].version, 3);
  EXPECT_GT(page.revision, 500);
}

TEST_F(TableCommands, WhileARestoreIsNotCompleteNothingElseIsAccepted) {
  run({Restore{.stage = Restore::Stage::begin, .records = {}}, {}});
  const Decision refused = run({create_at(0), Idempotency{"k", "f", 1000}});
  EXPECT_EQ(refused.outcome.code, Code::unavailable);
  EXPECT_TRUE(refused.writes.empty());
  run({Restore{.stage = Restore::Stage::end, .records = {}}, {}});
  EXPECT_EQ(counter(create_at(0)).code, Code::created);
}

TEST_F(TableCommands, SweepKeepsIdempotencyRecordsWithinTheirBytes) {
  counter(create_at(0));
  for (int i = 0; i < 5; ++i) run({add_n(1), Idempotency{"k" + std::to_string(i), "f", 10'000}});
  const std::size_t three = state.idempotency().bytes() * 3 / 5;
  const Sweep body{.idempotency_bytes_max = three};
  EXPECT_EQ(sweep(body).done, 2u);
  EXPECT_LE(state.idempotency().bytes(), three);
  EXPECT_TRUE(state.get("idem/k4").value);
}

TEST_F(TableCommands, ClearingForARestoreTakesSteps) {
  for (int i = 0; i < 5; ++i) create("a", std::to_string(i));
  Restore clear{.stage = Restore::Stage::clear, .records_max = 3, .records = {}};
  EXPECT_EQ(std::get<WorkOutcome>(run({clear, {}}).outcome.value), (WorkOutcome{3, 1}));
  EXPECT_EQ(std::get<WorkOutcome>(run({clear, {}}).outcome.value), (WorkOutcome{2, 0}));
  EXPECT_TRUE(state.empty());
}

}  // namespace
}  // namespace dcount::core
