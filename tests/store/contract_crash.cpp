// Facts about any store when the power fails: at every step of its medium, and with every fate of
// what was not synced.
#include <stdexcept>

#include "tests/store/contract.h"

namespace dcount::store {
namespace {

constexpr int batches = 8;

/// The workload: each batch overwrites one key, makes another, and from the third on erases one;
/// one batch is big.
std::vector<Group> batch_groups(int number) {
  const std::string text = std::to_string(number);
  const std::string value = number == 5 ? std::string(150'000, 'x') : "v" + text;
  std::vector<Group> groups{group({{"same", value}, {"k" + text, value}})};
  if (number > 2) groups.push_back(group({{"k" + std::to_string(number - 2), std::nullopt}}));
  return groups;
}

/// What is in the store after so many batches; values only.
std::map<std::string, std::string> expected(int committed) {
  std::map<std::string, std::string> model;
  for (int number = 1; number <= committed; ++number) {
    for (const Group& group : batch_groups(number)) {
      for (const Write& write : group.writes) {
        if (write.value) {
          model[write.key] = *write.value;
        } else {
          model.erase(write.key);
        }
      }
    }
  }
  return model;
}

std::map<std::string, std::string> values(const Contents& contents) {
  std::map<std::string, std::string> values;
  for (const auto& [key, stored] : contents) values[key] = stored.first;
  return values;
}

struct Run {
  bool claimed = false;
  int acknowledged = 0;
  Revision revision = 0;  ///< of the last acknowledged batch
};

Run run_until_power_fails(Rig& rig) {
  Run run;
  try {
    Writer writer(rig);
    run.claimed = true;
    for (int number = 1; number <= batches; ++number) {
      const auto result = writer.commit(batch_groups(number));
      if (result.status != CommitResult::Status::committed) break;
      run.acknowledged = number;
      run.revision = result.revision;
    }
  } catch (const std::runtime_error&) {
    // The power failed while it was opened or claimed.
  }
  return run;
}

CrashReport judge(Rig& rig, const Run& run) {
  CrashReport report;
  report.finished = run.acknowledged == batches;
  const auto say = [&](Verdict verdict, const std::string& why) {
    report.verdict = verdict;
    report.why = why + " (" + std::to_string(run.acknowledged) + " batches acknowledged)";
    return report;
  };
  try {
    Writer writer(rig);
    Revision now = 0;
    const auto found = values(writer.contents(&now));
    int committed = batches;
    while (committed >= 0 && expected(committed) != found) --committed;
    if (committed < 0) return say(Verdict::torn, "what is there is no whole number of batches");
    if (committed < run.acknowledged) {
      return say(Verdict::lost, "only " + std::to_string(committed) + " batches are there");
    }
    if (committed > run.acknowledged + 1) return say(Verdict::torn, "batches nobody committed");
    if (now < run.revision) return say(Verdict::stuck, "the revision has gone back");
    if (run.claimed && writer.mark().incarnation < 2) {
      return say(Verdict::lost, "the first claim is not there");
    }
    const auto next = writer.put("after", "crash");
    if (next.status != CommitResult::Status::committed) return say(Verdict::stuck, next.error);
    if (next.revision <= run.revision) return say(Verdict::stuck, "a revision was used twice");
  } catch (const std::runtime_error& error) {
    return say(Verdict::stuck, error.what());
  }
  return report;
}

void expect_kept(const CrashReport& report) {
  EXPECT_TRUE(report.verdict == Verdict::kept) << report.why;
  EXPECT_TRUE(report.finished) << report.why;
}

TEST_P(CrashContract, WhatWasAcknowledgedSurvivesWhenTheTailIsDropped) {
  expect_kept(crash_at_every_step(GetParam(), Tail::dropped));
}

TEST_P(CrashContract, WhatWasAcknowledgedSurvivesWhenTheTailIsTorn) {
  expect_kept(crash_at_every_step(GetParam(), Tail::torn));
}

TEST_P(CrashContract, ABatchNobodyHeardOfIsWholeOrAbsentWhenTheTailIsKept) {
  expect_kept(crash_at_every_step(GetParam(), Tail::kept));
}

TEST_P(CrashContract, OnceTheMediumHasFailedNothingIsCommittedAnyMore) {
  Writer writer(*rig);
  rig->cut_power_after(0);
  EXPECT_EQ(writer.put("a", "1").status, CommitResult::Status::failed);
  rig->cut_power_after(1000);
  if (!writer.store().exclusive()) return;  // a new connection may find a disk that works again
  EXPECT_EQ(writer.put("b", "1").status, CommitResult::Status::failed);
  EXPECT_EQ(writer.settle(writer.next({})).status, CommitResult::Status::failed);
  EXPECT_FALSE(writer.store().claim());
}

}  // namespace

CrashReport crash_after(Rig& rig, int steps, Tail tail) {
  rig.cut_power_after(steps);
  const Run run = run_until_power_fails(rig);
  rig.crash(tail, static_cast<unsigned>(steps));
  return judge(rig, run);
}

CrashReport crash_at_every_step(const RigMaker& maker, Tail tail) {
  constexpr int steps_max = 5000;
  CrashReport report;
  for (int steps = 0; steps < steps_max; ++steps) {
    report = crash_after(*maker.make(), steps, tail);
    report.why += " at step " + std::to_string(steps);
    if (report.finished || report.verdict != Verdict::kept) break;
  }
  return report;
}

}  // namespace dcount::store
