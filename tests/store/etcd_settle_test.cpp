// Answers that are lost on purpose: the writer's steps are taken one by one, over a real etcd, and
// what it should have heard is kept from it, comes late, or never is sent.
#include "server/store/etcd/writer.h"

#include "tests/store/etcd_fixture.h"

namespace dcount::store {

bool operator==(const GroupResult& a, const GroupResult& b) {
  return a.committed == b.committed && a.current == b.current && a.untold == b.untold;
}

namespace {

using Status = CommitResult::Status;

/// A process whose way to etcd is in the test's hands.
class LostAnswerOfEtcd : public EtcdTest {
 protected:
  LostAnswerOfEtcd() {
    etcd::Writer::Step step = writer.claim();
    while (!std::holds_alternative<etcd::Writer::Claimed>(step)) {
      step = writer.on_reply(send(step));
    }
    mark = *std::get<etcd::Writer::Claimed>(step).mark;
  }

  etcd::Writer make_writer() const { return {prefix, "a", "identity-of-a"}; }
  Batch next(std::vector<Group> groups) const {
    return {mark, {mark.incarnation, mark.batch + 1}, std::move(groups)};
  }
  Mark fence(int number = 1) const { return {mark.incarnation, mark.batch + 1 + number}; }

  etcd::Reply send(const etcd::Writer::Step& step) {
    ++requests;
    return connection.send(std::get<etcd::Request>(step));
  }
  CommitResult finish(etcd::Writer::Step step) {
    while (!std::holds_alternative<CommitResult>(step)) step = writer.on_reply(send(step));
    return std::get<CommitResult>(step);
  }
  /// What a writer would have been told by this reply.
  CommitResult told(const Batch& batch, const etcd::Reply& reply) {
    etcd::Writer twin = make_writer();
    twin.commit(batch);
    etcd::Writer::Step step = twin.on_reply(reply);
    while (!std::holds_alternative<CommitResult>(step)) step = twin.on_reply(send(step));
    return std::get<CommitResult>(step);
  }
  /// One for each group: + committed, - not, u untold.
  static std::string signs_of(const CommitResult& result) {
    std::string signs;
    for (const GroupResult& one : result.groups) {
      signs += one.untold ? 'u' : one.committed ? '+' : '-';
    }
    return signs;
  }
  Contents contents() { return Writer(rig, "other").contents(); }

  /// Groups of every kind, over what it writes before: held, failed, ranges of both kinds, erasing,
  /// reads, without guards.
  std::vector<Group> all_kinds_of_groups() {
    Writer other(rig, "other");
    const Revision same = other.put("same", "1").revision;
    const Revision old = other.put("changed", "1").revision;
    changed = other.put("changed", "2").revision;
    const Revision gone = other.put("gone", "1").revision;
    other.erase("gone");
    const Revision doomed = other.put("doomed", "1").revision;
    const Revision read = other.put("read", "1").revision;
    other.put("l/a", "1");
    const Revision list = other.put("l/b", "1").revision;
    const Revision stale = other.put("m/a", "1").revision;
    other.put("m/b", "1");
    other.put("m/c", "1");
    return {
        {{{"same", same}}, {}, {{"same", "2"}}},
        {{{"changed", old}}, {}, {{"changed", "3"}, {"beside", "3"}}},
        {{{"gone", gone}}, {}, {{"gone", "2"}}},
        {{}, {{"l/", "l0", list}}, {{"l/c", "1"}}},
        {{}, {{"m/", "m0", stale}}, {{"m/d", "1"}}},
        {{{"doomed", doomed}}, {}, {{"doomed", std::nullopt}}},
        {{{"read", read}}, {}, {}},
        {{{"never", 0}, {"nothing", 7}}, {}, {}},
        {{}, {}, {{"free", "1"}}},
        {{}, {}, {}},
    };
  }

  etcd::Writer writer = make_writer();
  etcd::Connection connection{rig.access(), std::chrono::seconds(10)};
  Mark mark;
  int requests = 0;
  Revision changed = 0;
};

TEST_F(LostAnswerOfEtcd, IsFoundAgainBySettlingToTheLastGroup) {
  const Batch batch = next(all_kinds_of_groups());
  const CommitResult lost = told(batch, send(writer.commit(batch)));
  ASSERT_EQ(lost.status, Status::committed);
  const CommitResult settled = finish(writer.settle(batch, fence()));
  ASSERT_EQ(settled.status, Status::committed) << settled.error;
  EXPECT_EQ(settled.revision, lost.revision);
  EXPECT_EQ(settled.mark, lost.mark);
  ASSERT_EQ(settled.groups.size(), lost.groups.size());
  for (std::size_t i = 0; i < lost.groups.size(); ++i) {
    EXPECT_EQ(settled.groups[i], lost.groups[i]) << "group " << i;
  }
  EXPECT_EQ(signs_of(lost), "+--+-++-++");
  EXPECT_EQ(lost.groups[4].current.size(), 2u) << "all that is newer in the range";
}

TEST_F(LostAnswerOfEtcd, IsFoundAgainInSeveralRequestsWhenEtcdTakesFewOperations) {
  const Batch batch = next(all_kinds_of_groups());
  const CommitResult lost = told(batch, send(writer.commit(batch)));
  writer.set_operations_max(3);
  requests = 0;
  const CommitResult settled = finish(writer.settle(batch, fence()));
  EXPECT_EQ(settled.groups, lost.groups);
  EXPECT_GE(requests, 1 + 3) << "a fence, and ten groups with nine guards";
}

// Batches of many groups learn what is there instead by asking again.
TEST_F(LostAnswerOfEtcd, OfManyGroupsIsFoundAgainToTheLastGroup) {
  std::vector<Group> groups = all_kinds_of_groups();
  for (int i = 0; i < 50; ++i) {
    const std::string key = "many" + std::to_string(i);
    groups.push_back({{{key, i % 3 == 0 ? 1 : 0}}, {}, {{key, "v"}}});
  }
  const Batch batch = next(groups);
  const CommitResult lost = told(batch, send(writer.commit(batch)));
  ASSERT_EQ(lost.status, Status::committed) << lost.error;
  const CommitResult settled = finish(writer.settle(batch, fence()));
  ASSERT_EQ(settled.status, Status::committed) << settled.error;
  EXPECT_EQ(settled.groups, lost.groups);
  EXPECT_EQ(lost.groups[1].current, (std::vector<Entry>{{"changed", "2", changed}}));
  EXPECT_FALSE(lost.groups[10].committed);
  EXPECT_EQ(lost.groups[10].current, (std::vector<Entry>{{"many0", std::nullopt, 0}}));
  EXPECT_TRUE(lost.groups[11].committed);
}

TEST_F(LostAnswerOfEtcd, IsFoundAgainWhateverHasHappenedSince) {
  const Batch batch = next(all_kinds_of_groups());
  const CommitResult lost = told(batch, send(writer.commit(batch)));
  Writer other(rig, "other");
  for (const char* key : {"same", "changed", "gone", "l/b", "m/b", "m/x", "doomed", "read"}) {
    other.put(key, "later");
  }
  EXPECT_EQ(finish(writer.settle(batch, fence())).groups, lost.groups);
}

TEST_F(LostAnswerOfEtcd, ALateRequestIsKeptOutByTheFence) {
  const Batch batch = next({group({{"k", "late"}})});
  const etcd::Writer::Step late = writer.commit(batch);
  const CommitResult settled = finish(writer.settle(batch, fence()));
  EXPECT_EQ(settled.status, Status::not_applied);
  EXPECT_EQ(settled.mark, fence());
  EXPECT_EQ(told(batch, send(late)).status, Status::not_applied);
  EXPECT_TRUE(contents().empty());
}

TEST_F(LostAnswerOfEtcd, AFenceThatIsLostItselfIsFollowedByAnother) {
  const Batch batch = next({group({{"k", "late"}})});
  const etcd::Writer::Step late = writer.commit(batch);
  send(writer.settle(batch, fence(1)));  // nobody hears the answer
  const CommitResult settled = finish(writer.settle(batch, fence(2)));
  EXPECT_EQ(settled.status, Status::not_applied);
  EXPECT_EQ(settled.mark, fence(1));
  EXPECT_EQ(told(batch, send(late)).status, Status::not_applied);
}

TEST_F(LostAnswerOfEtcd, AFenceThatComesLateDoesNotUndoTheNextBatch) {
  const Batch batch = next({group({{"k", "lost"}})});
  const etcd::Writer::Step late_batch = writer.commit(batch);
  const etcd::Writer::Step late_fence = writer.settle(batch, fence(1));
  const CommitResult settled = finish(writer.settle(batch, fence(2)));
  ASSERT_EQ(settled.mark, fence(2));
  const Batch following{settled.mark, fence(3), {group({{"k", "next"}})}};
  const CommitResult committed = finish(writer.commit(following));
  ASSERT_EQ(committed.status, Status::committed);
  send(late_fence);
  send(late_batch);
  EXPECT_EQ(contents(), (Contents{{"k", {"next", committed.revision}}}));
  const Batch last{committed.mark, fence(4), {}};
  EXPECT_EQ(finish(writer.commit(last)).status, Status::committed);
}

TEST_F(LostAnswerOfEtcd, ALostFenceOfAnAppliedBatchChangesNothing) {
  const Batch batch = next({group({{"k", "v"}})});
  const CommitResult lost = told(batch, send(writer.commit(batch)));
  send(writer.settle(batch, fence(1)));
  const CommitResult settled = finish(writer.settle(batch, fence(2)));
  EXPECT_EQ(settled.status, Status::committed);
  EXPECT_EQ(settled.mark, lost.mark);
  EXPECT_EQ(settled.revision, lost.revision);
}

TEST_F(LostAnswerOfEtcd, WhoseHistoryIsCompactedIsFoundAgainByItsTraces) {
  const Batch batch = next(all_kinds_of_groups());
  const CommitResult lost = told(batch, send(writer.commit(batch)));
  Writer(rig, "other").put("k", "later");
  compact(cluster().member(0), revision_now(cluster().member(0)));
  const CommitResult settled = finish(writer.settle(batch, fence()));
  EXPECT_EQ(signs_of(settled), "+-u+-u--++") << "erased, or only read: no trace";
  EXPECT_EQ(settled.revision, lost.revision);
  EXPECT_EQ(settled.mark, lost.mark);
  EXPECT_EQ(settled.groups[1], lost.groups[1]);
  EXPECT_EQ(settled.groups[4], lost.groups[4]);
  writer.set_operations_max(3);
  EXPECT_EQ(finish(writer.settle(batch, fence(2))).groups, settled.groups) << "in several requests";
}

TEST_F(LostAnswerOfEtcd, WhoseTracesAreGoneIsUntoldAndTheNextBatchFollowsIt) {
  const Batch batch = next(all_kinds_of_groups());
  const CommitResult lost = told(batch, send(writer.commit(batch)));
  {
    Writer other(rig, "other");
    for (const char* key : {"same", "changed", "gone", "l/b", "l/c", "m/b", "m/c", "m/x", "doomed"})
      other.put(key, "later");
  }
  compact(cluster().member(0), revision_now(cluster().member(0)));
  const CommitResult settled = finish(writer.settle(batch, fence()));
  EXPECT_EQ(signs_of(settled), "uuuuuu--++");
  const Batch following{settled.mark, fence(2), {group({{"k", "next"}})}};
  EXPECT_EQ(finish(writer.commit(following)).status, Status::committed);
}

TEST_F(LostAnswerOfEtcd, OfAnErasedMarkIsFenced) {
  const Batch batch = next({group({{"k", "v"}})});
  ASSERT_TRUE(Writer(rig, "other").store().forget("a"));
  EXPECT_EQ(finish(writer.settle(batch, fence())).status, Status::fenced);
  EXPECT_EQ(finish(writer.commit(batch)).status, Status::fenced);
  EXPECT_TRUE(contents().empty());
}

}  // namespace
}  // namespace dcount::store
