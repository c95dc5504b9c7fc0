// Packages written by hand: what is right, what is wrong and with which lines as witness, what is
// missing, how their lines are read.
#include "sim/check/package_judge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "sim/check/history_reader.h"
#include "tests/check/made_packages.h"

namespace dcount::check {
namespace {

using Lines = std::vector<Index>;

void expect_violation(const Judgement& judgement, const Lines& lines, const std::string& says) {
  ASSERT_EQ(judgement.verdict, Verdict::invalid);
  const Finding& finding = judgement.findings.front();
  EXPECT_EQ(finding.judge, "packages");
  EXPECT_EQ(finding.witness.operations, lines) << finding.witness.text;
  EXPECT_NE(finding.witness.text.find(says), std::string::npos) << finding.witness.text;
}

void expect_not_invalid(const Judgement& judgement) {
  EXPECT_NE(judgement.verdict, Verdict::invalid) << judgement.findings.front().witness.text;
}

bool tells(const Judgement& judgement, const std::string& says) {
  return std::any_of(
      judgement.findings.begin(), judgement.findings.end(),
      [&](const Finding& finding) { return finding.summary.find(says) != std::string::npos; });
}

void expect_missing(const Judgement& judgement, const std::string& says) {
  EXPECT_EQ(judgement.verdict, Verdict::unknown);
  EXPECT_TRUE(tells(judgement, says)) << says;
}

/// Two packages of k1, one of k2; one was removed, one refused, one upload failed.
MadePackages good() {
  MadePackages made;
  made.add("p1", "d1");
  made.add("p2", "d2");
  made.add("q1", "e1", "k2");
  made.fail(made.ask_add("d3"), 503);
  made.get("p1", "d1");
  made.get("p2", "d2");
  made.get("q1", "e1", "k2");
  made.refuse("p1", 403, "k2");
  made.refuse("nothing", 404);
  made.fail(made.ask_get("p2"), 503);
  made.list({"p1", "p2"});
  made.remove("p2", 1);
  made.refuse("p2", 404);
  made.remove("p2", 0);
  made.list({"p1"});
  made.list({"q1"}, "k2");
  return made;
}

void end_well(MadePackages& made) {
  made.records({{"p1", "k1", "d1", {1, 2}}, {"q1", "k2", "e1", {2, 3}}});
  made.holds(1, {{"p1", "d1"}});
  made.holds(2, {{"q1", "e1"}, {"p1", "d1"}});
  made.holds(3, {{"q1", "e1"}});
}

TEST(PackageJudge, AcceptsWhatIsRightAndTellsFigures) {
  MadePackages made = good();
  made.set_replicas(2);
  made.add("p4", "d4");
  made.unknown(made.ask_add("d5"));
  made.remove("p4", 1);
  end_well(made);
  Judgement judgement = made.judged({});
  EXPECT_EQ(judgement.verdict, Verdict::valid)
      << judgement.findings.front().summary << judgement.findings.front().witness.text;
  EXPECT_TRUE(tells(judgement,
                    "4 uploads acknowledged (400 bytes), 1 unknown, 1 failed; 3 downloads (300 "
                    "bytes); 1 package never read"));
}

TEST(PackageJudge, AcceptsWhatAConcurrentRemovalOrUploadLeavesOpen) {
  MadePackages made;
  auto add = made.ask_add("d1");
  made.list({});
  made.list({"p1"});
  made.added(add, "p1");
  auto get = made.ask_get("p1");
  auto list = made.ask_list();
  auto remove = made.ask_remove("p1");
  made.refuse("p1", 404);
  made.removed(remove, 1);
  made.got(get, "d1");
  made.listed(list, {"p1"});
  expect_not_invalid(made.judged());
}

TEST(PackageJudge, AcceptsThatAnUnknownRemovalHappensLate) {
  MadePackages made;
  made.add("p1", "d1");
  made.unknown(made.ask_remove("p1"));
  made.get("p1", "d1");
  made.refuse("p1", 404);
  made.list({});
  expect_not_invalid(made.judged());
}

TEST(PackageJudge, AcceptsThatTheRecordsStillHaveWhatHasExpired) {
  for (const bool expires : {true, false}) {
    MadePackages made;
    made.add("p1", "d1", "k1", expires ? MadePackages::began_s + 10 : 0);
    made.at(11);
    made.refuse("p1", 404);
    made.records({{"p1", "k1", "d1"}});
    if (expires) {
      expect_not_invalid(made.judged());
    } else {
      expect_violation(made.judged(), {0, 2, 4}, "it was there again");
    }
  }
}

TEST(PackageJudge, AcceptsAnUnknownUploadThatIsThereOnce) {
  MadePackages made;
  made.unknown(made.ask_add("d1"));
  made.unknown(made.ask_add("d1"));
  made.unknown(made.ask_add("d2"));
  made.list({"x"});
  made.list({"x", "y", "z"});
  made.get("x", "d1");
  made.get("z", "d1");
  expect_not_invalid(made.judged());
}

TEST(PackageJudge, FindsALostPackage) {
  MadePackages made;
  made.add("p1", "d1");
  made.get("p1", "d1");
  made.refuse("p1", 404);
  expect_violation(
      made.judged(), {0, 4},
      "process 0's add_package of 'of-d1' by k1 (sha256 d1) was answered with p1, 2 replicas "
      "(index "
      "0–1). Only after that, process 0's get_package of p1 by k1 was refused by node-1 with 404 "
      "(index 4–5): p1 was lost.");
}

TEST(PackageJudge, FindsAPackageMissingInAList) {
  MadePackages made;
  made.add("p1", "d1");
  made.add("p2", "d2");
  made.list({"p2"});
  expect_violation(made.judged(), {0, 4},
                   "list_packages by k1 was answered with [p2] (index 4–5): "
                   "p1 was lost.");
}

TEST(PackageJudge, FindsAPackageMissingInTheStore) {
  MadePackages made;
  made.add("p1", "d1");
  made.add("p2", "d2");
  made.records({{"p2", "k1", "d2"}});
  expect_violation(made.judged(), {0, 4}, "final_packages was answered with [p2]");
}

TEST(PackageJudge, FindsThatAStrangersRemovalLostIt) {
  MadePackages made;
  made.add("p1", "d1");
  made.unknown(made.ask_remove("p1", "k2"));
  made.refuse("p1", 404);
  expect_violation(made.judged(), {0, 4}, "p1 was lost");
}

TEST(PackageJudge, FindsASeenPackageOfAnUnknownUploadLost) {
  MadePackages made;
  made.unknown(made.ask_add("d1"));
  made.list({"x"});
  made.list({});
  expect_violation(made.judged(), {2, 4}, "x was lost");
}

TEST(PackageJudge, FindsAPackageLostThatAnEarlierRemovalDidNotFind) {
  MadePackages made;
  auto add = made.ask_add("d1");
  made.remove("p1", 0);
  made.added(add, "p1");
  made.get("p1", "d1");
  made.refuse("p1", 404);
  expect_violation(made.judged(), {0, 6}, "p1 was lost");
}

TEST(PackageJudge, FindsAPackageLostThatAStrangerWasRefused) {
  MadePackages made;
  made.unknown(made.ask_add("d1"));
  made.refuse("x", 403, "k2");
  made.refuse("x", 404);
  expect_violation(made.judged(), {2, 4}, "x was lost");
}

TEST(PackageJudge, FindsWhatNobodyUploadedWhereAStrangerIsRefused) {
  MadePackages made;
  made.unknown(made.ask_add("d1", "k2"));
  made.refuse("x", 403, "k2");
  expect_violation(made.judged(), {2}, "nobody had uploaded x");
}

TEST(PackageJudge, FindsOtherBytes) {
  MadePackages made;
  made.add("p1", "d1");
  made.get("p1", "d7");
  expect_violation(made.judged(), {0, 2},
                   "its bytes are sha256 d1, and it was told to have sha256 d7");
}

TEST(PackageJudge, FindsTwoBytesOfAnUnknownUpload) {
  MadePackages made;
  made.unknown(made.ask_add("d1"));
  made.get("x", "d1");
  made.get("x", "d7");
  expect_violation(made.judged(), {2, 4}, "sha256 d7");
}

TEST(PackageJudge, FindsAWrongCopy) {
  MadePackages made;
  made.add("p1", "d1");
  made.holds(1, {{"p1", "d1"}});
  made.holds(2, {{"p1", "d7"}});
  expect_violation(made.judged(), {0, 4}, "final_holder of node-2 was answered with [p1]");
}

TEST(PackageJudge, FindsAStrangerWhoReads) {
  MadePackages made;
  made.add("p1", "d1");
  made.get("p1", "d1", "k2");
  expect_violation(made.judged(), {0, 2}, "p1 is k1's, and k2 was let to it");
}

TEST(PackageJudge, FindsAStrangersList) {
  MadePackages made;
  made.add("p1", "d1");
  made.list({"p1"}, "k2");
  expect_violation(made.judged(), {0, 2}, "p1 is k1's, and k2 was let to it");
}

TEST(PackageJudge, FindsAStrangerWhoRemoves) {
  MadePackages made;
  made.add("p1", "d1");
  made.remove("p1", 1, "k2");
  expect_violation(made.judged(), {0, 2}, "p1 is k1's, and k2 was let to it");
}

TEST(PackageJudge, FindsAWrongOwnerInTheStore) {
  MadePackages made;
  made.add("p1", "d1");
  made.records({{"p1", "k2", "d1"}});
  expect_violation(made.judged(), {0, 2}, "recorded as k2's");
}

TEST(PackageJudge, FindsAnOwnerTurnedAway) {
  MadePackages made;
  made.add("p1", "d1");
  made.refuse("p1", 403);
  expect_violation(made.judged(), {0, 2}, "p1 is k1's own");
}

TEST(PackageJudge, FindsWhatNobodyUploaded) {
  MadePackages made;
  made.add("p1", "d1");
  made.unknown(made.ask_add("d2", "k2"));
  made.list({"p1", "x"});
  expect_violation(made.judged(), {4}, "nobody had uploaded x");
}

TEST(PackageJudge, FindsMoreThanUnknownUploadsCanBe) {
  MadePackages made;
  made.unknown(made.ask_add("d1"));
  made.unknown(made.ask_add("d2"));
  made.get("x", "d2");  // is the second, so that
  made.list({"x", "y"});
  made.list({"x", "y", "z"});
  expect_violation(made.judged(), {8}, "nobody had uploaded z");
}

TEST(PackageJudge, FindsWhatWasUploadedOnlyLater) {
  MadePackages made;
  made.list({"x"});
  made.unknown(made.ask_add("d1"));
  expect_violation(made.judged(), {0}, "nobody had uploaded x");
}

TEST(PackageJudge, FindsAnIdBeforeItsUpload) {
  MadePackages made;
  made.list({"p1"});
  made.add("p1", "d1");
  expect_violation(made.judged(), {0, 2}, "before anybody had uploaded it");
}

TEST(PackageJudge, FindsAFailedUploadThatIsThere) {
  MadePackages made;
  made.fail(made.ask_add("d1"), 507);
  made.records({{"x", "k1", "d1"}});
  expect_violation(made.judged(), {0, 2},
                   "add_package of 'of-d1' by k1 (sha256 d1) was refused by node-1 with 507");
}

TEST(PackageJudge, FindsAnUploadThatBecameTwo) {
  MadePackages made;
  made.add("p1", "d1");
  made.list({"p1", "x"});
  made.get("x", "d1");
  expect_violation(made.judged(), {0, 2, 4}, "one upload became two packages");
}

TEST(PackageJudge, FindsAnUnknownUploadThatBecameTwo) {
  MadePackages made;
  made.unknown(made.ask_add("d1"));
  made.get("x", "d1");
  made.get("y", "d1");
  expect_violation(made.judged(), {0, 4}, "one upload became two packages");
}

TEST(PackageJudge, FindsTwoUploadsOfOneId) {
  MadePackages made;
  made.add("p1", "d1");
  made.add("p1", "d2");
  expect_violation(made.judged(), {0, 2}, "two uploads got one id");
}

TEST(PackageJudge, FindsAPackageThatIsListedTwice) {
  MadePackages made;
  made.add("p1", "d1");
  made.list({"p1", "p1"});
  expect_violation(made.judged(), {2}, "p1 is in it twice");
}

TEST(PackageJudge, FindsARemovedPackage) {
  MadePackages made;
  made.add("p1", "d1");
  made.remove("p1", 1);
  made.get("p1", "d1");
  expect_violation(made.judged(), {2, 4}, "p1 was there though it had been removed");
}

TEST(PackageJudge, FindsARemovedPackageInAList) {
  MadePackages made;
  made.add("p1", "d1");
  made.remove("p1", 0);
  made.list({"p1"});
  expect_violation(made.judged(), {2, 4}, "p1 was there though it had been removed");
}

TEST(PackageJudge, FindsAPackageThatWasRemovedTwice) {
  MadePackages made;
  made.add("p1", "d1");
  made.remove("p1", 1);
  made.remove("p1", 1);
  expect_violation(made.judged(), {2, 4}, "p1 was removed twice");
}

TEST(PackageJudge, FindsAPackageThatCameBack) {
  MadePackages made;
  made.add("p1", "d1");
  made.unknown(made.ask_remove("p1"));
  made.refuse("p1", 404);
  made.list({"p1"});
  expect_violation(made.judged(), {0, 4, 6}, "p1 was gone. Only after that had ended");
}

TEST(PackageJudge, GivesAMinuteForExpiry) {
  MadePackages made;
  made.add("p1", "d1", "k1", MadePackages::began_s + 100);
  made.at(41);
  made.refuse("p1", 404);
  made.list({});
  expect_not_invalid(made.judged());
  MadePackages late;
  late.add("p1", "d1", "k1", MadePackages::began_s + 100);
  late.at(160);
  late.get("p1", "d1");
  late.list({"p1"});
  expect_not_invalid(late.judged());
}

TEST(PackageJudge, FindsAPackageThatExpiresEarly) {
  MadePackages made;
  made.add("p1", "d1", "k1", MadePackages::began_s + 100);
  made.at(39);
  made.refuse("p1", 404);
  expect_violation(made.judged(), {0, 2}, "p1 was lost");
}

TEST(PackageJudge, FindsAPackageThatDoesNotExpire) {
  MadePackages made;
  made.add("p1", "d1", "k1", MadePackages::began_s + 100);
  made.at(161);
  made.list({"p1"});
  expect_violation(made.judged(), {0, 2}, "p1 was there 61 seconds after that");
}

TEST(PackageJudge, FindsAPackageThatExpiredAndCameBack) {
  MadePackages made;
  made.add("p1", "d1", "k1", MadePackages::began_s + 100);
  made.at(100);
  made.refuse("p1", 404);
  made.get("p1", "d1");
  expect_violation(made.judged(), {0, 2, 4}, "it was there again");
}

TEST(PackageJudge, DoesNotJudgeExpiryByAClockThatJumped) {
  MadePackages made;
  made.builder().begin_fault("clock", "node-1").confirmed = true;
  made.add("p1", "d1", "k1", MadePackages::began_s + 100);
  made.add("p2", "d2", "k1", MadePackages::began_s + 100);
  made.at(10);
  made.refuse("p1", 404);
  made.at(200);
  made.get("p2", "d2");
  expect_not_invalid(made.judged());
}

TEST(PackageJudge, FindsTooFewCopies) {
  MadePackages made;
  made.set_replicas(2);
  made.add("p1", "d1");
  made.holds(1, {{"p1", "d1"}});
  made.holds(2, {{"p1", ""}});  // there, and not to be read
  made.holds(3, {});
  expect_violation(made.judged(), {0, 6},
                   "At the end 3 nodes alive told what they hold: p1 is on node-1, and 2 have to "
                   "hold it.");
}

TEST(PackageJudge, FindsCopiesThatTheStoreDoesNotKnow) {
  MadePackages made;
  made.add("p1", "d1");
  made.records({{"p1", "k1", "d1", {1, 2}}});
  made.holds(1, {{"p1", "d1"}});
  made.holds(2, {});
  made.holds(3, {{"p1", "d1"}});
  expect_violation(made.judged(), {0, 2, 8}, "p1 is on node-1, and 2 have to hold it");
}

TEST(PackageJudge, WantsNoMoreCopiesThanNodesAreAlive) {
  MadePackages made;
  made.set_replicas(3);
  made.add("p1", "d1");
  made.holds(1, {{"p1", "d1"}});
  made.fail(made.ask_holder(2), 0);
  made.fail(made.ask_holder(3), 0);
  expect_not_invalid(made.judged());
}

TEST(PackageJudge, DoesNotCountADeadNode) {
  MadePackages made;
  made.add("p1", "d1");
  made.holds(1, {{"p1", "d1"}});
  made.fail(made.ask_holder(2), 0);
  made.holds(3, {});
  expect_violation(made.judged(), {0, 6}, "p1 is on node-1, and 2 have to hold it");
}

TEST(PackageJudge, CountsANodeThatDidNotTell) {
  MadePackages made;
  made.add("p1", "d1");
  made.holds(1, {{"p1", "d1"}});
  made.holds(2, {});
  made.unknown(made.ask_holder(3));
  expect_not_invalid(made.judged());
}

TEST(PackageJudge, WantsEvidence) {
  MadePackages unread;
  unread.add("p1", "d1");
  expect_missing(unread.judged(), "no package was downloaded");
  MadePackages empty;
  empty.fail(empty.ask_add("d1"), 503);
  empty.refuse("p1", 404);
  expect_missing(empty.judged(), "no upload of a package was acknowledged");
  MadePackages made = good();
  made.holds(1, {{"p1", "d1"}});
  expect_missing(made.judged({}), "which packages are on node-2, node-3 was not read");
  MadePackages early = good();
  end_well(early);
  early.remove("q1", 1, "k2");
  expect_missing(early.judged({}), "which packages are on node-1, node-2, node-3 was not read");
  MadePackages unlisted;
  unlisted.list({});
  unlisted.add("p1", "d1");
  expect_missing(unlisted.judged({}), "the packages of k1 were not listed");
}

const std::string lines =
    R"({"type":"header","format":1,"began":1800000000,"replicas":2,"nodes":["node-1","node-2"]}
{"index":0,"process":1,"type":"invoke","f":"add_package","key":"u1","owner":"k1","value":{"digest":"d1","bytes":10,"expire":0},"id":"x-1","time":5}
{"index":1,"process":2,"type":"invoke","f":"add_package","key":"u2","value":{"owner":"k1","digest":"d2","bytes":10}}
{"index":2,"process":2,"type":"fail","f":"add_package","value":{"status":507}}
{"index":3,"process":1,"type":"ok","f":"add_package","value":{"pkgid":"p1","replicas":2},"node":"node-1","time":9}
{"index":4,"process":1,"type":"invoke","f":"get_package","key":"p1","owner":"k1"}
{"index":5,"process":1,"type":"ok","f":"get_package","value":{"digest":"d1"},"node":"node-2"}
{"index":6,"process":1,"type":"invoke","f":"get_package","key":"p1","owner":"k2"}
{"index":7,"process":1,"type":"ok","f":"get_package","value":{"status":403},"node":"node-2"}
{"index":8,"process":1,"type":"invoke","f":"usage","owner":"k1"}
{"index":9,"process":1,"type":"ok","f":"usage","value":{"packages":1,"bytes":10}}
{"index":10,"process":1,"type":"invoke","f":"list_packages","owner":"k1"}
{"index":11,"process":1,"type":"ok","f":"list_packages","value":["p1"]}
{"index":12,"process":1,"type":"invoke","f":"final_packages"}
{"index":13,"process":1,"type":"ok","f":"final_packages","value":[{"pkgid":"p1","owner":"k1","digest":"d1","holders":["node-1","node-2"]}]}
{"index":14,"process":1,"type":"invoke","f":"final_holder","key":"node-1"}
{"index":15,"process":1,"type":"ok","f":"final_holder","value":{"node":"node-1","packages":[{"pkgid":"p1","digest":"d1"}]}}
{"index":16,"process":1,"type":"invoke","f":"final_holder","key":"node-2"}
{"index":17,"process":1,"type":"ok","f":"final_holder","value":{"node":"node-2","packages":[{"pkgid":"p1","digest":"d1"}]}}
)";

ReadResult read(const std::string& text) {
  std::istringstream input(text);
  return read_history(input);
}

TEST(PackageJudge, ReadsItsLines) {
  ReadResult history = read(lines);
  ASSERT_TRUE(history) << history.error().text();
  const PackageHistory& packages = history->packages;
  ASSERT_EQ(packages.operations.size(), 9u);
  EXPECT_EQ(packages.began_s, 1800000000);
  EXPECT_EQ(packages.replicas, 2);
  const PackageOperation& add = packages.operations[0];
  EXPECT_EQ(history->names[add.owner], "k1");
  EXPECT_EQ(history->names[add.package], "p1");
  EXPECT_EQ(add.bytes, 10);
  EXPECT_EQ(add.asked_ns, 5);
  EXPECT_EQ(add.answered_ns, 9);
  EXPECT_EQ(packages.operations[1].status, 507);
  EXPECT_TRUE(history->operations[packages.operations[3].operation].refused);
  Judgement judgement = check(*history);
  EXPECT_EQ(judgement.verdict, Verdict::valid)
      << judgement.findings.front().summary << judgement.findings.front().witness.text;
}

TEST(PackageJudge, JudgesCountersBesidePackages) {
  ReadResult history = read(lines + R"({"process":7,"type":"invoke","f":"add","key":"c/a","value":1}
{"process":7,"type":"ok","f":"add","key":"c/a","value":1}
{"process":7,"type":"invoke","f":"read","key":"c/a"}
{"process":7,"type":"ok","f":"read","key":"c/a","value":0}
)");
  ASSERT_TRUE(history) << history.error().text();
  Judgement judgement = check(*history);
  EXPECT_EQ(judgement.verdict, Verdict::invalid);
  EXPECT_EQ(judgement.findings.front().key, "c/a");
}

TEST(PackageJudge, RefusesLinesThatSayTooLittle) {
  const std::string begin = R"({"process":1,"type":"invoke","f":")";
  auto why = [&](const std::string& text) {
    ReadResult history = read(begin + text);
    return history ? std::string("was read") : history.error().text();
  };
  EXPECT_EQ(why(R"(get_package","key":"p1"})"), "line 1: get_package has no owner");
  EXPECT_EQ(why(R"(get_package","owner":"k1"})"), "line 1: get_package has no pkgid as its key");
  EXPECT_EQ(why(R"(add_package","key":"u","owner":"k1"})"), "line 1: add_package has no digest");
  EXPECT_EQ(why(R"(final_holder"})"), "line 1: final_holder has no node as its key");
  EXPECT_EQ(why(R"(add_package","key":"u","owner":"k1","value":{"digest":"d"}}
{"process":1,"type":"ok","f":"add_package","value":{}})"),
            "line 2: add_package was answered without a pkgid");
  EXPECT_EQ(why(R"(list_packages","owner":"k1"}
{"process":1,"type":"ok","f":"get_package","value":[]})"),
            "line 2: 'get_package' completes another operation of process 1, list_packages");
}

}  // namespace
}  // namespace dcount::check
