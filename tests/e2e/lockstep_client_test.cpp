// A client that reads feeds as the lockstep of old does, while the server is killed again and
// again.
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "client/client.h"
#include "client/swarm.h"
#include "tests/e2e/live_server.h"
#include "tests/e2e/patient_client.h"
#include "tests/sim/poll.h"
#include "tests/support/lockstep_reader.h"

namespace dcount {
namespace {

using test::crash_seed;
using test::LiveServer;
using test::LockstepReader;
using test::patient;

std::map<std::string, std::int64_t> list(const LiveServer& server, const std::string& collection) {
  client::Client client(patient(server));
  std::map<std::string, std::int64_t> all;
  std::string cursor;
  do {
    const auto page = client.list(collection, 1000, cursor);
    if (!page) throw std::runtime_error(page.error().detail);
    for (const auto& counter : page->counters) all[counter.id] = counter.n;
    cursor = page->next;
  } while (!cursor.empty());
  return all;
}

TEST(LockstepClient, EndsWithTheServersListThroughKillsAndStops) {
  constexpr int restarts = 12;
  constexpr int changes_between = 60;
  std::mt19937_64 random(crash_seed());
  LiveServer server;
  LockstepReader reader(server.place().path(), server.port(), "counters/views", "any:key@");
  std::atomic<bool> stop = false;
  std::atomic<int> changes = 0;
  std::thread swarm([&] {
    client::run_swarm(6, patient(server), [&](client::Client& client, std::size_t index) {
      std::mt19937_64 own(index);
      client::CounterOptions create;
      create.create = true;
      while (!stop) {
        const std::string id = "k" + std::to_string(own() % 50);
        if (own() % 8 == 0) {
          EXPECT_TRUE(client.remove("views", id));
        } else {
          EXPECT_TRUE(client.add("views", id, 1, create));
        }
        ++changes;
      }
    });
  });
  for (int i = 1; i <= restarts; ++i) {
    while (changes < i * changes_between) std::this_thread::yield();
    // Not a wait for anything: the random moment at which the power fails.
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
    if (i % 4 == 0) {
      EXPECT_EQ(server.stop().status, 0);
    } else {
      server.kill();
    }
    server.start();
  }
  stop = true;
  swarm.join();

  const auto expected = list(server, "views");
  EXPECT_FALSE(expected.empty());
  EXPECT_TRUE(sim::eventually([&] { return reader.values() == expected; })) << reader.complaint();
  EXPECT_EQ(reader.complaint(), "");
  EXPECT_GT(reader.records(), static_cast<std::size_t>(restarts)) << "it has read all along";
}

}  // namespace
}  // namespace dcount
