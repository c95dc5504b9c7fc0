// What a server knows of keys follows what is in its state.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/keys/engine_rig.h"

namespace dcount::keys {
namespace {

struct Ring : testing::Test, EngineRig {
  std::size_t known() { return ring.keys()->by_id.size(); }
};

TEST_F(Ring, KnowsNothingAtFirst) {
  EXPECT_FALSE(ring.keys()->ever);
  EXPECT_EQ(ring.keys()->find("0123456789abcdef"), nullptr);
}

TEST_F(Ring, ALookFindsWhatWasMadeAndWhatWasRevoked) {
  const NewKey a = create(core::Scopes{.read = true});
  const NewKey b = create(core::Scopes{.admin = true});
  ASSERT_TRUE(ring.look_now());
  EXPECT_EQ(known(), 2u);
  EXPECT_TRUE(ring.keys()->find(b.id)->traits.scopes.admin);
  run(core::RevokeKey{a.id});
  ASSERT_TRUE(ring.look_now());
  EXPECT_EQ(ring.keys()->find(a.id), nullptr);
  EXPECT_NE(ring.keys()->find(b.id), nullptr);
  run(core::RevokeKey{b.id});
  ASSERT_TRUE(ring.look_now());
  EXPECT_EQ(known(), 0u);
  EXPECT_TRUE(ring.keys()->ever);
}

TEST_F(Ring, ALookWithoutNewsKeepsTheSnapshot) {
  create(core::Scopes{.read = true});
  ASSERT_TRUE(ring.look_now());
  const auto before = ring.keys();
  core::CreateCounter other;
  other.counter = {"c", "i"};
  run(other);
  ASSERT_TRUE(ring.look_now());
  EXPECT_EQ(ring.keys(), before);
}

TEST_F(Ring, AKeyKeepsItsTokensWhenOthersChange) {
  core::KeyTraits traits;
  traits.scopes.read = true;
  traits.rate_per_minute = 1;
  const NewKey key = create(traits);
  ASSERT_TRUE(ring.look_now());
  EXPECT_TRUE(ring.keys()->find(key.id)->limiter.take(1, std::chrono::hours(1)).granted);
  create(core::Scopes{.read = true});
  ASSERT_TRUE(ring.look_now());
  EXPECT_FALSE(ring.keys()->find(key.id)->limiter.take(1, std::chrono::hours(1)).granted);
}

TEST_F(Ring, WhatIsToldIsKnownAtOnceAndChecked) {
  const NewKey key = create(core::Scopes{.read = true});
  core::KeyTraits traits;
  traits.name = "test";
  traits.scopes.read = true;
  traits.secret_hash = key.secret_hash;
  ring.learn(key.id, traits);
  EXPECT_NE(ring.keys()->find(key.id), nullptr);
  ring.forget(key.id);
  EXPECT_EQ(ring.keys()->find(key.id), nullptr);
  ASSERT_TRUE(ring.look_now());
  EXPECT_NE(ring.keys()->find(key.id), nullptr) << "it was never revoked";
}

TEST_F(Ring, WhatIsForgottenBeforeItWasFoundIsAKeyAllTheSame) {
  ring.forget("0123456789abcdef");
  EXPECT_TRUE(ring.keys()->ever) << "or its holder would be let in as nobody";
}

TEST_F(Ring, ARestoreUnderWayLeavesTheLastSnapshot) {
  const NewKey key = create(core::Scopes{.admin = true});
  ASSERT_TRUE(ring.look_now());
  core::Restore restore;
  restore.stage = core::Restore::Stage::begin;
  restore.force = true;
  run(restore);
  restore.stage = core::Restore::Stage::clear;
  run(restore);
  ASSERT_TRUE(ring.look_now());
  EXPECT_NE(ring.keys()->find(key.id), nullptr);
  restore.stage = core::Restore::Stage::end;
  run(restore);
  ASSERT_TRUE(ring.look_now());
  EXPECT_EQ(ring.keys()->find(key.id), nullptr) << "the dump had none";
}

TEST_F(Ring, AStoppedEngineLeavesTheLastSnapshot) {
  const NewKey key = create(core::Scopes{.read = true});
  ASSERT_TRUE(ring.look_now());
  engine.stop();
  ring.look();
  EXPECT_NE(ring.keys()->find(key.id), nullptr);
}

TEST_F(Ring, TwoRingsOfOneThreadAreApart) {
  KeyRing other(engine);
  create(core::Scopes{.read = true});
  ASSERT_TRUE(ring.look_now());
  EXPECT_EQ(known(), 1u);
  EXPECT_EQ(other.keys()->by_id.size(), 0u);
  EXPECT_EQ(known(), 1u);
  engine.stop();
}

TEST_F(Ring, ManyReadWhileItChanges) {
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      std::size_t most = 0;
      while (!done) {
        const auto keys = ring.keys();
        for (const auto& [id, holder] : keys->by_id) EXPECT_EQ(id, holder->id);
        EXPECT_GE(keys->by_id.size(), most) << "none is revoked here";
        most = keys->by_id.size();
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    create(core::Scopes{.read = true});
    ASSERT_TRUE(ring.look_now());
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(known(), 50u);
}

}  // namespace
}  // namespace dcount::keys
