// What etcd takes: the sizes that are found out, and what becomes of it when it is full.
#include <httplib.h>

#include <atomic>
#include <thread>

#include "tests/store/etcd_fixture.h"

namespace dcount::store {
namespace {

using Status = CommitResult::Status;

constexpr std::size_t default_request_bytes = 3 << 19;  // etcd's own: 1.5 MiB

/// So many operations as etcd counts them: the batch, its groups, the largest group.
std::vector<Group> groups_of(std::size_t operations) {
  std::vector<Group> groups;
  for (std::size_t i = 0; i + 2 < operations; ++i) {
    const std::string key = "k" + std::to_string(i);
    groups.push_back({{{key, 0}}, {}, {{key, "v"}}});
  }
  return groups;
}

/// Commits a batch at either limit.
void expect_taken(Rig& rig, const Limits& limits) {
  Writer writer(rig);
  const auto many = writer.commit(groups_of(limits.operations_max));
  ASSERT_EQ(many.status, Status::committed) << many.error;
  EXPECT_EQ(many.groups.size(), limits.operations_max - 2);
  for (const GroupResult& one : many.groups) EXPECT_TRUE(one.committed);
  const std::string key = "big";
  const auto big = writer.put(key, std::string(limits.bytes_max - key.size(), 'x'));
  EXPECT_EQ(big.status, Status::committed) << big.error;
}

Limits limits_of(Rig& rig) { return Writer(rig, "b").store().limits(); }

TEST(EtcdLimits, OfAnEtcdWithoutFlagsAreItsDefaults) {
  OwnEtcd etcd({.max_txn_ops = 128, .max_request_bytes = default_request_bytes});
  EtcdRig rig(access_to(*etcd, new_prefix()), std::nullopt, unhurried);
  const Limits limits = limits_of(rig);
  EXPECT_EQ(limits.operations_max, 128u);
  EXPECT_LE(limits.bytes_max, default_request_bytes);
  EXPECT_GT(limits.bytes_max, default_request_bytes - (16 << 10));
  expect_taken(rig, limits);
  const auto too_many = Writer(rig).commit(groups_of(limits.operations_max + 1));
  EXPECT_EQ(too_many.status, Status::not_applied);
  const auto too_big = Writer(rig).put("bigger", std::string(default_request_bytes, 'x'));
  EXPECT_EQ(too_big.status, Status::not_applied);
  EXPECT_NE(too_big.error, "");
}

/// Between a store and a member: what is larger than any batch arrives after a while.
class SlowForLarge {
 public:
  SlowForLarge(const etcd::Access& member, std::chrono::milliseconds delay) {
    server_.Post(".*", [=, this](const httplib::Request& asked, httplib::Response& answer) {
      if (asked.body.size() > cluster_limits.bytes_max) {
        ++large_;
        std::this_thread::sleep_for(delay);
      }
      etcd::Connection to_member(member, unhurried);
      const etcd::Reply reply = to_member.send({asked.path.c_str(), asked.body});
      answer.status = reply.kind == etcd::Reply::Kind::answered ? reply.status : 503;
      answer.body = reply.body;
    });
    access_ = member;
    const int port = server_.bind_to_any_port("127.0.0.1");
    access_.address.endpoints = {{"127.0.0.1", static_cast<std::uint16_t>(port)}};
    thread_ = std::thread([this] { server_.listen_after_bind(); });
  }
  ~SlowForLarge() {
    server_.stop();
    thread_.join();
  }

  const etcd::Access& access() const { return access_; }
  int large() const { return large_; }

 private:
  httplib::Server server_;
  etcd::Access access_;
  std::atomic<int> large_ = 0;
  std::thread thread_;
};

class EtcdLimitsOfTheCluster : public EtcdTest {
 protected:
  EtcdRig patient{access_to(cluster(), prefix), cluster_limits, unhurried};
};

TEST_F(EtcdLimitsOfTheCluster, AreThoseOfItsFlags) {
  EtcdRig unknowing(patient.access(), std::nullopt, unhurried);
  const Limits limits = limits_of(unknowing);
  EXPECT_EQ(limits.operations_max, cluster_limits.operations_max);
  EXPECT_EQ(limits.bytes_max, cluster_limits.bytes_max);
  expect_taken(patient, limits);
}

TEST_F(EtcdLimitsOfTheCluster, AreAskedForOnceOfAMemberThatIsSlowToAnswer) {
  SlowForLarge slow(access_to(cluster(), prefix, {0}),
                    EtcdOptions{}.patience + std::chrono::seconds(2));
  EtcdRig through(slow.access());
  EXPECT_EQ(limits_of(through).bytes_max, cluster_limits.bytes_max);
  EXPECT_EQ(slow.large(), 1);
}

TEST_F(EtcdLimitsOfTheCluster, ASmallGroupStillHasRoomForALargeOne) {
  std::vector<Write> writes;
  for (int i = 0; i < 4000; ++i) writes.push_back({"k" + std::to_string(i), "v"});
  std::vector<Group> groups{group(writes)};
  for (int i = 0; i < 94; ++i) groups.push_back(group({{"l" + std::to_string(i), "v"}}));
  EXPECT_EQ(Writer(patient).commit(groups).status, Status::committed);
  groups.push_back(group({{"m", "v"}}));
  EXPECT_EQ(Writer(patient).commit(groups).status, Status::not_applied);
}

TEST(FullEtcd, TakesReadsAndNoWritesUntilAnOperatorMakesRoom) {
  OwnEtcd etcd({.quota_backend_bytes = 12 << 20});
  EtcdRig rig(access_to(*etcd, new_prefix()), std::nullopt, unhurried);
  Writer writer(rig);
  const std::string value(1 << 20, 'x');
  CommitResult result;
  Revision last = 0;
  for (int i = 0; i < 40 && result.status != Status::full; ++i) {
    result = writer.put("k", value);
    if (result.status == Status::committed) last = result.revision;
  }
  ASSERT_EQ(result.status, Status::full) << result.error;
  EXPECT_NE(result.error.find("space exceeded"), std::string::npos) << result.error;
  EXPECT_EQ(writer.put("l", "small").status, Status::full);
  for (const Revision seen : {last, Revision{0}}) {
    const auto read = writer.commit({Group{{{"k", seen}}, {}, {}}});
    ASSERT_EQ(read.status, Status::committed) << read.error;
    EXPECT_EQ(read.groups.at(0).committed, seen == last);
  }
  EXPECT_EQ(writer.put("l", "small").status, Status::full) << "a read makes no room";
  make_room(*etcd);
  EXPECT_TRUE(eventually([&] { return writer.put("k", "small").status == Status::committed; }));
  EXPECT_EQ(writer.commit({Group{{{"l", 0}}, {}, {}}}).status, Status::committed);
  EXPECT_EQ(writer.put("l", "small").status, Status::committed);
  EXPECT_EQ(writer.contents().size(), 2u);
}

}  // namespace
}  // namespace dcount::store
