// kill -9 at random moments under load: nothing acknowledged is lost, nothing counts twice.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "client/client.h"
#include "client/swarm.h"
#include "tests/e2e/live_server.h"
#include "tests/e2e/patient_client.h"
#include "tests/support/raw_http.h"

namespace dcount {
namespace {

using test::crash_seed;
using test::LiveServer;
using test::patient;
using test::RawHttp;

std::int64_t value(const LiveServer& server, const std::string& id) {
  client::Client client(patient(server));
  const auto state = client.get("c", id);
  return state ? state->n : -1;
}

/// What one caller without idempotency keys knows of its own counter: how many increments were
/// acknowledged, and how many got no answer, before or after they were applied.
struct Tally {
  std::int64_t acknowledged = 0;
  std::int64_t unanswered = 0;
  std::int64_t highest = 0;  ///< the greatest value an answer showed
};

void count_without_keys(const LiveServer& server, const std::string& id, Tally& tally,
                        const std::atomic<bool>& stop) {
  const std::string request = test::post("/cnt/c/" + id + "?create=true", "");
  while (!stop) {
    try {
      RawHttp connection(server.port());
      while (!stop) {
        const bool sent = connection.send(request);
        const auto answer = connection.read_answer();
        if (!sent || !answer || answer->status != 200) {
          ++tally.unanswered;
          break;
        }
        ++tally.acknowledged;
        const auto n = nlohmann::json::parse(answer->body)["n"].get<std::int64_t>();
        // The only writer of this counter sees it rise, across every crash.
        EXPECT_GT(n, tally.highest);
        tally.highest = n;
      }
    } catch (const std::system_error&) {
      std::this_thread::yield();  // not up again yet
    }
  }
}

TEST(Crash, NoAcknowledgedIncrementIsLostAndNoneCountsTwice) {
  constexpr int kills = 50;
  constexpr int callers = 4;
  std::mt19937_64 random(crash_seed());
  LiveServer server;
  std::atomic<bool> stop = false;

  std::vector<Tally> tallies(callers);
  std::vector<std::thread> threads;
  for (int i = 0; i < callers; ++i) {
    threads.emplace_back(
        [&, i] { count_without_keys(server, "plain" + std::to_string(i), tallies[i], stop); });
  }
  // And callers whose retries carry one key: for them the count is exact.
  std::atomic<std::int64_t> asked = 0;
  for (int i = 0; i < callers; ++i) {
    threads.emplace_back([&] {
      client::Client client(patient(server));
      client::CounterOptions options;
      options.create = true;
      while (!stop) {
        ++asked;
        const auto added = client.add("c", "keyed", 1, options);
        EXPECT_TRUE(added) << added.error().detail;
      }
    });
  }

  // On a slow machine callers get little done between two kills: then there are more of them.
  for (int i = 0; i < kills || (asked <= kills && i < 20 * kills); ++i) {
    // Not a wait for anything: the random moment at which the power fails.
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 40'000));
    server.kill();
    server.start();
  }
  stop = true;
  for (auto& thread : threads) thread.join();

  std::int64_t acknowledged = 0;
  for (int i = 0; i < callers; ++i) {
    const Tally& tally = tallies[i];
    acknowledged += tally.acknowledged;
    const std::int64_t n = value(server, "plain" + std::to_string(i));
    EXPECT_GE(n, tally.acknowledged) << "an acknowledged increment is lost";
    EXPECT_LE(n, tally.acknowledged + tally.unanswered) << "one counted twice";
  }
  EXPECT_EQ(value(server, "keyed"), asked) << "retried with a key";
  EXPECT_GT(acknowledged, kills) << "there was load to speak of";
  EXPECT_GT(asked, kills);
}

TEST(Crash, TwoHundredClientsOnAThousandCountersGetExactlyWhatTheyAskedFor) {
  constexpr std::size_t clients = 200;
  constexpr int increments = 25;
  std::mt19937_64 random(crash_seed());
  LiveServer server;
  std::atomic<std::size_t> running = clients;
  std::thread swarm([&] {
    client::run_swarm(clients, patient(server), [&](client::Client& client, std::size_t index) {
      std::mt19937_64 own(index);
      client::CounterOptions options;
      options.create = true;
      for (int i = 0; i < increments; ++i) {
        EXPECT_TRUE(client.add("c", "hot", 1, options));
        EXPECT_TRUE(client.add("c", "k" + std::to_string(own() % 1000), 1, options));
      }
      --running;
    });
  });
  for (int i = 0; i < 5 && running > 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50 + random() % 200));
    server.kill();
    server.start();
  }
  swarm.join();

  EXPECT_EQ(value(server, "hot"), static_cast<std::int64_t>(clients) * increments);
  client::Client reader(patient(server));
  std::int64_t sum = 0;
  std::string cursor;
  do {
    const auto page = reader.list("c", 300, cursor);
    ASSERT_TRUE(page);
    for (const auto& counter : page->counters) sum += counter.n;
    cursor = page->next;
  } while (!cursor.empty());
  EXPECT_EQ(sum, 2 * static_cast<std::int64_t>(clients) * increments);
}

std::filesystem::path newest_log(const std::string& directory) {
  std::filesystem::path newest;
  for (const auto& file : std::filesystem::recursive_directory_iterator(directory)) {
    if (file.path().extension() == ".log" && file.file_size() > 0 &&
        (newest.empty() || file.path().filename() > newest.filename())) {
      newest = file.path();
    }
  }
  return newest;
}

TEST(Crash, ATornLastWriteIsAsIfItHadNeverBeen) {
  LiveServer server;
  client::CounterOptions options;
  options.create = true;
  {
    client::Client client(patient(server));
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(client.add("c", "torn", 1, options));
  }
  server.kill();
  const auto log = newest_log(server.data_directory());
  ASSERT_FALSE(log.empty());
  // The last record, of the tenth increment, reached the disk in part.
  std::filesystem::resize_file(log, std::filesystem::file_size(log) - 5);
  server.start();
  EXPECT_EQ(value(server, "torn"), 9);
  client::Client client(patient(server));
  EXPECT_EQ(client.add("c", "torn", 1, options)->n, 10);
  server.kill();
  server.start();
  EXPECT_EQ(value(server, "torn"), 10);
}

}  // namespace
}  // namespace dcount
