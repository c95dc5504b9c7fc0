// kill -9 while numbers are handed out: none twice, none out of order, and in the end none missing
// where none may be.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>

#include "client/client.h"
#include "client/swarm.h"
#include "tests/e2e/live_server.h"
#include "tests/e2e/patient_client.h"

namespace dcount {
namespace {

using test::crash_seed;
using test::LiveServer;
using test::patient;
using Instant = std::chrono::steady_clock::time_point;

constexpr std::size_t clients = 50;

struct Draw {
  Instant invoked;
  Instant completed;
  std::vector<std::int64_t> numbers;
};

/// Draws with all clients until each has made `draws`, killing the server `kills` times at random
/// moments on the way.
std::vector<Draw> draw_through_crashes(LiveServer& server, const std::string& sequence,
                                       std::size_t draws, std::int64_t count, int kills) {
  std::mt19937_64 random(crash_seed());
  std::vector<std::vector<Draw>> seen(clients);
  std::atomic<std::size_t> done = 0;
  std::thread swarm([&] {
    client::run_swarm(clients, patient(server), [&](client::Client& client, std::size_t index) {
      for (std::size_t i = 0; i < draws; ++i) {
        Draw draw{std::chrono::steady_clock::now(), {}, {}};
        const auto drawn = client.draw(sequence, count);
        draw.completed = std::chrono::steady_clock::now();
        EXPECT_TRUE(drawn) << drawn.error().detail;
        if (drawn) draw.numbers = drawn->numbers;
        seen[index].push_back(std::move(draw));
        ++done;
      }
    });
  });
  const std::size_t all = clients * draws;
  for (int i = 1; i <= kills; ++i) {
    const std::size_t moment = all * static_cast<std::size_t>(i) / (kills + 1) + random() % clients;
    while (done < moment) std::this_thread::yield();
    server.kill();
    server.start();
  }
  swarm.join();
  std::vector<Draw> together;
  for (auto& one : seen) std::ranges::move(one, std::back_inserter(together));
  std::ranges::sort(together, {}, [](const Draw& draw) { return draw.numbers.front(); });
  return together;
}

TEST(NumbersCrash, AMillionNumbersThroughCrashesNoneTwiceNoneMissingNoneOutOfOrder) {
  LiveServer server;
  const auto draws = draw_through_crashes(server, "forward", 200, 100, 5);

  std::int64_t expected = 1;
  Instant latest_invoked{};
  for (const Draw& draw : draws) {
    ASSERT_EQ(draw.numbers.size(), 100u);
    // Retries carry one key, so that nothing is drawn in vain either.
    for (const std::int64_t number : draw.numbers) ASSERT_EQ(number, expected++);
    ASSERT_GT(draw.completed, latest_invoked)
        << draw.numbers.front() << " was handed out before a smaller number was asked for";
    latest_invoked = std::max(latest_invoked, draw.invoked);
  }
  EXPECT_EQ(expected, 1'000'001);
}

TEST(NumbersCrash, ACachedSequenceRepeatsNothingAndLosesAtMostABlockACrash) {
  constexpr int kills = 3;
  constexpr std::int64_t cache = 1000;
  LiveServer server;
  client::SequenceDefinition definition;
  definition.mode = client::SequenceMode::cached;
  definition.cache = cache;
  client::Client client(patient(server));
  ASSERT_TRUE(client.define_sequence("cached", definition));
  const auto draws = draw_through_crashes(server, "cached", 200, 10, kills);

  std::int64_t before = 0;
  for (const Draw& draw : draws) {
    for (const std::int64_t number : draw.numbers) {
      ASSERT_GT(number, before) << "handed out twice";
      before = number;
    }
  }
  const auto drawn = static_cast<std::int64_t>(draws.size()) * 10;
  EXPECT_LE(before, drawn + kills * cache) << "more than a block was lost by a crash";

  server.stop();
  server.start();
  const auto next = client.draw("cached", 1);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->numbers.front(), before + 1) << "a clean stop gives the rest of the block back";
}

TEST(NumbersCrash, AnInvoiceRunLeavesNoGap) {
  constexpr std::int64_t reservations = 1000;
  constexpr std::size_t callers = 10;
  LiveServer server;
  client::Client client(patient(server));
  client::SequenceDefinition definition;
  definition.mode = client::SequenceMode::gapless;
  ASSERT_TRUE(client.define_sequence("invoices", definition));

  std::mutex mutex;
  std::set<std::int64_t> numbers;  // handed out for good; guarded by mutex
  std::atomic<std::int64_t> reserved = 0;
  std::thread swarm([&] {
    client::run_swarm(callers, patient(server), [&](client::Client& own, std::size_t) {
      for (std::int64_t i = reserved++; i < reservations; i = reserved++) {
        const std::int64_t ttl_s = i % 3 == 2 ? 1 : 600;
        const auto reservation = own.reserve("invoices", ttl_s);
        ASSERT_TRUE(reservation) << reservation.error().detail;
        if (i % 3 == 1) {
          EXPECT_TRUE(own.release("invoices", reservation->token));
        } else if (i % 3 == 0) {
          const auto number = own.confirm("invoices", reservation->token);
          ASSERT_TRUE(number) << number.error().detail;
          const std::lock_guard lock(mutex);
          EXPECT_TRUE(numbers.insert(*number).second) << *number << " was confirmed twice";
        }
      }
    });
  });
  for (const std::int64_t moment : {reservations / 3, 2 * reservations / 3}) {
    while (reserved < moment) std::this_thread::yield();
    server.kill();
    server.start();
  }
  swarm.join();
  EXPECT_EQ(numbers.size(), static_cast<std::size_t>((reservations + 2) / 3));

  // Until the last of those that nobody settled has expired.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  auto state = client.get_sequence("invoices");
  while (state && state->reserved.value_or(0) > 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    state = client.get_sequence("invoices");
  }
  ASSERT_TRUE(state);
  ASSERT_EQ(state->reserved.value_or(-1), 0);
  for (std::int64_t left = state->free.value_or(0) + 5; left > 0; --left) {
    const auto drawn = client.draw("invoices", 1);
    ASSERT_TRUE(drawn);
    EXPECT_TRUE(numbers.insert(drawn->numbers.front()).second) << "handed out twice";
  }
  std::int64_t expected = 1;
  for (const std::int64_t number : numbers) ASSERT_EQ(number, expected++) << "a gap";
}

}  // namespace
}  // namespace dcount
