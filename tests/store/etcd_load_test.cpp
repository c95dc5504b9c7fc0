// Loading: pages of one revision, while others write.
#include <atomic>
#include <thread>

#include "tests/store/etcd_fixture.h"

namespace dcount::store {
namespace {

constexpr int keys = 4500;  // more than two pages

std::string key_of(int i) { return "k" + std::to_string(10'000 + i); }

class EtcdLoad : public EtcdTest {
 protected:
  EtcdLoad() {
    for (int begin = 0; begin < keys; begin += keys / 3) {
      std::vector<Write> writes;
      for (int i = begin; i < begin + keys / 3; ++i) writes.push_back({key_of(i), "0"});
      EXPECT_EQ(writer.commit({group(writes)}).status, CommitResult::Status::committed);
    }
  }

  Writer writer{rig, "a"};
};

TEST_F(EtcdLoad, ShowsMoreThanAPageInOrderAndOnce) {
  std::vector<std::string> expected, loaded;
  for (int i = 0; i < keys; ++i) expected.push_back(key_of(i));
  const auto at = writer.store().load([&](const Entry& entry) { loaded.push_back(entry.key); });
  ASSERT_TRUE(at) << at.error().message;
  EXPECT_EQ(loaded, expected);
}

TEST_F(EtcdLoad, IsOfOneRevisionWhileOthersWrite) {
  const auto write_both = [&](int i) {
    const std::string value = std::to_string(i);
    writer.commit({group({{key_of(0), value}, {key_of(keys - 1), value}})});
  };
  write_both(1);
  std::atomic<bool> stop = false;
  std::thread busy([&] {
    for (int i = 2; !stop; ++i) write_both(i);
  });
  Writer loader(rig, "b");
  Revision first = 0;
  for (int i = 0; i < 5; ++i) {
    Revision revision = 0;
    const Contents contents = loader.contents(&revision);
    EXPECT_EQ(contents.size(), std::size_t{keys});
    const auto& front = contents.at(key_of(0));
    EXPECT_EQ(front, contents.at(key_of(keys - 1)));
    EXPECT_LE(front.second, revision);
    EXPECT_GE(revision, first);
    first = revision;
  }
  stop = true;
  busy.join();
}

TEST_F(EtcdLoad, FailsWhenNoMemberCanBeReached) {
  for (std::size_t i = 0; i < cluster().size(); ++i) cluster().kill(i);
  const auto failed = writer.store().load([](const Entry&) {});
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("127.0.0.1"), std::string::npos) << failed.error().message;
  EXPECT_EQ(failed.error().certainty, Certainty::unknown) << "a server that starts asks again";
}

TEST_F(EtcdLoad, IsInterruptedWhileMembersDoNotAnswer) {
  for (std::size_t i = 0; i < cluster().size(); ++i) cluster().pause(i);
  std::atomic<bool> ended = false;
  std::thread loader([&] {
    EXPECT_FALSE(writer.store().load([](const Entry&) {}));
    ended = true;
  });
  EXPECT_TRUE(eventually([&] {
    writer.store().interrupt_loads();
    return ended.load();
  }));
  loader.join();
}

}  // namespace
}  // namespace dcount::store
