// An engine over a store in memory, with keys in it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "server/engine/blocking_call.h"
#include "server/engine/engine.h"
#include "server/keys/key_ring.h"
#include "server/store/memory_store.h"

namespace dcount::keys {

struct EngineRig {
  EngineRig() : engine(std::make_unique<store::MemoryStore>(disk, "local"), clock), ring(engine) {
    EXPECT_TRUE(engine.start());
  }
  ~EngineRig() { engine.stop(); }

  core::Code run(core::CommandBody body) {
    return engine::BlockingCall(engine).run(std::move(body)).code;
  }

  /// In the store alone: the ring has to find it.
  NewKey create(core::KeyTraits traits) {
    NewKey made = make_key();
    traits.secret_hash = made.secret_hash;
    if (traits.name.empty()) traits.name = "test";
    EXPECT_EQ(run(core::CreateKey{made.id, std::move(traits)}), core::Code::created);
    return made;
  }
  NewKey create(const core::Scopes& scopes) {
    core::KeyTraits traits;
    traits.scopes = scopes;
    return create(std::move(traits));
  }

  std::shared_ptr<store::MemoryDisk> disk = std::make_shared<store::MemoryDisk>();
  engine::SystemClock clock;
  engine::Engine engine;
  KeyRing ring;
};

}  // namespace dcount::keys
