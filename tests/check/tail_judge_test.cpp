// Subscribers written by hand: what is right, what is wrong and with which lines as witness, what
// is missing, how their lines are read.
#include "sim/check/tail_judge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "sim/check/history_reader.h"
#include "tests/check/made_tails.h"

namespace dcount::check {
namespace {

using Lines = std::vector<Index>;
constexpr CheckOptions any_end{.need_final_reads = false};

void expect_violation(const Judgement& judgement, const Lines& lines, const std::string& says) {
  ASSERT_EQ(judgement.verdict, Verdict::invalid);
  const Finding& finding = judgement.findings.front();
  EXPECT_EQ(finding.judge, "tails");
  EXPECT_EQ(finding.witness.operations, lines) << finding.witness.text;
  EXPECT_NE(finding.witness.text.find(says), std::string::npos) << finding.witness.text;
}

void expect_not_invalid(const Judgement& judgement) {
  EXPECT_NE(judgement.verdict, Verdict::invalid) << judgement.findings.front().witness.text;
}

void expect_missing(const Judgement& judgement, const std::string& says) {
  EXPECT_EQ(judgement.verdict, Verdict::unknown);
  EXPECT_TRUE(std::any_of(
      judgement.findings.begin(), judgement.findings.end(),
      [&](const Finding& finding) { return finding.summary.find(says) != std::string::npos; }))
      << says;
}

/// c/a goes to 1, 2 and 3, of the revisions 10, 12 and 14; c/b to 1, of 11.
MadeTails seen_by_one(int tail = 1) {
  MadeTails made;
  made.connect(tail);         // 0
  made.add(a, 1, 2);          // 1
  made.sent(tail, a, 1, 10);  // 3
  made.add(b, 1, 2);          // 4
  made.sent(tail, b, 1, 11);  // 6
  made.add(a, 2, 3);          // 7
  made.sent(tail, a, 2, 12);  // 9
  return made;
}

void read_and_end(MadeTails& made, std::vector<int> tails, std::int64_t value,
                  std::int64_t version) {
  made.read(a, value, version);
  made.read(b, 1, 2);
  for (int tail : tails) made.end(tail);
}

TEST(TailJudge, AcceptsWhatIsRight) {
  MadeTails made = seen_by_one();
  made.connect(2, {.snapshot = true});
  made.sent(2, b, 1, 11);
  made.sent(2, a, 2, 12);
  made.disconnect(1);
  made.add(a, 3, 4);
  made.add(a, 4, 5);
  made.sent(2, a, 4, 16);
  made.resume(1, 12);
  made.sent(1, a, 4, 16);
  made.bookmark(1, 20);
  read_and_end(made, {1, 2}, 4, 5);
  made.table(3, {{a, 4}, {b, 1}});
  Judgement judgement = made.judged({.need_resumes = true});
  EXPECT_EQ(judgement.verdict, Verdict::valid) << judgement.findings.front().summary;
}

TEST(TailJudge, AcceptsWhatAnInclusiveCursorRepeats) {
  MadeTails made = seen_by_one();
  TailConnection lockstep{.format = TailFormat::lockstep, .inclusive = true, .cursor = 12};
  made.connect(1, lockstep);
  made.sent(1, a, 2, 12, 3);
  read_and_end(made, {1}, 2, 3);
  EXPECT_EQ(made.judged().verdict, Verdict::valid);
}

TEST(TailJudge, AcceptsThatWebSocketsGoBackOverAllRecords) {
  MadeTails made;
  made.add(a, 1, 2);
  made.add(b, 1, 2);
  made.connect(1, {.format = TailFormat::websocket, .snapshot = true});
  made.sent(1, b, 1, 11);
  made.sent(1, a, 1, 10);
  read_and_end(made, {1}, 1, 2);
  EXPECT_EQ(made.judged().verdict, Verdict::valid);
}

TEST(TailJudge, AcceptsThatADeletionBeforeTheStartIsLeftOut) {
  MadeTails made = seen_by_one();
  made.remove(a, 4);
  made.sent(1, a, none, 13);
  made.connect(2);
  made.sent(2, b, 1, 11);
  made.bookmark(2, 13);
  made.read(a, none, none);
  made.read(b, 1, 2);
  made.end(1);
  made.end(2);
  EXPECT_EQ(made.judged().verdict, Verdict::valid);
}

TEST(TailJudge, AcceptsAStateThatALaterOneMayHaveTakenThePlaceOf) {
  MadeTails made = seen_by_one();
  made.connect(2);
  auto third = made.ask(a, Function::add, 1);  // may have moved c/a behind 12 already
  made.sent(2, b, 1, 11);
  made.bookmark(2, 12);
  made.ok(third, 3, 4);
  made.sent(2, a, 3, 14);
  made.sent(1, a, 3, 14);
  read_and_end(made, {1, 2}, 3, 4);
  EXPECT_EQ(made.judged().verdict, Verdict::valid);
}

TEST(TailJudge, AcceptsAnUnknownChangeBehindTheLastRead) {
  MadeTails made = seen_by_one();
  made.builder().complete(made.ask(a, Function::add, 1), Outcome::unknown);
  made.connect(2);
  made.sent(2, b, 1, 11);
  made.sent(2, a, 2, 12);
  made.read(a, 2, 3);
  made.read(b, 1, 2);
  made.sent(1, a, 3, 14);
  made.end(1);
  made.end(2);
  expect_not_invalid(made.judged());
}

TEST(TailWitness, OfTwoStatesAtOneRevisionAreBoth) {
  MadeTails made = seen_by_one();
  made.connect(2);
  made.sent(2, a, 2, 10);  // index 11
  expect_violation(made.judged(any_end), {3, 11},
                   "tail-1 was sent c/a = 1 of revision 10 (index 3), and tail-2 was sent c/a = 2 "
                   "of revision 10 (index 11)");
}

TEST(TailWitness, OfAValueThatNobodyAskedForIsTheEvent) {
  MadeTails made = seen_by_one();
  made.sent(1, b, 2, 13);
  expect_violation(made.judged(any_end), {10}, "cannot bring it above 1");
}

TEST(TailWitness, OfAValueBeforeItWasAskedForIsTheEvent) {
  MadeTails made;
  made.connect(1);
  auto early = made.ask(a, Function::add, 5);
  made.sent(1, a, 7, 10);  // 2
  made.ok(early, 5, 2);
  made.ok(made.ask(a, Function::add, 2), 7, 3);
  expect_violation(made.judged(any_end), {2}, "cannot bring it above 5");
}

TEST(TailWitness, OfAValueBetweenThoseThatWereAnsweredIsTheEvent) {
  MadeTails made;
  made.connect(1);
  made.ok(made.ask(a, Function::add, 5), 5, 2);
  made.sent(1, a, 3, 10);  // 3
  expect_violation(made.judged(any_end), {3}, "none with 3");
}

TEST(TailWitness, OfADeletionThatNobodyAskedForIsTheEvent) {
  MadeTails made = seen_by_one();
  made.sent(1, a, none, 13);
  expect_violation(made.judged(any_end), {10}, "nobody had asked for a deletion");
}

TEST(TailWitness, OfAVersionOfAnotherValueIsTheEventAndWhoMadeIt) {
  MadeTails made = seen_by_one();
  made.add(a, 3, 4);          // 10
  made.sent(1, a, 2, 14, 4);  // 12
  expect_violation(made.judged(any_end), {10, 12}, "at that version process 0's add of 1 was");
}

TEST(TailWitness, OfAVersionBehindARevisionThatWentUpAreBothEvents) {
  MadeTails made = seen_by_one();
  made.sent(1, a, 1, 15);  // 10
  expect_violation(made.judged(any_end), {9, 10}, "the record's version did not");
}

TEST(TailWitness, OfAChangeThatCameTwiceAreBothEvents) {
  MadeTails made = seen_by_one();
  made.sent(1, a, 2, 12);  // 10
  expect_violation(made.judged(any_end), {9, 10}, "the same change came twice");
}

TEST(TailWitness, OfARecordThatWentBackAreBothEvents) {
  MadeTails made;
  made.add(a, 1, 2);
  made.add(a, 2, 3);
  made.connect(1, {.format = TailFormat::websocket});
  made.sent(1, a, 2, 12);  // 5
  made.sent(1, a, 1, 10);  // 6
  expect_violation(made.judged(any_end), {5, 6}, "over one connection: it went back");
}

TEST(TailWitness, OfAStreamThatWentBackAreBothEvents) {
  MadeTails made;
  made.connect(1);
  made.add(a, 1, 2);
  made.add(b, 1, 2);
  made.sent(1, b, 1, 11);  // 5
  made.sent(1, a, 1, 10);  // 6
  expect_violation(made.judged(any_end), {5, 6}, "over one connection: it went back");
}

TEST(TailWitness, OfWhatComesBehindTheLastOfItsRevisionAreBothEvents) {
  MadeTails made;
  made.connect(1);
  made.add(a, 1, 2);
  made.add(b, 1, 2);
  made.sent(1, a, 1, 10);  // 5
  made.sent(1, b, 1, 10);  // 6
  expect_violation(made.judged(any_end), {5, 6}, "it was not complete");
}

TEST(TailWitness, OfWhatComesAgainBehindACursorAreTheCursorAndTheEvent) {
  MadeTails made = seen_by_one();
  made.resume(1, 12);      // 10
  made.sent(1, a, 2, 12);  // 11
  expect_violation(made.judged(any_end), {10, 11},
                   "tail-1 connected (index 10) for all behind revision 12");
}

TEST(TailWitness, OfWhatWasNotAskedForIsTheEvent) {
  MadeTails made;
  made.connect(1, {.cursor = 0}, {false, {"c/b", "d/", "other"}});
  made.add(a, 1, 2);
  made.sent(1, a, 1, 10);  // 3
  expect_violation(made.judged(any_end), {0, 3}, "which it had not asked for");
}

TEST(TailWitness, OfAGapBehindACursorAreTheCursorTheChangeAndWhatCameInstead) {
  MadeTails made;
  made.connect(1);         // 0
  made.connect(2);         // 1
  made.add(a, 1, 2);       // 2
  made.sent(1, a, 1, 10);  // 4
  made.sent(2, a, 1, 10);  // 5
  made.add(a, 2, 3);       // 6
  made.sent(1, a, 2, 11);  // 8
  made.add(b, 1, 2);       // 9
  made.sent(1, b, 1, 12);  // 11
  made.resume(2, 10);      // 12
  made.sent(2, b, 1, 12);  // 13
  made.add(a, 3, 4);       // 14: too late to have taken its place
  made.sent(1, a, 3, 13);
  made.sent(2, a, 3, 13);
  read_and_end(made, {1, 2}, 3, 4);
  expect_violation(
      made.judged(), {12, 8, 13},
      "tail-2 connected (index 12) for all behind revision 10. tail-1 was sent c/a = 2 "
      "of revision 11 (index 8). tail-2 was sent c/b = 1 of revision 12 (index 13), "
      "but not that change before it, and nothing that could follow it had been asked "
      "for.");
}

TEST(TailWitness, OfAGapBeforeABookmarkAreTheChangeAndTheBookmark) {
  MadeTails made = seen_by_one();
  made.connect(2);         // 10
  made.sent(2, a, 2, 12);  // 11: c/b of 11 is left out
  made.bookmark(2, 12);
  expect_violation(made.judged(any_end), {10, 6, 11}, "but not that change before it");
}

TEST(TailWitness, OfAGapWhereAnUnknownChangeMightFollowIsWhatOthersSawToTheirEnd) {
  MadeTails made = seen_by_one();
  made.builder().complete(made.ask(b, Function::add, 1), Outcome::unknown);  // 10
  made.connect(2);                                                           // 12
  made.sent(2, a, 2, 12);                                                    // 13
  made.disconnect(2);
  expect_not_invalid(made.judged(any_end));
  read_and_end(made, {1}, 2, 3);
  expect_violation(made.judged(), {12, 6, 13}, "nor a later one, and there was none");
}

TEST(TailWitness, OfAGapThatNobodySawAreTheChangeAndWhatWasAskedForBehindIt) {
  MadeTails made;
  made.connect(1);         // 0
  made.add(a, 1, 2);       // 1
  made.add(b, 1, 2);       // 3
  made.sent(1, b, 1, 11);  // 5
  made.disconnect(1);
  expect_violation(made.judged(any_end), {0, 1, 3, 5},
                   "process 0's add of 1 was answered with 1, version 2 (index 1–2). Only after "
                   "that had ended, what made c/b = 1 of revision 11 was asked for.");
}

TEST(TailWitness, OfAGapInclusiveOfItsCursorIsWhatWasLeftOutThere) {
  MadeTails made;
  made.connect(1);                                                                     // 0
  made.add(a, 1, 2);                                                                   // 1
  made.add(b, 1, 2);                                                                   // 3
  made.sent_part(1, a, 1, 10);                                                         // 5
  made.sent(1, b, 1, 10);                                                              // 6
  made.connect(2, {.format = TailFormat::lockstep, .inclusive = true, .cursor = 10});  // 7
  made.sent(2, a, 1, 10);                                                              // 8
  made.bookmark(2, 11);                                                                // 9
  expect_violation(made.judged(any_end), {7, 6, 8}, "for all from revision 10");
}

TEST(TailWitness, OfALastStateMissedAreTheReadAndTheLastThatCame) {
  MadeTails made = seen_by_one();
  made.add(a, 3, 4);              // 10
  read_and_end(made, {1}, 3, 4);  // 12 to 16
  expect_violation(made.judged(), {9, 12, 16},
                   "process 0 read 3, version 4 (index 12–13), but tail-1 was sent c/a = 2 of "
                   "revision 12 (index 9) and nothing newer of it until its end (index 16)");
}

TEST(TailWitness, OfALastStateMissedIsWhatAnotherWasSent) {
  MadeTails made = seen_by_one();
  made.connect(2, {.format = TailFormat::websocket, .snapshot = true});  // 10
  made.sent(2, b, 1, 11);                                                // 11
  made.sent(2, a, 1, 10);                                                // 12
  made.end(2);                                                           // 13
  expect_violation(made.judged(any_end), {9, 12, 13}, "the last state was not sent");
}

TEST(TailWitness, OfARecordThatNeverCameAreTheReadAndTheEnd) {
  MadeTails made = seen_by_one();
  made.connect(2, {.format = TailFormat::websocket, .snapshot = true});  // 10
  made.sent(2, a, 2, 12);                                                // 11
  read_and_end(made, {1, 2}, 2, 3);                                      // 12 to 17
  expect_violation(made.judged(), {14, 17}, "tail-2 was sent nothing of it until its end");
}

TEST(TailWitness, OfAnEarlierStateWithUnknownChangesIsTheReadBehindIt) {
  MadeTails made = seen_by_one();
  made.builder().complete(made.ask(a, Function::add, 1), Outcome::unknown);  // 10
  read_and_end(made, {1}, 3, 4);                                             // 12 to 16
  expect_violation(made.judged(), {9, 12, 16}, "nothing newer");
}

TEST(TailWitness, OfATableAreTheReadAndTheRow) {
  struct {
    std::vector<std::pair<std::uint32_t, std::int64_t>> rows;
    Lines lines;
    const char* says;
  } all[] = {{{{a, 1}, {b, 1}}, {10, 15}, "c/a is 1."},
             {{{a, 2}}, {12, 15}, "there is no c/b."},
             {{{a, 2}, {b, none}}, {12, 15}, "c/b is deleted."},
             {{{a, 2}, {b, 1}, {b, 1}}, {15}, "has c/b twice"},
             {{{a, 9}, {b, 1}}, {15}, "cannot bring it above 2"}};
  for (const auto& one : all) {
    MadeTails made = seen_by_one();
    read_and_end(made, {1}, 2, 3);  // 10 to 14
    made.table(2, one.rows);
    expect_violation(made.judged(), one.lines, one.says);
  }
}

TEST(TailWitness, OfARowThatShouldBeGoneAreTheReadAndTheRow) {
  MadeTails made = seen_by_one();
  made.remove(a, 4);          // 10
  made.sent(1, a, none, 13);  // 12
  made.read(a, none, none);   // 13
  made.read(b, 1, 2);
  made.end(1);
  made.table(2, {{a, 2}, {b, 1}});  // 18
  expect_violation(made.judged(), {13, 18}, "answered with that there is none");
}

TEST(TailEvidence, ASubscriberIsSentSomethingAndFollowedToItsEnd) {
  MadeTails made = seen_by_one();
  made.connect(2, {});
  made.read(a, 2, 3);
  made.read(b, 1, 2);
  expect_missing(made.judged(), "tail-1 was not followed to its end");
  expect_missing(made.judged(any_end), "tail-2 was never sent anything");
}

TEST(TailEvidence, ASubscriberEndsBehindTheLastChange) {
  MadeTails made = seen_by_one();
  made.end(1);
  made.add(a, 3, 4);
  made.read(a, 3, 4);
  made.read(b, 1, 2);
  expect_missing(made.judged(), "tail-1 ended before the last change was answered");
}

TEST(TailEvidence, ASubscriberResumesFromWhatItWasTold) {
  MadeTails made = seen_by_one();
  made.resume(1, 13);
  read_and_end(made, {1}, 2, 3);
  expect_missing(made.judged(), "tail-1 resumed from revision 13 (index 10)");
}

TEST(TailEvidence, SomebodyResumesWhereThatIsAskedFor) {
  MadeTails made = seen_by_one();
  made.resume(1, 12);
  read_and_end(made, {1}, 2, 3);
  EXPECT_EQ(made.judged().verdict, Verdict::valid);
  expect_missing(made.judged({.need_resumes = true}), "no subscriber resumed");
}

const std::string journal =
    R"({"type":"header","format":1,"nodes":["n1"],"keys":[{"key":"c/a","kind":"counter","initial":0,"version":1}]}
{"index":0,"process":"tail-1","type":"info","f":"tail","value":{"phase":"connect","format":"sse","cursor":null,"inclusive":false,"snapshot":true,"keys":["c/"],"node":"n1"},"time":10}
{"index":1,"process":"tail-1","type":"event","key":"c/a","n":0,"rev":1,"version":1,"complete":true,"time":20}
{"index":2,"process":1,"type":"invoke","f":"add","key":"c/a","value":1,"time":1000000}
{"index":3,"process":1,"type":"ok","f":"add","key":"c/a","value":1,"version":2,"node":"n1","time":2000000}
{"index":4,"process":"tail-1","type":"event","key":"c/a","n":1,"rev":3,"time":5500000}
{"index":5,"process":"tail-1","type":"bookmark","rev":4,"time":5600000}
{"index":6,"process":"tail-1","type":"info","f":"tail","value":{"phase":"disconnect"}}
{"index":7,"process":"tail-1","type":"info","f":"tail","value":{"phase":"gone","oldest":9}}
{"index":8,"process":"tail-1","type":"info","f":"tail","value":{"phase":"connect","format":"lockstep","cursor":0,"inclusive":true,"keys":"*"}}
{"index":9,"process":"tail-1","type":"event","key":"c/a","n":1,"rev":3,"version":2}
{"index":10,"process":1,"type":"invoke","f":"read","key":"c/a"}
{"index":11,"process":1,"type":"ok","f":"read","key":"c/a","value":1,"version":2,"node":"n1"}
{"index":12,"process":"tail-1","type":"info","f":"tail","value":{"phase":"end"}}
{"index":13,"process":"mirror-1","type":"info","f":"tail","value":{"phase":"table","rows":[["c/a",1],["c/gone",null]]}}
)";

TEST(TailLines, AreReadAndJudged) {
  std::istringstream input(journal);
  ReadResult history = read_history(input);
  ASSERT_TRUE(history) << history.error().text();
  ASSERT_EQ(history->tails.size(), 2u);
  const Tail& tail = history->tails[0];
  EXPECT_EQ(tail.name, "tail-1");
  ASSERT_EQ(tail.connections.size(), 2u);
  EXPECT_EQ(tail.connections[0].cursor, none);
  EXPECT_TRUE(tail.connections[0].snapshot);
  EXPECT_EQ(tail.connections[1].first, 3u);
  EXPECT_EQ(tail.connections[1].format, TailFormat::lockstep);
  EXPECT_TRUE(tail.connections[1].inclusive);
  ASSERT_EQ(tail.events.size(), 4u);
  EXPECT_EQ(tail.events[1].revision, 3);
  EXPECT_EQ(tail.events[1].complete, 0u);
  EXPECT_TRUE(tail.events[2].is_bookmark());
  EXPECT_EQ(tail.refused, 1u);
  EXPECT_EQ(tail.ended, 12u);
  ASSERT_TRUE(history->tails[1].table);
  EXPECT_EQ(history->tails[1].table->rows[1].second, none);
  Judgement judgement = check(*history);
  EXPECT_EQ(judgement.verdict, Verdict::valid) << judgement.findings.front().summary;
  EXPECT_TRUE(
      std::any_of(judgement.findings.begin(), judgement.findings.end(),
                  [](const Finding& f) {
                    return f.summary ==
                           "2 subscribers over 2 connections were sent 4 events of 2 states, 1 "
                           "table; behind the "
                           "answers by 3.5 ms (p50), 3.5 ms (p99), 3.5 ms (longest), of 1 change";
                  }))
      << judgement.findings.back().summary;
}

TEST(TailLines, ThatAreMalformedAreNamed) {
  const std::string connected =
      R"({"process":"t","type":"info","f":"tail","value":{"phase":"connect","format":"ws","keys":"*"}})"
      "\n";
  struct {
    const char* line;
    const char* says;
  } all[] = {
      {R"({"process":1,"type":"event","key":"c/a","n":1,"rev":1})", "not a name"},
      {R"({"process":"u","type":"event","key":"c/a","n":1,"rev":1})", "not connected"},
      {R"({"process":"t","type":"event","key":"c/a","n":1})", "no revision"},
      {R"({"process":"t","type":"event","n":1,"rev":1})", "without a key"},
      {R"({"process":"t","type":"event","key":"c/a","rev":1})", "neither or both"},
      {R"({"process":"t","type":"event","key":"c/a","n":1,"deleted":true,"rev":1})", "neither or"},
      {R"({"process":"t","type":"bookmark"})", "no revision"},
      {R"({"process":"t","type":"info","f":"tail"})", "without a phase"},
      {R"({"process":"t","type":"info","f":"tail","value":{"phase":"pause"}})", "'pause' is no"},
      {R"({"process":"t","type":"info","f":"tail","value":{"phase":"connect","keys":"*"}})",
       "format"},
      {R"({"process":"t","type":"info","f":"tail","value":{"phase":"connect","format":"ws"}})",
       "without keys"},
      {R"({"process":"t","type":"info","f":"tail","value":{"phase":"connect","format":"ws","keys":7}})",
       "neither \"*\" nor a list"},
      {R"({"process":"t","type":"info","f":"tail","value":{"phase":"connect","format":"ws","keys":"*","cursor":"x"}})",
       "cursor"},
      {R"({"process":"t","type":"info","f":"tail","value":{"phase":"table"}})", "without rows"},
      {R"({"process":"t","type":"info","f":"tail","value":{"phase":"table","rows":[["c/a"]]}})",
       "[key, value]"},
  };
  for (const auto& bad : all) {
    std::istringstream input(connected + bad.line + "\n");
    ReadResult result = read_history(input);
    ASSERT_FALSE(result) << bad.line;
    EXPECT_EQ(result.error().line, 2u) << bad.line;
    EXPECT_NE(result.error().message.find(bad.says), std::string::npos) << result.error().text();
  }
}

}  // namespace
}  // namespace dcount::check
