// What a watch over etcd tells, whatever happens to the stream it comes by.
#include "server/store/etcd/feed.h"
#include "server/store/mark.h"
#include "tests/store/etcd_fixture.h"

namespace dcount::store {
namespace {

class EtcdWatch : public EtcdTest {
 protected:
  /// Values with their revisions, as a watch tells them.
  static std::vector<Entry> entries_of(const std::vector<Group>& groups, Revision revision) {
    std::vector<Entry> entries;
    for (const Group& group : groups) {
      for (const Write& write : group.writes) entries.push_back({write.key, write.value, revision});
    }
    return entries;
  }

  Writer writer{rig, "a"};
  Writer watcher{rig, "b"};
  Log log;
  Revision start = revision_now(cluster().member(0));
};

/// How many lines of a watch from this revision on say that more of the revision comes.
int fragments_since(const EtcdRig& rig, Revision after, Revision last) {
  etcd::Connection connection(rig.access(), std::chrono::seconds(10));
  etcd::Feed feed(rig.access().address.prefix, after);
  std::string all;
  connection.stream(feed.request(), std::chrono::seconds(10), [&](std::string_view piece) {
    all += piece;
    feed.take(piece, [](Revision, const std::vector<Entry>&) {});
    return feed.after() < last;
  });
  int fragments = 0;
  for (std::size_t at = 0; (at = all.find("\"fragment\":true", at)) != std::string::npos; ++at) {
    ++fragments;
  }
  return fragments;
}

TEST_F(EtcdWatch, TellsARevisionInOnePieceThatEtcdSendsInFragments) {
  EtcdRig slow(access_to(cluster(), prefix), cluster_limits, unhurried);
  Writer large(slow, "large");
  start = revision_now(cluster().member(0));
  std::vector<Entry> expected;
  std::vector<Revision> revisions;
  for (const char letter : {'x', 'y', 'z'}) {
    std::vector<Group> groups;
    for (int i = 0; i < 10; ++i) {
      groups.push_back(group({{"k" + std::to_string(i), std::string(400'000, letter)}}));
    }
    const auto result = large.commit(groups);
    ASSERT_EQ(result.status, CommitResult::Status::committed) << result.error;
    const auto entries = entries_of(groups, result.revision);
    expected.insert(expected.end(), entries.begin(), entries.end());
    revisions.push_back(result.revision);
  }
  // What a member gets only now it sends revision by revision, and each is small enough for a
  // message. Asked for the newest, it answers when it has all.
  for (const sim::EtcdMember& member : cluster().members()) {
    ASSERT_EQ(revision_now(member), revisions.back());
  }
  // And what a member has read before it has announced the watch, it sends whole.
  ASSERT_TRUE(eventually([&] { return fragments_since(rig, start, revisions.back()) > 0; }))
      << "etcd sends it in one piece";
  watcher.store().watch(start, &log);
  EXPECT_TRUE(log.wait_for(revisions.back()));
  watcher.store().watch(0, nullptr);
  EXPECT_EQ(log.revisions(), revisions);
  EXPECT_TRUE(log.entries() == expected);
}

TEST_F(EtcdWatch, TellsOldAndNewRevisionsEachOnceAndInOrder) {
  std::vector<Revision> revisions;
  const auto put = [&](int i) {
    const std::string key = "k" + std::to_string(i % 3);
    revisions.push_back(writer.put(key, std::to_string(i)).revision);
  };
  for (int i = 0; i < 20; ++i) put(i);
  watcher.store().watch(start, &log);
  for (int i = 20; i < 40; ++i) put(i);
  EXPECT_TRUE(log.wait_for(revisions.back()));
  watcher.store().watch(0, nullptr);
  EXPECT_EQ(log.revisions(), revisions);
}

/// Writes, whatever it takes; the revision.
Revision put_through(Writer& writer, const std::string& value) {
  CommitResult result;
  eventually([&] {
    const Batch batch = writer.next({group({{"k", value}})});
    result = writer.commit(batch);
    if (result.status == CommitResult::Status::unknown) result = settle_for_good(writer, batch);
    return result.status == CommitResult::Status::committed;
  });
  return result.revision;
}

TEST_F(EtcdWatch, LosesAndRepeatsNothingWhicheverMemberIsKilled) {
  std::vector<Revision> revisions;
  watcher.store().watch(start, &log);
  for (std::size_t i = 0; i < cluster().size(); ++i) {
    for (int n = 0; n < 5; ++n) revisions.push_back(put_through(writer, std::to_string(n)));
    cluster().kill(i);
    for (int n = 0; n < 5; ++n) revisions.push_back(put_through(writer, std::to_string(n)));
    EXPECT_TRUE(log.wait_for(revisions.back())) << watcher.store().trouble();
    ASSERT_TRUE(cluster().start(i));
    ASSERT_TRUE(cluster().wait_healthy());
  }
  watcher.store().watch(0, nullptr);
  EXPECT_EQ(log.revisions(), revisions);
  EXPECT_EQ(log.gaps(), 0);
}

TEST_F(EtcdWatch, GoesOnWhicheverMemberIsSilent) {
  std::vector<Revision> revisions;
  watcher.store().watch(start, &log);
  for (std::size_t i = 0; i < cluster().size(); ++i) {
    cluster().pause(i);
    revisions.push_back(put_through(writer, std::to_string(i)));
    EXPECT_TRUE(log.wait_for(revisions.back())) << watcher.store().trouble();
    cluster().resume(i);
  }
  watcher.store().watch(0, nullptr);
  EXPECT_EQ(log.revisions(), revisions);
}

TEST_F(EtcdWatch, OfACompactedRevisionIsAGap) {
  writer.put("k", "1");
  const Revision last = writer.put("k", "2").revision;
  compact(cluster().member(0), last);
  watcher.store().watch(start, &log);
  EXPECT_TRUE(log.wait_for_gap());
  EXPECT_NE(watcher.store().trouble(), "");
  watcher.store().watch(0, nullptr);
  EXPECT_EQ(log.gaps(), 1);
  EXPECT_TRUE(log.revisions().empty());
}

TEST_F(EtcdWatch, GoesOnAfterAGapFromWhatIsLoadedThen) {
  writer.put("k", "0");
  compact(cluster().member(0), writer.put("k", "1").revision);
  watcher.store().watch(start, &log);
  ASSERT_TRUE(log.wait_for_gap());
  Revision loaded = 0;
  watcher.contents(&loaded);
  Log again;
  watcher.store().watch(loaded, &again);
  const Revision next = writer.put("k", "2").revision;
  EXPECT_TRUE(again.wait_for(next));
  watcher.store().watch(0, nullptr);
  EXPECT_EQ(again.entries(), (std::vector<Entry>{{"k", "2", next}}));
  EXPECT_EQ(again.gaps(), 0);
}

TEST_F(EtcdWatch, ShowsNoMarksAndNoOwners) {
  watcher.store().watch(start, &log);
  Writer(rig, "c").put("k", "1");
  writer.settle(writer.next({}));
  ASSERT_TRUE(writer.store().forget("c"));
  const Revision last = writer.put("k", "2").revision;
  EXPECT_TRUE(log.wait_for(last));
  watcher.store().watch(0, nullptr);
  EXPECT_EQ(log.entries().size(), 2u);
  for (const Entry& entry : log.entries()) EXPECT_EQ(entry.key, "k");
  EXPECT_EQ(watcher.contents(), (Contents{{"k", {"2", last}}}));
}

TEST_F(EtcdWatch, OfOnePrefixHearsNothingOfTheOther) {
  EtcdRig other_rig(access_to(cluster(), new_prefix()), cluster_limits);
  Writer other(other_rig, "a");
  watcher.store().watch(start, &log);
  const Revision theirs = other.put("theirs", "1").revision;
  const Revision ours = writer.put("ours", "1").revision;
  EXPECT_TRUE(log.wait_for(ours));
  watcher.store().watch(0, nullptr);
  EXPECT_EQ(log.entries(), (std::vector<Entry>{{"ours", "1", ours}}));
  EXPECT_EQ(other.contents(), (Contents{{"theirs", {"1", theirs}}}));
  EXPECT_EQ(watcher.contents(), (Contents{{"ours", {"1", ours}}}));
}

}  // namespace
}  // namespace dcount::store
