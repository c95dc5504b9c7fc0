#include "server/packages/mender.h"

#include <algorithm>
#include <future>
#include <utility>

#include "server/engine/blocking_call.h"
#include "server/packages/package_id.h"
#include "server/packages/peer.h"

namespace dcount::packages {
namespace {

// Lists that a package is mended by in one look; another look goes on.
constexpr int plans_max = 8;

constexpr std::int64_t slow_disk_bytes_s = 20 << 20;

bool is_ok(const core::Outcome& outcome) { return outcome.code == core::Code::ok; }

}  // namespace

Mender::Mender(engine::Engine& engine, const engine::Clock& clock, BlobStore& blobs,
               Transfers& transfers, Nodes nodes, const RepairOptions& options)
    : engine_(engine),
      clock_(clock),
      blobs_(blobs),
      transfers_(transfers),
      nodes_(std::move(nodes)),
      options_(options) {}

void Mender::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  if (asked_ != nullptr) asked_->cut();
}

void Mender::look_at(PackageFound& package, const Blob& blob, VerifyDepth depth,
                     RepairReport& report) {
  package.here.pkgid = blob.pkgid;
  const auto state = blobs_.verify(blob, depth);
  if (!state) {
    ++report.failed;  // it cannot be said: as if it were well, until it can
  } else if (*state == BlobState::missing) {
    static_cast<void>(blobs_.remove(blob));
    return;
  }
  BlobHere here{.sha256 = blob.sha256,
                .bytes = static_cast<std::int64_t>(blob.bytes),
                .age_ms = clock_.now().unix_ms - blob.since_ms};
  if (state && *state == BlobState::corrupt) here.condition = BlobCondition::corrupt;
  if (state && *state == BlobState::intact && depth == VerifyDepth::digest) {
    here.condition = BlobCondition::intact;
  }
  package.here.blobs.push_back(here);
  package.blobs.push_back(blob);
}

void Mender::mend(PackageFound& package, RepairReport& report) {
  for (int plans = 0; plans < plans_max && !stopping_; ++plans) {
    const auto actions = plan_repair(view(), package.here);
    if (actions.empty()) return;
    bool fine = true;
    for (const RepairAction& action : actions) {
      fine =
          fine && std::visit([&](const auto& what) { return act(what, package, report); }, action);
    }
    if (!fine && !read_again(package)) break;
  }
  ++report.failed;
}

RepairView Mender::view() const {
  RepairView view;
  view.self = options_.self;
  view.replicas = options_.replicas;
  view.grace_ms = options_.grace.count();
  view.restoring = engine_.status() != engine::Engine::Status::serving;
  for (const nodes::NodeStatus& node : nodes_().nodes) view.nodes[node.name] = node.state;
  return view;
}

/// What the store says of it now. False: it says nothing.
bool Mender::read_again(PackageFound& package) {
  const core::ReadPackage read{package_record(package.here.pkgid), {}};
  core::Outcome outcome = engine::BlockingCall(engine_).run(read);
  if (outcome.code == core::Code::not_found) {
    if (package.here.record) package.here.record->deleted = true;
    return true;
  }
  if (!is_ok(outcome)) return false;
  package.here.record = std::get<core::PackageOutcome>(std::move(outcome.value)).package;
  package.here.record->traits.meta.clear();
  return true;
}

// ---- the actions; false: it was not done

bool Mender::act(const CheckBlob& check, PackageFound& package, RepairReport&) {
  for (std::size_t i = 0; i < package.blobs.size(); ++i) {
    if (package.blobs[i].sha256 != check.sha256) continue;
    const auto state = blobs_.verify(package.blobs[i], VerifyDepth::digest);
    if (!state) return false;
    BlobHere& here = package.here.blobs[i];
    here.condition = *state == BlobState::intact ? BlobCondition::intact : BlobCondition::corrupt;
  }
  return true;
}

bool Mender::act(const DropBlob& drop, PackageFound& package, RepairReport& report) {
  using Reason = DropBlob::Reason;
  const bool unknown = drop.reason == Reason::extra || drop.reason == Reason::expired;
  // Our list of records may be behind the store.
  if (unknown && is_wanted(package, drop.sha256)) return false;
  if (!all_have_it(drop.keepers, package, drop.sha256)) return false;
  if (!remove(package, drop.sha256)) return false;
  if (drop.reason == Reason::extra) ++report.extra;
  if (drop.reason == Reason::expired) ++report.expired;
  if (drop.reason == Reason::corrupt) ++report.corrupt;
  if (drop.reason == Reason::surplus) ++report.trimmed;
  return true;
}

bool Mender::act(const LeaveHolders&, PackageFound& package, RepairReport& report) {
  if (!change_holders(package, {}, {options_.self})) return false;
  package.here.left = true;
  if (!package.noted) ++report.missing;
  return true;
}

bool Mender::act(const JoinHolders&, PackageFound& package, RepairReport& report) {
  if (!change_holders(package, {options_.self}, {})) return false;
  ++(package.copied ? report.copied : report.adopted);
  return true;
}

bool Mender::act(const CopyHere& copy, PackageFound& package, RepairReport& report) {
  core::Package wanted = *package.here.record;
  wanted.holders = copy.from;
  std::promise<Brought> promise;
  auto brought = promise.get_future();
  transfers_.bring(wanted, [&promise](const Brought& what) { promise.set_value(what); });
  const Brought what = brought.get();
  if (!what.blob) return false;
  package.copied = true;
  const std::size_t before = package.blobs.size();
  look_at(package, *what.blob, VerifyDepth::length, report);
  if (package.blobs.size() == before) return false;             // gone again
  package.here.blobs.back().condition = BlobCondition::intact;  // its digest was right
  return true;
}

bool Mender::act(const ForgetHolder& forget, PackageFound& package, RepairReport& report) {
  if (!change_holders(package, {}, {forget.name})) return false;
  ++report.dropped;
  return true;
}

bool Mender::act(const LeaveAndDrop& drop, PackageFound& package, RepairReport& report) {
  if (!all_have_it(drop.keepers, package, drop.sha256)) return false;
  if (!change_holders(package, {}, {options_.self})) return false;
  if (!remove(package, drop.sha256)) return false;
  ++report.trimmed;
  return true;
}

/// Whether the store has this package with this digest, or cannot be asked, or has not all now.
bool Mender::is_wanted(const PackageFound& package, const std::string& sha256) const {
  const core::ReadPackage read{package_record(package.here.pkgid), {}};
  const core::Outcome outcome = engine::BlockingCall(engine_).run(read);
  if (engine_.status() != engine::Engine::Status::serving) return true;
  if (outcome.code == core::Code::not_found) return false;
  if (!is_ok(outcome)) return true;
  return std::get<core::PackageOutcome>(outcome.value).package.traits.sha256 == sha256;
}

bool Mender::all_have_it(const std::vector<std::string>& keepers, const PackageFound& package,
                         const std::string& sha256) {
  const auto nodes = nodes_().nodes;
  return std::ranges::all_of(keepers, [&](const std::string& name) {
    const auto node = std::ranges::find(nodes, name, &nodes::NodeStatus::name);
    if (node == nodes.end() || node->addresses.internal.empty()) return false;
    return has_it(node->addresses.internal, package, sha256);
  });
}

bool Mender::has_it(const std::string& address, const PackageFound& package,
                    const std::string& sha256) {
  Peer peer(address, transfers_.peer());
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    asked_ = &peer;
  }
  // Time for a slow disk to read it, and not for a process that does not answer.
  const std::int64_t bytes = package.here.record ? package.here.record->traits.bytes : 0;
  const bool has = peer.has_intact(package.here.pkgid, sha256,
                                   std::chrono::seconds(10 + bytes / slow_disk_bytes_s));
  const std::lock_guard lock(mutex_);
  asked_ = nullptr;
  return has;
}

bool Mender::remove(PackageFound& package, const std::string& sha256) {
  for (std::size_t i = 0; i < package.blobs.size(); ++i) {
    if (package.blobs[i].sha256 != sha256) continue;
    if (!blobs_.remove(package.blobs[i])) return false;
    const auto at = static_cast<std::ptrdiff_t>(i);
    package.blobs.erase(package.blobs.begin() + at);
    package.here.blobs.erase(package.here.blobs.begin() + at);
    return true;
  }
  return true;
}

/// False: the record is not the one that was planned with, or the store did not take it.
bool Mender::change_holders(PackageFound& package, std::vector<std::string> add,
                            std::vector<std::string> remove) {
  core::ChangeHolders change{.record = package_record(package.here.pkgid),
                             .add = std::move(add),
                             .remove = std::move(remove),
                             .seen_version = package.here.record->version};
  core::Outcome outcome = engine::BlockingCall(engine_).run(std::move(change));
  if (!is_ok(outcome)) return false;
  package.here.record = std::get<core::PackageOutcome>(std::move(outcome.value)).package;
  package.here.record->traits.meta.clear();
  return true;
}

}  // namespace dcount::packages
