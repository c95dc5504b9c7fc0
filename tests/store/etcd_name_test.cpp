// Whose a node's name is, and how the others see that it lives.
#include <csignal>

#include "sim/process.h"
#include "tests/store/etcd_fixture.h"

namespace dcount::store {
namespace {

using Status = CommitResult::Status;

class NameInEtcd : public EtcdTest {
 protected:
  std::unique_ptr<Store> open(const std::string& identity) const {
    EtcdOptions options = options_for(rig.access(), "a");
    options.identity = identity;
    options.limits = cluster_limits;
    return make_etcd_store(options);
  }
  /// What "alive/a" holds.
  std::optional<std::string> alive() {
    const Contents contents = watcher.contents();
    const auto at = contents.find("alive/a");
    return at == contents.end() ? std::nullopt : std::optional(at->second.first);
  }

  Writer watcher{rig, "watcher"};
};

TEST_F(NameInEtcd, BelongsToTheIdentityThatClaimedItFirst) {
  ASSERT_TRUE(open("one")->claim());
  const auto refused = open("two")->claim();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().certainty, Certainty::definite);
  EXPECT_NE(refused.error().message.find("--node"), std::string::npos) << refused.error().message;
  EXPECT_TRUE(open("one")->claim()) << "a refusal changes nothing";
}

TEST_F(NameInEtcd, IsNotGivenAwayByAnIdentityThatBeginsAlike) {
  ASSERT_TRUE(open("one-and-more")->claim());
  EXPECT_FALSE(open("one")->claim());
}

TEST_F(NameInEtcd, IsTakenOverByTheSameIdentityWhichFencesTheOldProcess) {
  Writer old(rig, "a");
  Writer next(rig, "a");
  EXPECT_GT(next.mark().incarnation, old.mark().incarnation);
  EXPECT_EQ(old.put("k", "old").status, Status::fenced);
  EXPECT_EQ(old.settle(old.next({})).status, Status::fenced);
  EXPECT_EQ(next.put("k", "next").status, Status::committed);
}

TEST_F(NameInEtcd, IsAnnouncedByTheNewProcessOnly) {
  Writer old(rig, "a");
  old.store().announce("old");
  EXPECT_TRUE(eventually([&] { return alive() == "old"; }));
  Writer next(rig, "a");
  next.store().announce("next");
  EXPECT_TRUE(eventually([&] { return alive() == "next"; }));
  EXPECT_TRUE(eventually([&] { return !old.store().trouble().empty(); }));
  EXPECT_EQ(alive(), "next");
}

TEST_F(NameInEtcd, IsNotForgottenWhileItIsAnnounced) {
  const auto store = open("one");
  ASSERT_TRUE(store->claim());
  store->announce("here");
  ASSERT_TRUE(eventually([&] { return alive().has_value(); }));
  const auto refused = watcher.store().forget("a");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().certainty, Certainty::definite);
  EXPECT_NE(refused.error().message.find("alive"), std::string::npos) << refused.error().message;
  EXPECT_FALSE(open("two")->claim());
}

TEST_F(NameInEtcd, OnceForgottenIsAnybodysAndItsIncarnationsGoOnRising) {
  const auto first = open("one");
  const auto before = first->claim();
  ASSERT_TRUE(before);
  ASSERT_TRUE(watcher.store().forget("a"));
  const auto after = open("two")->claim();
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_GT(after->incarnation, before->incarnation);
  EXPECT_FALSE(first->claim()) << "it is another's now";
}

TEST_F(NameInEtcd, ThatNobodyHasCanBeForgotten) { EXPECT_TRUE(watcher.store().forget("nobody")); }

TEST_F(NameInEtcd, AnnouncedAgainHasTheNewValue) {
  Writer a(rig, "a");
  EXPECT_FALSE(alive().has_value()) << "a claim alone announces nothing";
  a.store().announce("one");
  EXPECT_TRUE(eventually([&] { return alive() == "one"; }));
  a.store().announce("two");
  EXPECT_TRUE(eventually([&] { return alive() == "two"; }));
  EXPECT_EQ(a.store().trouble(), "");
}

TEST_F(NameInEtcd, AnnouncedStaysThereLongerThanItsLease) {
  Writer a(rig, "a");
  a.store().announce("here");
  ASSERT_TRUE(eventually([&] { return alive().has_value(); }));
  Log log;
  Revision now = 0;
  watcher.contents(&now);
  watcher.store().watch(now, &log);
  // It is written again every second: five times is longer than the lease of 3 s.
  EXPECT_TRUE(eventually([&] { return log.entries().size() >= 5; }));
  watcher.store().watch(0, nullptr);
  for (const Entry& entry : log.entries()) EXPECT_EQ(entry.value, "here") << entry.key;
}

TEST_F(NameInEtcd, IsNoLongerAliveOnceTheStoreIsClosed) {
  {
    Writer a(rig, "a");
    a.store().announce("here");
    ASSERT_TRUE(eventually([&] { return alive().has_value(); }));
  }
  EXPECT_TRUE(eventually([&] { return !alive().has_value(); }, std::chrono::seconds(2)))
      << "sooner than by the end of its lease";
}

TEST_F(NameInEtcd, IsNoLongerAliveSoonAfterTheProcessIsKilled) {
  const TemporaryDirectory directory;
  const auto log = directory.path() / "log";
  auto helper = sim::Process::start(
      {.program = HELPER, .arguments = {cluster().store() + "/" + prefix, "a", "x"}, .log = log});
  ASSERT_TRUE(helper) << helper.error().message;
  ASSERT_TRUE(eventually([&] { return alive() == "x"; })) << sim::end_of_log(log);
  helper->kill();
  EXPECT_TRUE(alive().has_value()) << "it has said no goodbye";
  EXPECT_TRUE(eventually([&] { return !alive().has_value(); }, std::chrono::seconds(10)));
}

}  // namespace
}  // namespace dcount::store
