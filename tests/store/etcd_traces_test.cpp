// A batch whose answer is lost and whose history etcd has compacted: its groups are judged by what
// they have left, and those that have left nothing are untold.
#include <absl/strings/escaping.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "server/store/etcd/judge.h"
#include "server/store/etcd/writer.h"
#include "server/store/mark.h"
#include "server/store/memory_store.h"

namespace dcount::store::etcd {
namespace {

using Status = CommitResult::Status;
using Content = std::map<std::string, Entry>;

enum class Said { applied, failed, untold };

Said said(const GroupResult& result) {
  EXPECT_FALSE(result.committed && result.untold);
  if (result.untold) return Said::untold;
  return result.committed ? Said::applied : Said::failed;
}

/// What etcd says of the group's looks when this is there.
std::vector<OperationReply> looks_at(const Content& content, const Group& group) {
  std::vector<OperationReply> looks;
  const auto add = [&](const Entry& entry) {
    looks.back().entries.push_back({entry.key, entry.value.value_or(""), entry.revision});
  };
  for (const Read& guard : group.guards) {
    looks.emplace_back();
    if (const auto at = content.find(guard.key); at != content.end()) add(at->second);
  }
  for (const RangeRead& range : group.range_guards) {
    looks.emplace_back();
    for (auto at = content.lower_bound(range.begin); at != content.lower_bound(range.end); ++at) {
      if (at->second.revision > range.newest) add(at->second);
    }
  }
  return looks;
}

// ---- what traces say

constexpr Revision applied_at = 10;

Said said_of(const Group& group, const std::vector<Entry>& entries) {
  Content content;
  for (const Entry& entry : entries) content[entry.key] = entry;
  return said(judge_by_traces(group, looks_at(content, group), applied_at));
}

TEST(EtcdTraces, SayOfAGroupWhetherItApplied) {
  const Group puts{{{"k", 5}, {"read", 6}}, {}, {{"k", "new"}}};
  EXPECT_EQ(said_of(puts, {{"k", "new", 10}, {"read", "", 12}}), Said::applied);
  EXPECT_EQ(said_of(puts, {{"k", "old", 5}, {"read", "", 6}}), Said::failed) << "it is not there";
  EXPECT_EQ(said_of(puts, {{"k", "late", 12}, {"read", "", 7}}), Said::failed) << "a guard had not";
  EXPECT_EQ(said_of(puts, {{"k", "late", 12}, {"read", "", 6}}), Said::untold);
  EXPECT_EQ(said_of(puts, {{"read", "", 6}}), Said::untold) << "erased, before or after";

  const Group makes{{{"k", 0}}, {}, {{"k", "new"}}};
  EXPECT_EQ(said_of(makes, {{"k", "new", 10}}), Said::applied);
  EXPECT_EQ(said_of(makes, {{"k", "others", 9}}), Said::failed);
  EXPECT_EQ(said_of(makes, {}), Said::untold);

  const Group erases{{{"k", 5}}, {}, {{"k", std::nullopt}}};
  EXPECT_EQ(said_of(erases, {{"k", "old", 5}}), Said::failed);
  EXPECT_EQ(said_of(erases, {}), Said::untold) << "by us, or by others";
}

TEST(EtcdTraces, SayOfAGroupWithoutAGuardOnWhatItWrites) {
  EXPECT_EQ(said_of({{}, {}, {{"k", "new"}}}, {}), Said::applied) << "nothing could stop it";
  const Group beside{{{"read", 6}}, {}, {{"k", "new"}}};
  EXPECT_EQ(said_of(beside, {{"read", "", 6}}), Said::applied) << "all has held till now";
  EXPECT_EQ(said_of(beside, {{"read", "", 11}}), Said::untold);
}

TEST(EtcdTraces, InARangeSayWhetherItApplied) {
  const Group listed{{}, {{"l/", "l0", 5}}, {{"l/c", "new"}}};
  EXPECT_EQ(said_of(listed, {{"l/a", "", 5}, {"l/c", "new", 10}}), Said::applied);
  EXPECT_EQ(said_of(listed, {{"l/b", "", 6}}), Said::failed);
  EXPECT_EQ(said_of(listed, {{"l/b", "", 10}}), Said::untold) << "another group's";
  EXPECT_EQ(said_of(listed, {{"l/c", "late", 12}}), Said::untold);
  EXPECT_EQ(said_of(listed, {{"l/a", "", 5}}), Said::untold) << "what is erased leaves no trace";
}

TEST(EtcdTraces, OfReadsAreNotLookedFor) {
  const Group reads{{{"k", 5}}, {}, {}};
  EXPECT_EQ(said_of(reads, {{"k", "", 5}}), Said::failed) << "they can read again";
  EXPECT_EQ(said_of(reads, {{"k", "", 12}}), Said::failed);
  EXPECT_EQ(said_of({{}, {}, {}}, {}), Said::applied);
}

/// A writer whose batch is followed by others' changes.
struct Past {
  explicit Past(unsigned seed) : random(seed) {
    mark = *writer.claim();
    other_mark = *other.claim();
    for (int i = 0; i < 12; ++i) disturb();
  }

  int below(int end) { return std::uniform_int_distribution(0, end - 1)(random); }
  std::string key(int first, int end) { return "k/" + std::to_string(first + below(end - first)); }

  CommitResult commit(MemoryStore& store, Mark& at, std::vector<Group> groups) {
    const Batch batch{at, {at.incarnation, at.batch + 1}, std::move(groups)};
    CommitResult result;
    store.commit(batch, [&](CommitResult answer) { result = std::move(answer); });
    at = result.mark;
    return result;
  }
  void disturb() {
    Write write{key(0, 6), std::nullopt};
    if (below(3) != 0) write.value = "other";
    commit(other, other_mark, {{{}, {}, {write}}});
  }
  Content content() {
    Content all;
    static_cast<void>(other.load([&](const Entry& entry) { all[entry.key] = entry; }));
    return all;
  }

  /// Over keys from `first` on: some guarded as they are, some as they were, some written.
  Group any_group(int first, int end) {
    const Content now = content();
    Group group;
    for (int i = first; i < end; ++i) {
      const std::string name = "k/" + std::to_string(i);
      const auto at = now.find(name);
      const Revision true_one = at == now.end() ? 0 : at->second.revision;
      if (below(3) != 0) group.guards.push_back({name, below(5) == 0 ? below(12) : true_one});
      if (below(2) == 0) continue;
      group.writes.push_back({name, std::nullopt});
      if (below(3) != 0) group.writes.back().value = "ours";
    }
    if (below(4) == 0) {
      group.range_guards.push_back(
          {"k/" + std::to_string(first), "k/" + std::to_string(end), 8 + below(5)});
    }
    return group;
  }

  std::mt19937 random;
  std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
  MemoryStore writer{disk, "a"};
  MemoryStore other{disk, "b"};
  Mark mark;
  Mark other_mark;
};

TEST(EtcdTraces, NeverSayWhatWasNotSo) {
  std::map<Said, int> count;
  for (unsigned seed = 1; seed <= 4000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Past past(seed);
    const std::vector<Group> groups{past.any_group(0, 4), past.any_group(4, 6)};
    const CommitResult truth = past.commit(past.writer, past.mark, groups);
    ASSERT_EQ(truth.status, Status::committed);
    for (int changes = past.below(5); changes > 0; --changes) past.disturb();
    const Content now = past.content();
    for (std::size_t i = 0; i < groups.size(); ++i) {
      const auto looks = looks_at(now, groups[i]);
      const GroupResult result = judge_by_traces(groups[i], looks, truth.revision);
      const Said verdict = said(result);
      if (groups[i].writes.empty()) {
        EXPECT_EQ(verdict, looks.empty() ? Said::applied : Said::failed);
        continue;
      }
      ++count[verdict];
      if (verdict == Said::untold) continue;
      ASSERT_EQ(result.committed, truth.groups[i].committed) << "group " << i;
      if (!result.committed) {
        EXPECT_EQ(result.current, judge(groups[i], looks).current);
      }
    }
  }
  EXPECT_GT(count[Said::applied], 1000);
  EXPECT_GT(count[Said::failed], 1000);
  EXPECT_LT(count[Said::untold], 3000);
}

// ---- how the writer comes to look for them

std::string base64(const std::string& text) { return absl::Base64Escape(text); }

std::string range_with(const std::vector<KeyValue>& entries) {
  std::string list;
  for (const KeyValue& entry : entries) {
    list += list.empty() ? "" : ",";
    list += R"({"key":")" + base64(entry.key) + R"(","value":")" + base64(entry.value) +
            R"(","mod_revision":")" + std::to_string(entry.revision) + R"("})";
  }
  return R"({"response_range":{"kvs":[)" + list + "]}}";
}

Reply answered(Revision now, const std::vector<std::string>& ranges, bool succeeded = true) {
  std::string list;
  for (const std::string& range : ranges) list += (list.empty() ? "" : ",") + range;
  return {Reply::Kind::answered, 200,
          R"({"header":{"revision":")" + std::to_string(now) + R"("},"succeeded":)" +
              (succeeded ? "true" : "false") + R"(,"responses":[)" + list + "]}"};
}

const Reply compacted{
    Reply::Kind::answered, 400,
    R"({"error":"etcdserver: mvcc: required revision has been compacted","code":11})"};

/// A batch at revision 10 whose answer is lost; the writer is asked to settle it.
struct CompactedBatch : testing::Test {
  Batch batch{{3, 1},
              {3, 2},
              {{{{"a", 5}}, {}, {{"a", "new"}}},
               {{{"b", 5}}, {}, {{"b", "new"}}},
               {{{"c", 5}}, {}, {{"c", "new"}}}}};
  Writer writer{"", "n", "me"};

  /// The request for what was there before.
  Writer::Step begin_to_judge() {
    writer.settle(batch, {3, 3});
    return writer.on_reply(
        answered(20, {range_with({{"writer/n", to_text(batch.next), 10}})}, false));
  }
  static bool asks_for_before(const Writer::Step& step) {
    return std::get<Request>(step).body.find(R"("revision":"9")") != std::string::npos;
  }
};

TEST_F(CompactedBatch, IsJudgedByWhatIsThereNow) {
  Writer::Step step = begin_to_judge();
  ASSERT_TRUE(asks_for_before(step));
  step = writer.on_reply(compacted);
  ASSERT_FALSE(asks_for_before(step));
  step = writer.on_reply(answered(20, {range_with({{"a", "new", 10}}), range_with({{"b", "x", 7}}),
                                       range_with({{"c", "late", 15}})}));
  const auto& result = std::get<CommitResult>(step);
  ASSERT_EQ(result.status, Status::committed) << result.error;
  EXPECT_EQ(result.revision, 10);
  EXPECT_EQ(result.mark, batch.next);
  EXPECT_EQ(said(result.groups.at(0)), Said::applied);
  EXPECT_EQ(said(result.groups.at(1)), Said::failed);
  EXPECT_EQ(result.groups[1].current, (std::vector<Entry>{{"b", "x", 7}}));
  EXPECT_EQ(said(result.groups.at(2)), Said::untold);
  EXPECT_TRUE(result.groups[2].current.empty());
}

TEST_F(CompactedBatch, KeepsWhatWasJudgedBeforeTheCompaction) {
  writer.set_operations_max(1);
  begin_to_judge();
  Writer::Step step = writer.on_reply(answered(20, {range_with({{"a", "old", 5}})}));
  ASSERT_TRUE(asks_for_before(step));
  step = writer.on_reply(compacted);
  step = writer.on_reply(answered(20, {range_with({{"b", "new", 10}})}));
  step = writer.on_reply(answered(20, {range_with({{"c", "old", 5}})}));
  const auto& result = std::get<CommitResult>(step);
  ASSERT_EQ(result.status, Status::committed) << result.error;
  EXPECT_EQ(said(result.groups.at(0)), Said::applied);
  EXPECT_EQ(said(result.groups.at(1)), Said::applied);
  EXPECT_EQ(said(result.groups.at(2)), Said::failed);
}

TEST_F(CompactedBatch, IsSettledAgainWhenAMemberThatIsBehindIsAsked) {
  begin_to_judge();
  writer.on_reply(compacted);
  const std::string before = range_with({{"a", "old", 5}});
  const Writer::Step step = writer.on_reply(answered(9, {before, before, before}));
  EXPECT_EQ(std::get<CommitResult>(step).status, Status::unknown);
  EXPECT_TRUE(asks_for_before(begin_to_judge())) << "another member may still have it";
}

}  // namespace
}  // namespace dcount::store::etcd
