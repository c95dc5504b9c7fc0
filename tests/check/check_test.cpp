// The whole of it: which judge a key gets, what is missing, what a feed tells, limits.
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/check/batch_judge.h"
#include "sim/check/search_judge.h"
#include "tests/check/made_history.h"
#include "tests/check/random_history.h"

namespace dcount::check {
namespace {

const Finding* find_by(const Judgement& judgement, std::string_view judge) {
  auto found = std::find_if(judgement.findings.begin(), judgement.findings.end(),
                            [&](const Finding& finding) { return finding.judge == judge; });
  return found == judgement.findings.end() ? nullptr : &*found;
}

void expect_missing(const Judgement& judgement, const std::string& says) {
  EXPECT_EQ(judgement.verdict, Verdict::unknown);
  bool said = false;
  for (const Finding& finding : judgement.findings) {
    said |= finding.judge == "evidence" && finding.summary.find(says) != std::string::npos;
  }
  EXPECT_TRUE(said) << says;
}

TEST(Evidence, AnEmptyHistoryIsUnknown) { expect_missing(check(History{}), "no operations"); }

TEST(Evidence, AKindThatWasNeverAnsweredIsNamed) {
  Made made;
  made.read(0, 0);
  made.ask(0, Function::add, 1);
  expect_missing(made.judged(), "1 operation of kind 'add'");
}

TEST(Evidence, ARefusalThatSaysWhatItSawIsAnAnswer) {
  KeyFacts facts{.kind = KeyFacts::Kind::counter};
  facts.max = 0;
  Made made(facts);
  auto refused = made.ask(0, Function::add, 1);
  made.builder().complete(refused, Outcome::fail, {.result = 0, .refused = true});
  EXPECT_EQ(made.judged().verdict, Verdict::valid);
}

TEST(Evidence, AKeyIsReadAfterItsLastWrite) {
  Made made;
  made.read(1, 0);
  made.add(0, 1, 1);
  expect_missing(made.judged({}), "not read after its last write");
  made.read(1, 1);
  EXPECT_EQ(made.judged({}).verdict, Verdict::valid);
  made.ask(0, Function::add, 1);
  expect_missing(made.judged({}), "not read after its last write");
}

TEST(Evidence, AKeyIsReadFromEveryNode) {
  Made made;
  made.builder().name_node("n1");
  std::uint16_t second = made.builder().name_node("n2");
  made.add(0, 1, 1);
  made.builder().complete(made.ask(0, Function::read), Outcome::ok, {.result = 1, .node = second});
  expect_missing(made.judged({}), "not read from n1 after");
  made.builder().complete(made.ask(0, Function::read), Outcome::ok, {.result = 1, .node = 1});
  EXPECT_EQ(made.judged({}).verdict, Verdict::valid);
}

TEST(Evidence, AFaultIsConfirmed) {
  Made made;
  made.add(0, 1, 1);
  made.builder().begin_fault("kill", "node-1");
  expect_missing(made.judged(), "fault 1, kill of node-1, was never confirmed");
}

TEST(Evidence, SomethingIsUnderWayDuringAFaultOfEachKind) {
  const CheckOptions options{.need_faults = true, .need_final_reads = false};
  Made made;
  expect_missing(made.judged(options), "there was no fault");
  made.add(0, 1, 1);
  made.builder().begin_fault("cut", "node-1").confirmed = true;
  made.builder().end_fault(1);
  made.add(0, 1, 2);
  expect_missing(made.judged(options), "no operation was under way during any cut");
  made.builder().begin_fault("cut", "node-1").confirmed = true;
  made.add(0, 1, 3);
  made.builder().end_fault(2);
  Judgement judgement = made.judged(options);
  EXPECT_EQ(std::count_if(judgement.findings.begin(), judgement.findings.end(),
                          [](const Finding& f) { return f.judge == "evidence"; }),
            0);
}

TEST(Evidence, AFaultThatAnotherHidesIsNotMissed) {
  Made made;
  made.add(0, 1, 1);
  made.builder().begin_fault("latency", "node-1").hidden = true;
  made.builder().end_fault(1);
  for (const Finding& finding : made.judged({}).findings) {
    EXPECT_EQ(finding.summary.find("fault 1"), std::string::npos) << finding.summary;
  }
}

TEST(Evidence, AViolationDominates) {
  Made made;
  made.add(0, 1, 1);
  made.add(0, 1, 1);
  made.builder().begin_fault("kill", "node-1");
  Judgement judgement = made.judged({});
  EXPECT_EQ(judgement.verdict, Verdict::invalid);
  EXPECT_EQ(judgement.findings.front().verdict, Verdict::invalid);
}

TEST(Check, EachKeyHasTheJudgeItsOperationsAskFor) {
  HistoryBuilder builder;
  KeyFacts facts{.kind = KeyFacts::Kind::counter};
  facts.version = 1;
  auto one = [&](const char* key, Function function, std::int64_t argument, Answer answer) {
    auto asked = builder.invoke(
        0, {.key = builder.key(key, facts), .function = function, .argument = argument});
    builder.complete(asked, Outcome::ok, answer);
  };
  one("increments", Function::add, 1, {.result = 1, .version = 2});
  one("versions", Function::add, 5, {.result = 5, .version = 2});
  one("versions", Function::add, -1, {.result = 4, .version = 3});
  one("blind", Function::add, 1, {});
  one("blind", Function::read, none, {.result = 1});
  one("search", Function::add, 5, {.result = 5});
  one("search", Function::reset, none, {.result = 0});
  facts = {.kind = KeyFacts::Kind::sequence, .min = 1};
  const std::int64_t number[] = {1};
  one("sequence", Function::next, 1, {.list = number});
  facts = {.kind = KeyFacts::Kind::items};
  one("items", Function::count, none, {.result = 0});
  Judgement judgement = check(builder.history(), {.need_final_reads = false});
  EXPECT_EQ(judgement.verdict, Verdict::valid);
  ASSERT_EQ(judgement.findings.size(), 6u);
  for (const Finding& finding : judgement.findings) EXPECT_EQ(finding.judge, finding.key);
}

TEST(Check, MoreViolationsThanAreShownAreCounted) {
  HistoryBuilder builder;
  for (int i = 0; i < 5; ++i) {
    auto key = builder.key("c/" + std::to_string(i), {.kind = KeyFacts::Kind::counter});
    builder.complete(builder.invoke(0, {.key = key}), Outcome::ok, {.result = 7});
  }
  Judgement judgement = check(builder.history(), {.need_final_reads = false, .findings_max = 2});
  EXPECT_EQ(judgement.findings.size(), 2u);
  EXPECT_NE(judgement.findings.back().summary.find("3 more violations"), std::string::npos);
}

TEST(Check, ACounterThatIsCreatedBeginsWithItsCreation) {
  Made made(KeyFacts{});  // nothing is said
  made.done(0, Function::create, 10, 10, 1);
  made.add(0, 1, 11, 2);
  made.read(0, 11, 2);
  EXPECT_EQ(made.judged({}).verdict, Verdict::valid);
  EXPECT_NE(find_by(made.judged({}), "increments"), nullptr);
}

TEST(Check, ASequenceOfWhichNothingIsSaidIsNotJudged) {
  Made made(KeyFacts{});
  made.listed(made.ask(0, Function::next, 1), {1});
  EXPECT_EQ(made.judged().verdict, Verdict::unknown);
}

TEST(Feed, ResolvesUnknownOperations) {
  Made made;
  auto first = made.ask(0, Function::add, 1);
  made.builder().set_id(first, "one");
  made.builder().complete(first, Outcome::unknown);
  made.read(1, 0);
  EXPECT_EQ(made.judged().verdict, Verdict::unknown);  // no add was ok
  made.builder().add_feed("one", made.key(), none, 1);
  made.read(1, 1);
  Judgement judgement = made.judged();
  ASSERT_NE(find_by(judgement, "feed"), nullptr);
  EXPECT_NE(find_by(judgement, "feed")
                ->summary.find("1 happened, 0 did not, 0 stay unknown: with "
                               "it the history is valid"),
            std::string::npos)
      << find_by(judgement, "feed")->summary;
}

TEST(Feed, WhatItToldHadHappenedBefore) {
  Made made;
  auto first = made.ask(0, Function::add, 1);
  made.builder().set_id(first, "one");
  made.builder().complete(first, Outcome::unknown);
  made.builder().add_feed("one", made.key(), none, 1);
  made.read(1, 0);
  Judgement judgement = made.judged();
  EXPECT_EQ(judgement.verdict, Verdict::invalid);
  EXPECT_NE(find_by(judgement, "feed")->summary.find("without it valid"), std::string::npos);
}

TEST(Feed, WhatACompleteOneDoesNotTellNeverHappened) {
  Made made;
  auto first = made.ask(0, Function::add, 1);
  made.builder().set_id(first, "one");
  made.builder().complete(first, Outcome::unknown);
  made.read(1, 1);
  EXPECT_NE(made.judged().verdict, Verdict::invalid);
  made.builder().history().feed_complete = true;
  EXPECT_EQ(made.judged().verdict, Verdict::invalid);
}

TEST(Feed, ThatContradictsAnAnswerIsAViolation) {
  Made made;
  auto first = made.ask(0, Function::add, 1);
  made.builder().set_id(first, "one");
  made.ok(first, 1, 2);
  made.builder().add_feed("one", made.key(), 3, 1);
  Judgement judgement = made.judged();
  EXPECT_EQ(judgement.verdict, Verdict::invalid);
  EXPECT_EQ(judgement.findings.front().judge, "feed");
}

/// A batch of +5 and -5, and what is read of both counters, the one after the other.
History read_in_part(Outcome outcome) {
  HistoryBuilder builder;
  KeyFacts facts{.kind = KeyFacts::Kind::counter};
  facts.version = 1;
  const Call parts[] = {
      {.key = builder.key("c/a", facts), .function = Function::add, .argument = 5},
      {.key = builder.key("c/b", facts), .function = Function::add, .argument = -5}};
  auto batch = builder.invoke(0, parts);
  builder.complete(builder.invoke(1, {.key = 0}), Outcome::ok, {.result = 5, .version = 2});
  builder.complete(builder.invoke(1, {.key = 1}), Outcome::ok, {.result = 0, .version = 1});
  const Answer answers[] = {{.result = 5, .version = 2}, {.result = -5, .version = 2}};
  builder.complete(batch, outcome, answers);
  return builder.take();
}

/// Too large for a search, as it were.
Finding judged_without_search(const History& history) {
  SearchLimits nothing;
  nothing.steps_max = 0;
  std::vector<Finding> findings = judge_batches(history, KeyViews(history), nothing);
  return findings.empty() ? Finding() : findings.front();
}

TEST(BatchJudge, SeesACircleOfVersionsAndTime) {
  Finding finding = judged_without_search(read_in_part(Outcome::ok));
  EXPECT_EQ(finding.verdict, Verdict::invalid);
  EXPECT_EQ(finding.witness.operations, (std::vector<Index>{0, 1, 3})) << finding.witness.text;
}

TEST(BatchJudge, SeesAnUnknownBatchThatWasAppliedInPart) {
  Finding finding = judged_without_search(read_in_part(Outcome::unknown));
  EXPECT_EQ(finding.verdict, Verdict::invalid);
  EXPECT_EQ(finding.witness.operations, (std::vector<Index>{0})) << finding.witness.text;
}

/// Many that overlap: the search has no chance.
History hopeless() {
  HistoryBuilder builder;
  auto key = builder.key("c/a", {.kind = KeyFacts::Kind::counter});
  std::vector<HistoryBuilder::Handle> asked;
  for (std::uint32_t i = 0; i < 40; ++i) {
    asked.push_back(builder.invoke(
        i, {.key = key, .function = Function::add, .argument = (i % 2 == 0 ? 1 : -1) << (i / 2)}));
  }
  auto read = builder.invoke(99, {.key = key});
  builder.complete(read, Outcome::ok, {.result = 1234567890});
  for (auto handle : asked) builder.complete(handle, Outcome::ok);
  return builder.take();
}

TEST(SearchJudge, StopsAtItsLimitsAndSaysSo) {
  History history = hopeless();
  KeyViews views(history);
  SearchLimits limits;
  limits.steps_max = 1000;
  EXPECT_EQ(judge_search(views[0], limits).verdict, Verdict::unknown);
  limits = {};
  limits.memory_bytes_max = 10'000;
  EXPECT_EQ(judge_search(views[0], limits).verdict, Verdict::unknown);
  limits = {};
  limits.time_max = std::chrono::milliseconds(20);
  EXPECT_EQ(judge_search(views[0], limits).verdict, Verdict::unknown);
}

TEST(HistoryBuilder, InternsNamesAndCountsLines) {
  HistoryBuilder builder;
  EXPECT_EQ(builder.key("a"), builder.key("a"));
  EXPECT_NE(builder.key("a"), builder.key("b"));
  EXPECT_EQ(builder.node(""), 0);
  auto read = builder.invoke(0, {.key = builder.key("a")});
  EXPECT_EQ(builder.index(), 1u);
  builder.complete(read, Outcome::ok, {.result = 3});
  EXPECT_EQ(builder.index(), 2u);
  History history = builder.take();
  EXPECT_EQ(history.operations.size(), 1u);
  EXPECT_TRUE(builder.history().operations.empty());
  EXPECT_EQ(builder.key("b"), 0u);
}

}  // namespace
}  // namespace dcount::check
