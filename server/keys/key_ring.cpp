#include "server/keys/key_ring.h"

#include <future>
#include <utility>

#include "server/core/key.h"
#include "server/core/names.h"

namespace dcount::keys {
namespace {

/// 0 is the edition of a ring that knows nothing yet.
std::uint64_t next_edition() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

std::shared_ptr<const KeyHolder> holder(const std::string& id, const core::KeyTraits& traits) {
  return std::make_shared<KeyHolder>(id, traits, digest_named(traits.secret_hash));
}

}  // namespace

std::shared_ptr<const Keys> KeyRing::keys() const {
  // A thread's own copy: reading what has not changed takes no lock.
  thread_local std::shared_ptr<const Keys> own;
  thread_local std::uint64_t own_edition = 0;
  if (own == nullptr || edition_.load(std::memory_order_acquire) != own_edition) {
    const std::lock_guard lock(mutex_);
    own = keys_;
    own_edition = edition_.load(std::memory_order_relaxed);
  }
  return own;
}

void KeyRing::look() {
  if (looking_.exchange(true)) return;  // the engine has not come to it yet
  engine_.visit([this](const core::State& state) {
    looking_ = false;
    look_at(state);
  });
}

bool KeyRing::look_now() {
  auto looked = std::make_shared<std::promise<void>>();
  auto done = looked->get_future();
  engine_.visit(
      [this, looked = std::move(looked)](const core::State& state) {
        look_at(state);
        looked->set_value();
      },
      true);
  try {
    done.get();
    return true;
  } catch (const std::future_error&) {  // the visit was dropped
    return false;
  }
}

void KeyRing::look_at(const core::State& state) {
  if (state.restoring()) return;
  const core::Table& table = state.keys();
  core::Table::Place place(table, core::Table::Place::End::newest);
  place.back_to(seen_, 1);
  const bool told = told_.exchange(false);
  const bool changed = !looked_ || told || place.next() != nullptr || table.size() != records_;
  // Of single keys newer changes may be known already: those are looked at again.
  seen_ = state.revision();
  records_ = table.size();
  looked_ = true;
  if (!changed) return;
  publish([&](Keys& keys) {
    const Keys before = std::exchange(keys, {});
    keys.ever = table.size() > 0;
    table.scan(core::key_prefix, core::prefix_end(core::key_prefix), [&](const core::Record& it) {
      const auto key = core::decode_key(it.value());
      if (!key || key->deleted) return true;
      const std::string id(core::key_id(it.key()));
      auto known = before.find(id);
      // It keeps its tokens.
      const bool same = known != nullptr && known->traits == key->traits;
      keys.by_id[id] = same ? std::move(known) : holder(id, key->traits);
      return true;
    });
  });
}

void KeyRing::learn(const std::string& id, const core::KeyTraits& traits) {
  told_ = true;
  publish([&](Keys& keys) {
    keys.ever = true;
    const auto known = keys.find(id);
    if (known == nullptr || known->traits != traits) keys.by_id[id] = holder(id, traits);
  });
}

void KeyRing::forget(const std::string& id) {
  told_ = true;
  publish([&](Keys& keys) {
    keys.ever = true;  // also when no look has found it yet
    keys.by_id.erase(id);
  });
}

void KeyRing::publish(const std::function<void(Keys& keys)>& change) {
  const std::lock_guard lock(mutex_);
  auto keys = std::make_shared<Keys>(*keys_);
  change(*keys);
  for (const auto& [id, holder] : keys_->by_id) {
    if (keys->find(id) != holder) holder->ended = true;
  }
  keys_ = std::move(keys);
  edition_.store(next_edition(), std::memory_order_release);
}

}  // namespace dcount::keys
