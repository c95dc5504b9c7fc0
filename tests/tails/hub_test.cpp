// What subscribers of a hub are told, in any interleaving of commands, slow readers, resumed tails
// and lost changes.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/tails/hub_world.h"

namespace dcount::tails {
namespace {

constexpr std::int64_t everything = 1'000'000'000;

std::string any_key() {
  return *rc::gen::element<std::string>("a", "b") + "/k" + std::to_string(*rc::gen::inRange(0, 5));
}

/// What can be subscribed to: ids, counters and ranges.
std::string any_wish() {
  const std::string key = any_key();
  switch (*rc::gen::inRange(0, 6)) {
    case 0:
      return "*";
    case 1:
      return key.substr(0, 2);
    case 2:
    case 3:
      return key.substr(2);
    default:
      return key;
  }
}

class Scene {
 public:
  explicit Scene(WorldOptions options) : world(options), forgets_(options.tombstone_ms < 1000) {
    world.on_change = [this](const std::string& key) {
      for (const auto& client : clients) client->expect(key);
    };
    first_.connect(std::nullopt);
  }

  void step() {
    switch (*rc::gen::inRange(0, 12)) {
      case 0:
        return come();
      case 1:
        return go_and_come();
      case 2:
        return change_wishes();
      case 3:
        return read();
      case 4:
        return lose_changes();
      case 5:
        return many();
      case 6:
        return world.settle();
      default:
        for (int i = *rc::gen::inRange(1, 12); i > 0; --i) command();
    }
  }

  void command() {
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        return world.remove(any_key());
      case 1:
        return world.add_together({{any_key(), 1}, {any_key(), 2}, {any_key(), 3}});
      default:
        world.add(any_key(), *rc::gen::inRange(1, 1000));
    }
  }

  void come() {
    if (clients.size() >= 6) return;
    const bool subscribes = !forgets_ && *rc::gen::arbitrary<bool>();
    std::vector<std::string> keys(static_cast<std::size_t>(*rc::gen::inRange(1, 4)));
    for (std::string& key : keys) key = any_wish();
    auto client =
        std::make_unique<Client>(world, subscribes ? Style::subscribes : Style::resumes, keys);
    client->read(*rc::gen::element<std::int64_t>(0, 3, everything));
    // What is not wanted from the beginning has to be there before: it is not known when it comes.
    const bool from_now = subscribes || *rc::gen::inRange(0, 3) == 0;
    if (from_now) world.settle();
    client->connect(from_now ? std::nullopt : std::optional<Revision>(0));
    clients.push_back(std::move(client));
  }

  Client* any(Style style) {
    std::vector<Client*> some;
    for (const auto& client : clients) {
      if (client->style() == style) some.push_back(client.get());
    }
    return some.empty() ? nullptr : *rc::gen::elementOf(some);
  }

  void go_and_come() {
    Client* client = any(Style::resumes);
    if (client == nullptr) return;
    client->disconnect();
    for (int i = *rc::gen::inRange(0, 5); i > 0; --i) command();
    client->resume();
  }

  void change_wishes() {
    Client* client = any(Style::subscribes);
    if (client == nullptr) return;
    const std::string key = any_wish();
    const bool there = client->keys().contains(key);
    if (there && *rc::gen::arbitrary<bool>())
      client->unsubscribe(key);
    else if (!there)
      client->subscribe(key, *rc::gen::arbitrary<bool>());
  }

  void read() {
    if (clients.empty()) return;
    const auto which = static_cast<std::size_t>(*rc::gen::inRange<int>(0, 100)) % clients.size();
    clients[which]->read(*rc::gen::element<std::int64_t>(1, 2, 300));
  }

  void lose_changes() {
    world.go_deaf();
    for (int i = *rc::gen::inRange(0, 5); i > 0; --i) command();
    world.tell_gap();
  }

  /// More than is looked at in one go.
  void many() {
    const std::string collection = *rc::gen::element<std::string>("a", "b");
    for (int i = 0; i < 600; ++i) world.add(collection + "/k" + std::to_string(i), 1);
  }

  void expect_right() {
    world.settle();
    for (const auto& client : clients) client->read(everything);
    for (const auto& client : clients) {
      const std::string difference = client->last_difference();
      const std::string fault = client->fault();
      if (!difference.empty() || !fault.empty()) {
        std::string keys;
        for (const auto& key : client->keys()) keys += " " + key;
        RC_FAIL((client->style() == Style::resumes ? "resuming" : "subscribing") + keys + ": " +
                difference + "; " + fault);
      }
    }
    Client whole(world, Style::resumes, {"*"});
    RC_ASSERT(whole.fetch() == world.counters());
    RC_ASSERT(whole.fault() == "");
  }

  World world;
  std::vector<std::unique_ptr<Client>> clients;

 private:
  const bool forgets_;
  // Who is there before them makes sure that the hub listens when they come.
  Client first_{world, Style::resumes, {"none/none"}};
};

void everybody_gets_the_last_state(WorldOptions options) {
  Scene scene(options);
  for (int steps = *rc::gen::inRange(1, 60); steps > 0; --steps) scene.step();
  scene.expect_right();
}

RC_GTEST_PROP(Tails, EverybodyGetsTheLastStateInOrder, ()) {
  everybody_gets_the_last_state({.other_writes = *rc::gen::arbitrary<bool>()});
}

RC_GTEST_PROP(Tails, EverybodyGetsTheLastStateWhileDeletionsAreForgotten, ()) {
  everybody_gets_the_last_state({.other_writes = *rc::gen::arbitrary<bool>(), .tombstone_ms = 1});
}

// ---- single facts

TEST(Tails, AReaderThatDoesNotReadIsToldTheLastStateOfEachRecordOnce) {
  World world;
  Client ranged(world, Style::resumes, {"*"}), single(world, Style::resumes, {"a/k0", "k1"});
  ranged.connect(std::nullopt);
  single.connect(std::nullopt);
  for (int i = 0; i < 100'000; ++i) {
    world.add("a/k" + std::to_string(i % 10), 1);
    if (i % 5'000 == 0) world.settle();  // what waits too long is refused
  }
  world.settle();
  EXPECT_EQ(ranged.messages() + single.messages(), 0u);
  ranged.read(everything);
  single.read(everything);
  EXPECT_TRUE(comes_true([&] {
    for (int i = 0; i < 10; ++i) {
      if (ranged.value("a/k" + std::to_string(i)) != 10'000) return false;
    }
    return single.value("a/k0") == 10'000 && single.value("a/k1") == 10'000;
  }));
  // Some rounds while the loop was still being told; no queue has grown beside it.
  EXPECT_LE(ranged.messages(), 20'000u);
  EXPECT_LE(single.messages(), 1'000u);
  EXPECT_EQ(ranged.fault() + single.fault(), "");
}

TEST(Tails, WhatIsDeletedWhileASlowReaderGetsEverythingIsTold) {
  World world;
  for (int i = 0; i < 1500; ++i) world.add("a/k" + std::to_string(i), 1);
  world.settle();
  Client client(world, Style::resumes, {"*"});
  world.on_change = [&](const std::string& key) { client.expect(key); };
  client.connect(0);
  client.read(100);
  ASSERT_TRUE(comes_true([&] { return client.messages() == 100; }));
  ASSERT_EQ(client.value("a/k0"), 1);
  world.remove("a/k0");
  world.remove("a/k1400");
  world.settle();
  client.read(everything);
  EXPECT_EQ(client.last_difference(), "");
  EXPECT_EQ(client.fault(), "");
}

TEST(Tails, ARangeThatIsSubscribedToDuringACatchUpMissesNothing) {
  for (int round = 0; round < 5; ++round) {
    World world;
    Client client(world, Style::subscribes, {"a/"});
    world.on_change = [&](const std::string& key) { client.expect(key); };
    client.connect(std::nullopt);
    world.settle();
    for (int i = 0; i < 2000; ++i) world.add("a/k" + std::to_string(i), 1);
    world.settle();
    client.read(10);  // it is behind, and catches up
    ASSERT_TRUE(comes_true([&] { return client.messages() == 10; }));
    client.subscribe("b/", false);
    for (int i = 0; i < 20; ++i) world.add("b/k" + std::to_string(i), 1);
    world.settle();
    client.read(everything);
    ASSERT_EQ(client.last_difference(), "");
    ASSERT_EQ(client.fault(), "");
  }
}

TEST(Tails, WhatIsCommittedWhileAKeyIsSubscribedToIsInItsSnapshotAndNotToldAgain) {
  for (const std::string key : {"a/", "a/k0"}) {
    World world;
    Client client(world, Style::subscribes, {"a/k1"});
    client.read(everything);
    client.connect(std::nullopt);
    world.settle();
    world.on_loop([&] {
      world.add("a/k0", 7);
      world.settle();  // the loop is still to be told
      client.served().subscribe(key, true);
    });
    EXPECT_TRUE(comes_true([&] { return client.value("a/k0") == 7; }));
    world.add("a/k1", 1);
    EXPECT_TRUE(comes_true([&] { return client.value("a/k1") == 1; }));
    EXPECT_EQ(client.messages(), 2u) << key;
  }
}

TEST(Tails, ASecondSnapshotDoesNotForgetWhatTheFirstHasShown) {
  for (const std::string key : {"a/", "a/k0"}) {
    World world;
    Client client(world, Style::subscribes, {"a/k1"});
    client.read(everything);
    client.connect(std::nullopt);
    world.add("b/k0", 3);
    world.settle();
    world.on_loop([&] {
      world.add("a/k0", 7);
      world.settle();
      client.served().subscribe(key, true);
      // Once the first snapshot has begun, and before it has come.
      world.hub().loop().post([&] { client.served().subscribe("b/k0", true); });
    });
    EXPECT_TRUE(comes_true([&] { return client.value("b/k0") == 3; }));
    world.add("a/k1", 1);
    EXPECT_TRUE(comes_true([&] { return client.value("a/k1") == 1; }));
    EXPECT_EQ(client.messages(), 3u) << key;
  }
}

TEST(Tails, WhoHasTwoNamesForACounterIsToldOnce) {
  World world;
  Client client(world, Style::subscribes, {"a/k0", "k0"});
  client.read(everything);
  client.connect(std::nullopt);
  world.settle();
  for (int i = 1; i <= 100; ++i) {
    world.add("a/k0", 1);
    ASSERT_TRUE(comes_true([&] { return client.value("a/k0") == i; }));
    ASSERT_EQ(client.messages(), static_cast<std::size_t>(i));
  }
}

}  // namespace
}  // namespace dcount::tails
