#include "sim/world/etcd_driver.h"

#include <utility>

#include "server/core/names.h"
#include "server/core/node.h"
#include "server/store/mark.h"

namespace dcount::world {

namespace etcd = store::etcd;
using etcd::Feed;
using etcd::Reply;
using etcd::Request;
using store::CommitResult;

namespace {

// As in etcd_store, committer, loader, follower and presence.
constexpr Micros commit_patience = 2500 * millisecond;
constexpr Micros load_patience = 30 * second;
constexpr Micros claim_time = 20 * second;
constexpr Micros claim_pause = 100 * millisecond;
constexpr Micros page_pause = 300 * millisecond;
constexpr int page_tries_max = 10;
constexpr Micros silence_max = 4 * second;
constexpr Micros follow_pause = 100 * millisecond;
constexpr Micros beat_time = second;
constexpr Micros beat_patience = second;
constexpr std::int64_t lease_s = 3;

constexpr const char* prefix = "d/";

const char* name_of(CommitResult::Status status) {
  switch (status) {
    case CommitResult::Status::committed:
      return "committed";
    case CommitResult::Status::not_applied:
      return "not applied";
    case CommitResult::Status::full:
      return "full";
    case CommitResult::Status::unknown:
      return "unknown";
    case CommitResult::Status::fenced:
      return "fenced";
    case CommitResult::Status::failed:
      return "failed";
  }
  return "";
}

std::string text_of(const store::Mark& mark) {
  return std::to_string(mark.incarnation) + "." + std::to_string(mark.batch);
}

std::string text_of(const CommitResult& result) {
  std::string text = name_of(result.status);
  if (result.status != CommitResult::Status::committed) return text + " (" + result.error + ")";
  text += " at " + std::to_string(result.revision);
  std::size_t failed = 0;
  for (const store::GroupResult& group : result.groups) failed += group.committed ? 0U : 1U;
  return failed == 0 ? text : text + ", " + std::to_string(failed) + " groups in conflict";
}

}  // namespace

EtcdDriver::EtcdDriver(Ground& ground, Host& host, EtcdDriverOptions options)
    : ground_(ground),
      host_(host),
      options_(std::move(options)),
      node_("node-" + std::to_string(options_.server + 1)),
      identity_("identity-" + node_),
      there_(std::make_shared<bool>(true)),
      writer_(prefix, node_, identity_),
      commit_link_(ground, host, options_.server, options_.server, commit_patience, true),
      load_link_(ground, host, options_.server, 0, load_patience, false),
      feed_link_(ground, host, options_.server, options_.server, silence_max, false),
      beat_link_(ground, host, options_.server, 0, beat_patience, false) {
  writer_.set_operations_max(options_.operations_max);
}

/// In the host, if this is still there.
void EtcdDriver::after(Micros delay, std::function<void()> action) {
  ground_.time.after(delay,
                     [&host = host_, there = std::weak_ptr(there_), action = std::move(action)] {
                       if (there.expired()) return;
                       host.run([there, action] {
                         if (!there.expired()) action();
                       });
                     });
}

// ---- claiming

void EtcdDriver::claim(std::function<void(Result<store::Mark>)> done) {
  claim_done_ = std::move(done);
  claim_until_ = ground_.time.now() + claim_time;
  drive_claim(writer_.claim());
}

void EtcdDriver::drive_claim(Step step) {
  if (auto* request = std::get_if<Request>(&step)) {
    return commit_link_.send(std::move(*request),
                             [this](const Reply& reply) { drive_claim(writer_.on_reply(reply)); });
  }
  auto result = std::move(std::get<etcd::Writer::Claimed>(step).mark);
  if (result) incarnation_ = result->incarnation;
  const bool again = !result && result.error().certainty == Certainty::unknown &&
                     ground_.time.now() < claim_until_;
  if (again) return after(claim_pause, [this] { drive_claim(writer_.claim()); });
  std::exchange(claim_done_, nullptr)(std::move(result));
}

// ---- committing

void EtcdDriver::commit(const store::Batch& batch, store::CommitDone done) {
  store::check_batch(batch);
  commit_done_ = std::move(done);
  settling_ = false;
  ground_.trace.note([&] {
    std::size_t writes = 0;
    for (const store::Group& group : batch.groups) writes += group.writes.size();
    return options_.process + " → etcd  batch " + text_of(batch.next) + " after " +
           text_of(batch.previous) + ", groups " + std::to_string(batch.groups.size()) +
           ", writes " + std::to_string(writes);
  });
  if (!ground_.options.tamper && !unfenced_) return drive(writer_.commit(batch));
  tampered_ = batch;
  if (unfenced_) tampered_.previous = *unfenced_;
  if (ground_.options.tamper) ground_.options.tamper(tampered_);
  drive(writer_.commit(tampered_));
}

void EtcdDriver::settle(const store::Batch& lost, store::Mark fence, store::CommitDone done) {
  store::check_batch({lost.previous, fence, {}});
  commit_done_ = std::move(done);
  settling_ = true;
  ground_.trace.note([&] {
    return options_.process + " → etcd  fence " + text_of(fence) + " after " +
           text_of(lost.previous) + ", for " + text_of(lost.next);
  });
  drive(writer_.settle(lost, fence));
}

void EtcdDriver::drive(Step step) {
  if (auto* request = std::get_if<Request>(&step)) {
    return commit_link_.send(std::move(*request),
                             [this](const Reply& reply) { drive(writer_.on_reply(reply)); });
  }
  CommitResult result = std::get<CommitResult>(std::move(step));
  ground_.trace.note([&] {
    return options_.process + " ← etcd  " + (settling_ ? "settled: " : "") + text_of(result);
  });
  const bool unknown = result.status == CommitResult::Status::unknown;
  if (unknown) ++ground_.counts["batch of unknown fate"].begun;
  if (result.status == CommitResult::Status::committed && settling_) {
    ++ground_.counts["batch of unknown fate"].effects;  // it was there
  }
  if (ground_.options.bugs.no_fence) leave_fence_out(result);
  std::exchange(commit_done_, nullptr)(std::move(result));
}

/// Takes what is unknown for not applied, and follows whatever mark it then finds.
void EtcdDriver::leave_fence_out(CommitResult& result) {
  using Status = CommitResult::Status;
  if (result.status == Status::committed) unfenced_.reset();
  if (result.status == Status::not_applied && result.mark.incarnation > 0) unfenced_ = result.mark;
  if (result.status == Status::unknown) result.status = Status::not_applied;
}

// ---- loading

void EtcdDriver::load(store::LoadVisitor visitor, std::function<void(Result<Revision>)> done) {
  visitor_ = std::move(visitor);
  load_done_ = std::move(done);
  page_begin_.clear();
  load_revision_ = 0;
  page_tries_ = 0;
  fetch_page();
}

void EtcdDriver::fetch_page() {
  etcd::Operation range = etcd::range_of(page_begin_);
  range.to_last = true;
  range.limit = options_.page_entries;
  range.at = load_revision_;
  ++page_tries_;
  load_link_.send({etcd::range_path, etcd::range_body(range, prefix)},
                  [this](const Reply& reply) { on_page(reply); });
}

void EtcdDriver::on_page(const Reply& reply) {
  const auto fail = [this](const std::string& why) {
    ground_.trace.note([&] { return options_.process + "  the load has failed: " + why; });
    std::exchange(load_done_, nullptr)(Error{Certainty::definite, why});
  };
  if (etcd::fate_of(reply) != etcd::Fate::done) {
    const bool hopeless = reply.kind == Reply::Kind::answered && reply.status != 503;
    if (hopeless || page_tries_ >= page_tries_max) return fail(etcd::describe(reply));
    return after(page_pause, [this] { fetch_page(); });
  }
  const auto page = etcd::parse_range(reply.body, prefix);
  if (!page) return fail(page.error().message);
  if (load_revision_ == 0) load_revision_ = page->revision;
  for (const etcd::KeyValue& entry : page->entries) {
    if (!store::is_own_key(entry.key)) visitor_({entry.key, entry.value, entry.revision});
  }
  if (!page->more || page->entries.empty()) {
    return std::exchange(load_done_, nullptr)(load_revision_);
  }
  page_begin_ = page->entries.back().key + '\0';
  page_tries_ = 0;
  fetch_page();
}

// ---- following

void EtcdDriver::watch(Revision after, store::ChangeSink* sink) {
  ++watch_number_;
  feed_link_.stop();
  sink_ = sink;
  if (sink == nullptr) return feed_.reset();
  feed_.emplace(prefix, after);
  follow();
}

void EtcdDriver::follow() {
  feed_state_ = Feed::State::going_on;
  feed_link_.stream(feed_->request(), silence_max,
                    {[this](std::string_view piece) {
                       feed_state_ = feed_->take(
                           piece, [this](Revision revision, const std::vector<Entry>& entries) {
                             if (!entries.empty()) sink_->on_changes(revision, entries);
                           });
                       return feed_state_ == Feed::State::going_on;
                     },
                     [this](const std::string& why) { on_ended(why); }});
}

void EtcdDriver::on_ended(const std::string& why) {
  if (feed_state_ == Feed::State::compacted) {
    ground_.trace.note([&] { return options_.process + "  changes were lost: loads again"; });
    ++ground_.counts["gap in the feed"].effects;
    return sink_->on_gap();
  }
  ground_.trace.note([&] {
    return options_.process +
           "  its watch has ended: " + (feed_state_ == Feed::State::broken ? feed_->error() : why);
  });
  after(follow_pause, [this, number = watch_number_] {
    if (number == watch_number_) follow();
  });
}

// ---- the heartbeat

void EtcdDriver::announce() {
  if (options_.heartbeats) beat();
}

void EtcdDriver::retire() {
  retired_ = true;
  beat_link_.stop();
  if (lease_ != 0) beat_link_.send({etcd::revoke_path, etcd::lease_body(lease_)}, [](Reply) {});
}

void EtcdDriver::beat_later() {
  const Micros next = std::max<Micros>(0, beat_began_ + beat_time - ground_.time.now());
  after(next, [this] { beat(); });
}

void EtcdDriver::beat() {
  if (retired_) return;
  beat_began_ = ground_.time.now();
  if (lease_ != 0) {
    return beat_link_.send({etcd::keep_alive_path, etcd::lease_body(lease_)},
                           [this](const Reply& reply) {
                             const auto lease = etcd::parse_lease(reply.body);
                             const bool done = etcd::fate_of(reply) == etcd::Fate::done && lease;
                             if (!done) return beat_later();
                             if (lease->ttl_s > 0) return put_alive();
                             lease_ = 0;
                             beat();
                           });
  }
  beat_link_.send({etcd::grant_path, etcd::grant_body(lease_s)}, [this](const Reply& reply) {
    const auto lease = etcd::parse_lease(reply.body);
    const bool done = etcd::fate_of(reply) == etcd::Fate::done && lease && lease->id != 0;
    if (!done) return beat_later();
    lease_ = lease->id;
    put_alive();
  });
}

void EtcdDriver::put_alive() {
  const std::string key = core::alive_key(node_);
  const std::string owner_key = etcd::owner_key(node_);
  const std::string owner = etcd::to_owner_text(identity_, incarnation_);
  const std::string value = core::encode(core::Presence{});
  etcd::Txn txn;
  txn.compare.push_back({etcd::Compare::Of::value, owner_key, {}, owner, 0});
  txn.success.push_back(etcd::put_of(key, value, lease_));
  beat_link_.send({etcd::txn_path, etcd::txn_body(txn, prefix)}, [this](const Reply& reply) {
    const bool gone = etcd::error_message(reply.body).find("lease not found") != std::string::npos;
    if (gone) lease_ = 0;
    beat_later();
  });
}

}  // namespace dcount::world
