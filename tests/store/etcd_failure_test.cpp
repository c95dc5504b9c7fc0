// What the store says while etcd's members fail, and what is there afterwards.
#include <atomic>
#include <set>
#include <thread>

#include "tests/store/etcd_fixture.h"

namespace dcount::store {
namespace {

using Status = CommitResult::Status;

Group read_of(const std::string& key, Revision seen) { return {{{key, seen}}, {}, {}}; }

/// One process knows only member 0, and another of the same cluster.
class CutOff : public EtcdTest {
 protected:
  EtcdRig only_one{access_to(cluster(), prefix, {0}), cluster_limits};
  Writer writer{only_one, "a"};
  Writer reader{only_one, "b"};
};

TEST_F(CutOff, FromItsQuorumNothingIsCommittedAndSettleTellsAfterwards) {
  const Revision seen = writer.put("k", "1").revision;
  const Batch writes = writer.next({group({{"k", "2"}}), group({{"l", "2"}})});
  const Batch reads = reader.next({read_of("k", seen)});
  cluster().isolate(0);
  // A read may well have been right; but nobody can know.
  const auto read = reader.commit(reads);
  EXPECT_NE(read.status, Status::committed);
  const auto written = writer.commit(writes);
  EXPECT_NE(written.status, Status::committed);
  EXPECT_NE(written.error, "");
  if (written.status == Status::unknown) {
    EXPECT_EQ(writer.settle(writes).status, Status::unknown);
  }
  if (read.status == Status::unknown) {
    EXPECT_EQ(reader.settle(reads).status, Status::unknown);
  } else {
    EXPECT_NE(reader.commit(reads).status, Status::committed);
  }
  cluster().heal();
  const auto settled = settle_for_good(writer, writes);
  ASSERT_TRUE(settled.status == Status::committed || settled.status == Status::not_applied);
  const Contents expected =
      settled.status == Status::committed
          ? Contents{{"k", {"2", settled.revision}}, {"l", {"2", settled.revision}}}
          : Contents{{"k", {"1", seen}}};
  EXPECT_EQ(Writer(rig, "c").contents(), expected);
  EXPECT_EQ(writer.put("k", "3").status, Status::committed);
}

TEST_F(CutOff, AMemberWithoutALeaderRefusesReadsToo) {
  const Revision seen = writer.put("k", "1").revision;
  cluster().isolate(0);
  // Once it knows that it has no leader it refuses at once: that is certain.
  const Batch reads = reader.next({read_of("k", seen)});
  EXPECT_TRUE(eventually([&] {
    const auto read = reader.commit(reads);
    EXPECT_NE(read.status, Status::committed);
    return read.status == Status::not_applied;
  }));
  EXPECT_FALSE(reader.store().load([](const Entry&) {}));
}

/// Adds 1 to "sum", guarded by what it saw there, settling and trying again as often as it takes.
class Adder {
 public:
  explicit Adder(Rig& rig) : writer_(rig, "adder") {}

  void add() {
    while (true) {
      const std::string next = std::to_string(sum_ + 1);
      const Batch batch = writer_.next({Group{{{"sum", seen_}}, {}, {{"sum", next}}}});
      auto result = writer_.commit(batch);
      if (result.status == Status::unknown) {
        result = settle_for_good(writer_, batch);
        ++settled_;
      }
      ASSERT_TRUE(result.status == Status::committed || result.status == Status::not_applied)
          << result.error;
      if (result.status == Status::not_applied) continue;
      // Nobody else writes: had our batch been applied twice, or one that was called not applied,
      // the guard would fail.
      ASSERT_TRUE(result.groups.at(0).committed) << "what is there is not what was told";
      ASSERT_GT(result.revision, seen_);
      seen_ = result.revision;
      ++sum_;
      return;
    }
  }
  int sum() const { return sum_; }
  int settled() const { return settled_; }
  Contents contents() { return writer_.contents(); }
  Revision seen() const { return seen_; }

 private:
  Writer writer_;
  int sum_ = 0;
  int settled_ = 0;
  Revision seen_ = 0;
};

class FailOver : public EtcdTest {};

TEST_F(FailOver, NothingIsLostOrAppliedTwiceWhenOneMemberAfterTheOtherIsKilled) {
  Adder adder(rig);
  adder.add();
  std::atomic<bool> over = false;
  std::string wrong;
  std::thread failures([&] {
    for (std::size_t i = 0; i < cluster().size(); ++i) {
      cluster().kill(i);
      if (!cluster().wait_for_leader()) wrong = "no leader without member " + std::to_string(i);
      if (!cluster().start(i) || !cluster().wait_healthy()) wrong = "it does not come back";
    }
    over = true;
  });
  while (!over && !HasFatalFailure()) adder.add();
  failures.join();
  EXPECT_EQ(wrong, "");
  ASSERT_FALSE(HasFatalFailure());
  adder.add();
  EXPECT_EQ(adder.contents(), (Contents{{"sum", {std::to_string(adder.sum()), adder.seen()}}}));
}

TEST_F(FailOver, NothingIsLostOrAppliedTwiceWhenTheLeaderIsPausedAndComesBack) {
  Adder adder(rig);
  adder.add();
  const auto leader = cluster().wait_for_leader();
  ASSERT_TRUE(leader);
  cluster().pause(*leader);
  for (int i = 0; i < 5 && !HasFatalFailure(); ++i) adder.add();
  cluster().resume(*leader);
  for (int i = 0; i < 20 && !HasFatalFailure(); ++i) adder.add();
  EXPECT_EQ(adder.contents(), (Contents{{"sum", {std::to_string(adder.sum()), adder.seen()}}}));
}

}  // namespace
}  // namespace dcount::store
