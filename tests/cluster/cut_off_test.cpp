// A server that cannot reach etcd says so, and answers nothing that might be stale.
#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "tests/cluster/cluster.h"

namespace dcount::test {
namespace {

using std::chrono::seconds;

/// The issue says "within seconds"; the slowest way to notice is three missed heartbeats.
constexpr seconds notice_time{8};

template <class T>
std::optional<client::ClientError> error_of(const client::Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error());
}

class CutOff : public ClusterTest {
 protected:
  void SetUp() override {
    collection = fresh_name("cut");
    client::Client client(over(all));
    ASSERT_TRUE(client.create_counter(collection, "k"));
  }
  void pause_etcd() {
    for (std::size_t i = 0; i < all.etcd().size(); ++i) all.etcd().pause(i);
  }

  std::string collection;
};

TEST_F(CutOff, AServerSaysWithinSecondsThatItIsNotReadyAndWhyAndIsReadyAgainByItself) {
  auto& server = all.server(0);
  pause_etcd();
  RawAnswer answer;
  EXPECT_TRUE(eventually(
      [&] {
        answer = ask(server, get("/readyz"));
        return answer.status == 503;
      },
      notice_time));
  EXPECT_NE(answer.body.find("etcd"), std::string::npos) << answer.body;
  const auto state = json_of(ask(server, get("/api/get_state")));
  EXPECT_EQ(state["cluster"]["store"]["reachable"], false) << state;

  all.etcd().heal();
  for (std::size_t i = 0; i < all.servers(); ++i) {
    EXPECT_TRUE(eventually([&] { return all.server(i).ready(seconds(1)); }));
    client::Client client(over(all, i));
    const auto added = client.add(collection, "k");
    ASSERT_TRUE(added) << added.error().detail;
    EXPECT_EQ(added->n, static_cast<std::int64_t>(i) + 1);
  }
}

// Whatever waits or is under way at that moment, all on one hot counter.
TEST_F(CutOff, UnderLoadEveryRequestIsRefusedInTimeAndNoneAnsweredFromMemory) {
  std::vector<client::ClientError> errors;
  std::mutex mutex;
  std::atomic<int> answers = 0;
  std::atomic<bool> paused = false;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < 4 * all.servers(); ++i) {
      threads.emplace_back([&, i] {
        client::Client client(only(all.server(i % all.servers())));
        while (true) {
          const bool late = paused;
          const auto answer = i % 4 == 0 ? error_of(client.get(collection, "k"))
                                         : error_of(client.add(collection, "k"));
          ++answers;
          if (answer) {
            const std::lock_guard lock(mutex);
            errors.push_back(*answer);
            return;
          }
          EXPECT_FALSE(late) << "an answer, with nobody to ask";
        }
      });
    }
    EXPECT_TRUE(eventually([&] { return answers > 200; }));
    pause_etcd();
    paused = true;
  }
  EXPECT_EQ(errors.size(), 4 * all.servers());
  for (const auto& error : errors) {
    EXPECT_TRUE(error.status == 503 || error.status == 504) << error.status << error.detail;
  }
}

}  // namespace
}  // namespace dcount::test
