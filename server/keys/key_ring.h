// What this server knows of the API keys: a snapshot that loops read without waiting for anybody,
// kept fresh from the engine's state.
//
// Keys that are made or revoked at this server are known here before they are answered (learn,
// forget); those of other servers with the next look at the state. While the engine reloads or a
// restore is not complete the last snapshot holds.
//
// Thread-safety: all from any thread. The engine is stopped before the ring is destroyed.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server/engine/engine.h"
#include "server/keys/key_holder.h"

namespace dcount::keys {

struct Keys {
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view id) const { return std::hash<std::string_view>{}(id); }
  };
  std::unordered_map<std::string, std::shared_ptr<const KeyHolder>, Hash, std::equal_to<>> by_id;
  bool ever = false;  ///< there is one, or was one that has been revoked

  /// Null: there is none (any more).
  std::shared_ptr<const KeyHolder> find(std::string_view id) const {
    const auto at = by_id.find(id);
    return at == by_id.end() ? nullptr : at->second;
  }
};

class KeyRing {
 public:
  explicit KeyRing(engine::Engine& engine) : engine_(engine) {}

  /// As it is known now. One look at an atomic number, unless it has changed since this thread
  /// asked last.
  std::shared_ptr<const Keys> keys() const;

  /// Has the engine look whether keys have changed, soon. Costs it next to nothing when not.
  void look();

  /// The same, waited for. False: the engine has been stopped.
  bool look_now();

  /// A key that was made at this server, or revoked: from now on. To be called after its command
  /// was completed.
  void learn(const std::string& id, const core::KeyTraits& traits);
  void forget(const std::string& id);

 private:
  void look_at(const core::State& state);
  void publish(const std::function<void(Keys& keys)>& change);

  engine::Engine& engine_;

  // The engine thread's own: what it saw at its last look.
  bool looked_ = false;
  Revision seen_ = 0;
  std::size_t records_ = 0;

  std::atomic<bool> looking_{false};  ///< a look is under way

  /// What was told may be old news by the time it was: the next look is a thorough one.
  std::atomic<bool> told_{false};

  mutable std::mutex mutex_;  // guards keys_; held for moments, and only when keys change
  std::shared_ptr<const Keys> keys_ = std::make_shared<Keys>();
  std::atomic<std::uint64_t> edition_{0};  ///< of keys_; no two rings have the same but 0
};

}  // namespace dcount::keys
