#include "server/store/etcd/presence.h"

#include <utility>

#include "server/core/names.h"
#include "server/store/etcd/writer.h"

namespace dcount::store::etcd {
namespace {

constexpr std::chrono::milliseconds beat_time{1000};
constexpr std::chrono::milliseconds beat_patience{1000};
constexpr std::int64_t lease_s = 3;

// Two beats may be missed: the election of a leader takes as long.
constexpr std::chrono::milliseconds trouble_after{3000};

}  // namespace

Presence::Presence(const Access& access, std::string node, std::string owner)
    : prefix_(access.address.prefix),
      key_(core::alive_key(node)),
      owner_key_(owner_key(node)),
      owner_(std::move(owner)),
      connection_(access, beat_patience) {}

Presence::~Presence() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (!why_not_.empty()) connection_.stop();  // it would only wait
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Presence::announce(std::string value) {
  const std::lock_guard lock(mutex_);
  value_ = std::move(value);
  changed_ = true;
  if (!thread_.joinable()) {
    last_beat_ = std::chrono::steady_clock::now();
    thread_ = std::thread([this] { run(); });
  }
  wake_.notify_all();
}

std::string Presence::trouble() const {
  const std::lock_guard lock(mutex_);
  if (!thread_.joinable()) return {};
  const auto silence = std::chrono::steady_clock::now() - last_beat_;
  if (silence < trouble_after) return {};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(silence).count();
  return "etcd has taken no write of this server's for " + std::to_string(seconds) +
         " s: " + (why_not_.empty() ? "it does not answer" : why_not_);
}

bool Presence::beats() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

void Presence::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto began = std::chrono::steady_clock::now();
    changed_ = false;
    const std::string value = value_;
    lock.unlock();
    Beat beaten = beat(value);
    lock.lock();
    if (beaten.why_not.empty()) last_beat_ = std::chrono::steady_clock::now();
    why_not_ = std::move(beaten.why_not);
    taken_ = beaten.taken;
    wake_.wait_until(lock, began + beat_time, [this] { return stopping_ || changed_; });
  }
  lock.unlock();
  if (lease_ != 0) connection_.send({revoke_path, lease_body(lease_)});
}

Presence::Beat Presence::beat(const std::string& value) {
  std::string why;
  if (!renew_lease(why)) return {why, false};
  Txn txn;
  txn.compare.push_back({Compare::Of::value, owner_key_, {}, owner_, 0});
  txn.success.push_back(put_of(key_, value, lease_));
  const Reply reply = connection_.send({txn_path, txn_body(txn, prefix_)});
  if (fate_of(reply) != Fate::done) {
    if (error_message(reply.body).find("lease not found") != std::string::npos) lease_ = 0;
    if (fate_of(reply) == Fate::full) return {"", false};
    return {describe(reply), false};
  }
  const auto done = parse_txn(reply.body, prefix_);
  if (!done) return {done.error().message, false};
  if (done->succeeded) return {"", true};
  return {"another process has taken this node's name over", false};
}

bool Presence::renew_lease(std::string& why) {
  if (lease_ != 0) {
    const Reply reply = connection_.send({keep_alive_path, lease_body(lease_)});
    const auto lease = parse_lease(reply.body);
    if (fate_of(reply) != Fate::done || !lease) {
      why = describe(reply);
      return false;
    }
    if (lease->ttl_s > 0) return true;
    lease_ = 0;  // it has ended: another one
  }
  const Reply reply = connection_.send({grant_path, grant_body(lease_s)});
  const auto lease = parse_lease(reply.body);
  if (fate_of(reply) != Fate::done || !lease || lease->id == 0) {
    why = describe(reply);
    return false;
  }
  lease_ = lease->id;
  return true;
}

}  // namespace dcount::store::etcd
