// Bad histories written by hand: who finds them, and with which operations as witness.
#include <gtest/gtest.h>

#include "tests/check/made_history.h"

namespace dcount::check {
namespace {

using Indices = std::vector<Index>;
constexpr KeyFacts counter{.kind = KeyFacts::Kind::counter};

/// The worst finding is a violation, by that judge, shown by those operations, and says so.
void expect_violation(const Judgement& judgement, const char* judge, const Indices& operations,
                      const std::string& says) {
  ASSERT_EQ(judgement.verdict, Verdict::invalid);
  const Finding& finding = judgement.findings.front();
  EXPECT_EQ(finding.judge, judge);
  EXPECT_EQ(finding.witness.operations, operations) << finding.witness.text;
  EXPECT_NE(finding.witness.text.find(says), std::string::npos) << finding.witness.text;
}

TEST(Witness, OfAStaleReadAreTheReadAndTheIncrementBefore) {
  Made made;
  made.add(0, 1, 1);
  made.add(1, 1, 2);  // index 2
  made.read(3, 1);    // index 4
  expect_violation(made.judged(), "increments", {2, 4},
                   "process 1's add of 1 was answered with 2 (index 2–3). Only after that had "
                   "ended, process 3 read 1 (index 4–5): the counter went back.");
}

TEST(Witness, OfALostIncrementAreTheTwoWithOneValue) {
  Made made;
  made.add(0, 1, 1);
  made.add(1, 1, 1);
  expect_violation(made.judged(), "increments", {0, 2}, "one of them was lost");
}

TEST(Witness, OfAPhantomIncrementAreTheValuesAroundIt) {
  Made made;
  made.ask(9, Function::add, 1);  // unknown: explains one of the two
  made.add(0, 1, 1);
  made.read(1, 4);
  expect_violation(made.judged(), "increments", {1, 3}, "from 1 to 4");
}

TEST(Witness, OfAnUnknownIncrementThatCameTooLateIsTheValueThatNeedsIt) {
  Made made;
  made.read(0, 1);
  made.ask(9, Function::add, 1);
  expect_violation(made.judged(), "increments", {0}, "0 had begun by then");
}

TEST(Witness, OfBlindIncrementsLostAreTheLastOfThemAndTheRead) {
  Made made;
  made.add(0, 1, none);
  made.add(1, 1, none);
  made.read(2, 1);
  expect_violation(made.judged(), "blind", {2, 4}, "the value was at least 2");
}

TEST(Witness, OfBlindIncrementsCountedTwiceIsTheRead) {
  Made made;
  made.add(0, 1, none);
  made.read(2, 2);
  expect_violation(made.judged(), "blind", {2}, "at most 1");
}

TEST(Witness, OfABrokenChainAreTheTwoChanges) {
  KeyFacts facts = counter;
  facts.version = 1;
  Made made(facts);
  made.add(0, 5, 5, 2);
  made.add(1, 3, 9, 3);
  expect_violation(made.judged(), "versions", {0, 2}, "does not follow from 5");
}

TEST(Witness, OfOneVersionMadeTwiceAreTheTwoChanges) {
  KeyFacts facts = counter;
  facts.version = 1;
  Made made(facts);
  made.add(0, 5, 5, 2);
  made.add(1, 3, 3, 2);
  expect_violation(made.judged(), "versions", {0, 2}, "two changes made version 2");
}

TEST(Witness, OfAVersionWithTwoStatesAreThoseWhoSawThem) {
  KeyFacts facts = counter;
  facts.version = 1;
  Made made(facts);
  made.add(0, 5, 5, 2);
  made.add(0, -2, 3, 3);
  made.read(1, 4, 3);
  expect_violation(made.judged(), "versions", {2, 4}, "version 3 had two states, 3 and 4");
}

TEST(Witness, OfAVersionNobodyAskedForAreThoseAroundIt) {
  KeyFacts facts = counter;
  facts.version = 1;
  Made made(facts);
  made.add(0, 5, 5, 2);
  made.done(0, Function::reset, none, 0, 4);
  expect_violation(made.judged(), "versions", {0, 2}, "1 version that nobody was answered with");
}

TEST(Witness, OfAWrongRefusalIsTheRefusal) {
  KeyFacts facts = counter;
  facts.version = 1;
  facts.max = 10;
  Made made(facts);
  made.add(0, 5, 5, 2);
  auto refused = made.ask(1, Function::add, 3);
  made.builder().complete(refused, Outcome::fail, {.result = 5, .version = 2, .refused = true});
  expect_violation(made.judged(), "increments", {2}, "there was room for it within […, 10]");
}

TEST(Witness, OfAStepBeyondItsBoundIsTheStep) {
  KeyFacts facts = counter;
  facts.max = 1;
  Made made(facts);
  made.add(0, 1, 1);
  made.add(0, 1, 2);
  expect_violation(made.judged(), "increments", {2}, "outside […, 1]");
}

KeyFacts sequence(KeyFacts::Mode mode) {
  KeyFacts facts{.kind = KeyFacts::Kind::sequence, .min = 1, .max = 1000};
  facts.mode = mode;
  facts.expires = false;
  return facts;
}

TEST(Witness, OfANumberHandedOutTwiceAreTheDraws) {
  Made made(sequence(KeyFacts::Mode::strict));
  made.listed(made.ask(0, Function::next, 2), {1, 2});
  made.listed(made.ask(1, Function::next, 2), {2, 3});
  expect_violation(made.judged(), "sequence", {0, 2}, "2 was handed out twice");
}

TEST(Witness, OfStrictDrawsOutOfOrderAreTheTwo) {
  Made made(sequence(KeyFacts::Mode::strict));
  auto early = made.ask(0, Function::next, 1);
  made.listed(made.ask(1, Function::next, 1), {2});
  auto late = made.ask(2, Function::next, 1);
  made.listed(late, {1});
  made.listed(early, {3});
  expect_violation(made.judged(), "sequence", {1, 3}, "in the order of time");
}

TEST(Witness, OfAHoleInAStrictSequenceIsTheDrawAboveIt) {
  Made made(sequence(KeyFacts::Mode::strict));
  made.listed(made.ask(0, Function::next, 1), {1});
  made.listed(made.ask(0, Function::next, 1), {4});
  expect_violation(made.judged(), "sequence", {0, 2}, "the numbers from 2 to 3");
}

TEST(Witness, OfNumbersNotInARowIsTheDraw) {
  for (auto mode : {KeyFacts::Mode::strict, KeyFacts::Mode::cached}) {
    Made made(sequence(mode));
    made.listed(made.ask(0, Function::next, 2), {1, 3});
    expect_violation(made.judged(), "sequence", {0}, "3 does not follow 1");
  }
}

TEST(Witness, OfANumberOutsideTheSequenceIsTheDraw) {
  Made made(sequence(KeyFacts::Mode::cached));
  made.listed(made.ask(0, Function::next, 1), {1001});
  expect_violation(made.judged(), "sequence", {0}, "1001 is not a number of this sequence");
}

TEST(Witness, OfTooWideAGapInACachedSequenceAreTheNumbers) {
  KeyFacts facts = sequence(KeyFacts::Mode::cached);
  facts.gap_max = 10;
  Made made(facts);
  made.listed(made.ask(0, Function::next, 1), {1});
  made.listed(made.ask(0, Function::next, 1), {12});
  EXPECT_EQ(made.judged().verdict, Verdict::valid);
  made.listed(made.ask(0, Function::next, 1), {14});
  expect_violation(made.judged(), "sequence", {}, "11 were handed out to nobody");
}

TEST(Witness, OfANumberConfirmedTwiceAreTheConfirmations) {
  Made made(sequence(KeyFacts::Mode::gapless));
  made.done(0, Function::reserve, none, 1);
  auto first = made.ask(0, Function::confirm, 1);
  auto other = made.ask(1, Function::reserve);
  made.ok(other, 1);
  auto second = made.ask(1, Function::confirm, 1);
  made.ok(first, 1);
  made.ok(second, 1);
  expect_violation(made.judged(), "sequence", {2, 5}, "was handed out for good twice");
}

TEST(Witness, OfAHoleInAGaplessSequenceIsTheTakingAboveIt) {
  Made made(sequence(KeyFacts::Mode::gapless));
  made.done(0, Function::reserve, none, 2);
  expect_violation(made.judged(), "sequence", {0}, "while 1 was held by nobody");
}

TEST(Witness, OfAReleasedNumberThatNeverCameAgainAreReleaseAndTaking) {
  Made made(sequence(KeyFacts::Mode::gapless));
  made.done(0, Function::reserve, none, 1);
  made.done(0, Function::release, 1, 1);
  made.done(0, Function::reserve, none, 2);
  expect_violation(made.judged(), "sequence", {2, 4}, "1, released before that began, was free");
}

TEST(Witness, OfAReservedNumberTakenAgainAreBoth) {
  Made made(sequence(KeyFacts::Mode::gapless));
  made.done(0, Function::reserve, none, 1);
  made.done(1, Function::reserve, none, 1);
  expect_violation(made.judged(), "sequence", {0, 2}, "was reserved already and never released");
}

TEST(Witness, AReleasedNumberMayComeAgainAndAnOpenReservationIsNoHole) {
  Made made(sequence(KeyFacts::Mode::gapless));
  made.done(0, Function::reserve, none, 1);
  made.done(1, Function::reserve, none, 2);
  made.done(0, Function::release, 1, 1);
  made.done(0, Function::reserve, none, 1);
  made.done(1, Function::confirm, 2, 2);
  made.ask(2, Function::reserve);
  made.done(3, Function::reserve, none, 4);
  EXPECT_EQ(made.judged().findings[0].verdict, Verdict::valid)
      << made.judged().findings[0].witness.text;
}

/// Tenants are keys, ids are names.
struct MadeItems {
  HistoryBuilder builder;
  std::uint32_t key(const char* name) { return builder.key(name, {.kind = KeyFacts::Kind::items}); }
  std::vector<std::int64_t> ids(std::vector<std::string> names) {
    std::vector<std::int64_t> ids;
    for (const std::string& name : names) ids.push_back(builder.name(name));
    return ids;
  }
  HistoryBuilder::Handle ask(std::uint32_t process, const char* tenant,
                             std::vector<std::string> names) {
    std::vector<std::int64_t> list = ids(std::move(names));
    return builder.invoke(process, {.key = key(tenant), .function = Function::items, .list = list});
  }
  void add(std::uint32_t process, const char* tenant, std::vector<std::string> names) {
    builder.complete(ask(process, tenant, std::move(names)), Outcome::ok);
  }
  void count(std::uint32_t process, const char* tenant, std::int64_t count) {
    auto asked = builder.invoke(process, {.key = key(tenant), .function = Function::count});
    builder.complete(asked, Outcome::ok, {.result = count});
  }
  void members(std::uint32_t process, const char* tenant, std::vector<std::string> names) {
    auto asked = builder.invoke(process, {.key = key(tenant), .function = Function::members});
    std::vector<std::int64_t> list = ids(std::move(names));
    builder.complete(asked, Outcome::ok, {.list = list});
  }
  Judgement judged() { return check(builder.history(), {.need_final_reads = false}); }
};

TEST(Witness, OfALostItemAreTheRequestAndTheList) {
  MadeItems made;
  made.add(0, "t", {"a", "b"});
  made.members(1, "t", {"a"});
  expect_violation(made.judged(), "items", {0, 2}, "'b' was lost");
}

TEST(Witness, OfTooLowACountIsTheCount) {
  MadeItems made;
  made.add(0, "t", {"a", "b"});
  made.count(1, "t", 1);
  expect_violation(made.judged(), "items", {2}, "1 lost");
}

TEST(Witness, OfAnItemNobodyAskedForIsTheList) {
  MadeItems made;
  made.add(0, "t", {"a"});
  made.members(1, "t", {"a", "z"});
  expect_violation(made.judged(), "items", {2}, "nobody had asked for 'z'");
}

TEST(Witness, OfARequestAppliedInPartAreItAndTheList) {
  MadeItems made;
  made.ask(0, "t", {"a", "b"});
  made.members(1, "t", {"a"});
  expect_violation(made.judged(), "items", {0, 1}, "'a' is there and 'b' is not");
}

TEST(Witness, OfACountThatNoWholeRequestGivesAreRequestAndCount) {
  MadeItems made;
  made.ask(0, "t", {"a", "b", "c"});
  made.count(1, "t", 2);
  expect_violation(made.judged(), "items", {0, 1}, "applied in part");
}

TEST(Witness, OfARequestOverTwoTenantsAppliedToOneIsWhatBothSaw) {
  MadeItems made;
  std::vector<std::int64_t> a = made.ids({"a"});
  std::vector<std::int64_t> b = made.ids({"b"});
  const Call parts[] = {{.key = made.key("t"), .function = Function::items, .list = a},
                        {.key = made.key("u"), .function = Function::items, .list = b}};
  made.builder.invoke(0, parts);
  made.members(1, "t", {"a"});
  EXPECT_NE(made.judged().verdict, Verdict::invalid);
  made.members(1, "u", {});
  expect_violation(made.judged(), "items", {0, 3}, "'b' was lost");
}

TEST(Witness, OfABatchSeenInPartAreTheBatchAndTheReads) {
  HistoryBuilder builder;
  KeyFacts facts = counter;
  facts.version = 1;
  std::uint32_t a = builder.key("c/a", facts);
  std::uint32_t b = builder.key("c/b", facts);
  const Call parts[] = {{.key = a, .function = Function::add, .argument = 5},
                        {.key = b, .function = Function::add, .argument = -5}};
  auto batch = builder.invoke(0, parts);                             // index 0
  auto read = builder.invoke(1, {.key = a});                         // index 1
  builder.complete(read, Outcome::ok, {.result = 5, .version = 2});  // index 2
  auto other = builder.invoke(1, {.key = b});                        // index 3
  builder.complete(other, Outcome::ok, {.result = 0, .version = 1});
  const Answer answers[] = {{.result = 5, .version = 2}, {.result = -5, .version = 2}};
  builder.complete(batch, Outcome::ok, answers);
  expect_violation(check(builder.history(), {.need_final_reads = false}), "batch", {1, 3},
                   "process 0's add of 5 (index 0–5)");
}

TEST(Witness, OfOperationsNoJudgeKnowsIsWhatTheSearchCannotLeaveOut) {
  Made made;
  made.add(0, 1, 1);
  made.done(0, Function::reset, none, 0);
  made.add(1, 7, 7);
  made.read(2, 1);  // index 6
  made.read(2, 7);
  expect_violation(made.judged(), "search", {0, 2, 6}, "No order explains these");
}

}  // namespace
}  // namespace dcount::check
