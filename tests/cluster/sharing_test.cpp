// Several servers, one truth: what one has acknowledged the others know.
#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/cluster/cluster.h"

namespace dcount::test {
namespace {

class Sharing : public ClusterTest {};

TEST_F(Sharing, AWriteIsReadThroughEveryOtherServerAtOnce) {
  const std::string collection = fresh_name("own");
  client::Client maker(over(all));
  ASSERT_TRUE(maker.create_counter(collection, "k"));
  std::int64_t n = 0;
  for (int round = 0; round < 40; ++round) {
    for (std::size_t writer = 0; writer < all.servers(); ++writer) {
      ASSERT_EQ(json_of(ask(all.server(writer), post("/cnt/" + collection + "/k", "")))["n"], ++n);
      const auto& reader = all.server((writer + 1 + any_of(2)) % 3);
      ASSERT_EQ(json_of(ask(reader, get("/cnt/" + collection + "/k")))["n"], n)
          << "written at " << all.server(writer).name() << ", read at " << reader.name();
    }
  }
}

// Whatever server it asks: a read that begins after another has ended sees no less.
TEST_F(Sharing, NoReadGoesBack) {
  const std::string collection = fresh_name("back");
  client::Client maker(over(all));
  ASSERT_TRUE(maker.create_counter(collection, "k"));
  std::atomic<std::int64_t> acknowledged = 1;  // the highest version that anybody was told
  std::atomic<int> reads = 0;
  std::atomic<bool> stop = false;
  const auto told = [&](std::int64_t version) {
    std::int64_t known = acknowledged;
    while (known < version && !acknowledged.compare_exchange_weak(known, version)) {
    }
  };
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < all.servers(); ++i) {
    threads.emplace_back([&, i] {
      client::Client client(only(all.server(i)));
      while (!stop) {
        const auto added = client.add(collection, "k");
        ASSERT_TRUE(added) << added.error().detail;
        told(added->version);
      }
    });
    for (int reader = 0; reader < 2; ++reader) {
      threads.emplace_back([&, i] {
        client::Client client(only(all.server(i)));
        while (!stop) {
          const std::int64_t at_least = acknowledged;
          const auto state = client.get(collection, "k");
          ASSERT_TRUE(state) << state.error().detail;
          EXPECT_GE(state->version, at_least) << all.server(i).name() << " went back";
          EXPECT_EQ(state->n + 1, state->version);
          told(state->version);
          ++reads;
        }
      });
    }
  }
  EXPECT_TRUE(eventually([&] { return reads >= 1000 && acknowledged >= 200; }));
  stop = true;
}

TEST_F(Sharing, ARetryAtAnotherServerGetsTheFirstAnswer) {
  const std::string path = "/cnt/" + fresh_name("replay") + "/k?create=true";
  const std::string request = post(path, "", "Idempotency-Key: once\r\n");
  const auto first = ask(all.server(0), request);
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(first.header("idempotent-replayed"), "");
  for (std::size_t i : {1, 2, 0}) {
    const auto again = ask(all.server(i), request);
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(again.header("etag"), first.header("etag"));
    EXPECT_EQ(again.header("idempotent-replayed"), "true") << all.server(i).name();
  }
}

TEST_F(Sharing, OneKeyAtTwoServersAtOnceHasOneEffect) {
  const std::string collection = fresh_name("twice");
  client::Client maker(over(all));
  ASSERT_TRUE(maker.create_counter(collection, "k"));
  constexpr int rounds = 50;
  for (int round = 0; round < rounds; ++round) {
    const std::string request =
        post("/cnt/" + collection + "/k", "", "Idempotency-Key: " + fresh_name("at-") + "\r\n");
    RawHttp one(all.server(0).port());
    RawHttp other(all.server(1 + any_of(2)).port());
    ASSERT_TRUE(one.send(request) && other.send(request));
    const auto first = one.read_answer();
    const auto second = other.read_answer();
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->status, 200) << first->body;
    EXPECT_EQ(first->body, second->body);
    const bool replayed = first->header("idempotent-replayed") == "true";
    EXPECT_NE(replayed, second->header("idempotent-replayed") == "true") << "one of the two";
  }
  EXPECT_EQ(maker.get(collection, "k")->n, rounds);
}

TEST_F(Sharing, CachedNumbersOfThreeServersNeverMeetAndRiseAtEach) {
  const std::string sequence = fresh_name("cached");
  client::Client maker(over(all));
  client::SequenceDefinition definition;
  definition.mode = client::SequenceMode::cached;
  definition.cache = 7;
  ASSERT_TRUE(maker.define_sequence(sequence, definition));
  std::vector<std::vector<std::int64_t>> numbers(all.servers());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < all.servers(); ++i) {
      threads.emplace_back([&, i] {
        client::Client client(only(all.server(i)));
        for (int draws = 0; draws < 150; ++draws) {
          const auto drawn = client.draw(sequence, 1 + draws % 4);
          ASSERT_TRUE(drawn) << drawn.error().detail;
          numbers[i].insert(numbers[i].end(), drawn->numbers.begin(), drawn->numbers.end());
        }
      });
    }
  }
  std::vector<std::int64_t> all_numbers;
  for (std::size_t i = 0; i < all.servers(); ++i) {
    EXPECT_TRUE(std::is_sorted(numbers[i].begin(), numbers[i].end())) << all.server(i).name();
    all_numbers.insert(all_numbers.end(), numbers[i].begin(), numbers[i].end());
  }
  std::sort(all_numbers.begin(), all_numbers.end());
  const auto twice = std::adjacent_find(all_numbers.begin(), all_numbers.end());
  EXPECT_EQ(twice, all_numbers.end()) << *twice;
}

}  // namespace
}  // namespace dcount::test
