#include "server/packages/repairer.h"

#include <algorithm>
#include <future>
#include <type_traits>
#include <utility>

#include "server/engine/blocking_call.h"
#include "server/packages/package_id.h"

namespace dcount::packages {
namespace {

constexpr std::chrono::milliseconds look_time{500};  ///< between looks at who is there
constexpr std::size_t records_per_page = 1000;

// Lists that a package is mended by in one pass; another pass goes on.
constexpr int plans_max = 8;

bool is_ok(const core::Outcome& outcome) { return outcome.code == core::Code::ok; }

}  // namespace

RepairReport& RepairReport::operator+=(const RepairReport& other) {
  checked += other.checked;
  missing += other.missing;
  corrupt += other.corrupt;
  extra += other.extra;
  expired += other.expired;
  copied += other.copied;
  adopted += other.adopted;
  trimmed += other.trimmed;
  dropped += other.dropped;
  failed += other.failed;
  seconds += other.seconds;
  trouble = other.trouble;
  return *this;
}

/// One package, as the store and our disk have it.
struct Repairer::Found {
  PackageHere here;
  std::vector<Blob> blobs;  ///< as here.blobs
  bool copied = false;      ///< in this pass
};

Repairer::Repairer(engine::Engine& engine, const engine::Clock& clock, BlobStore& blobs,
                   Transfers& transfers, Nodes nodes, RepairOptions options)
    : engine_(engine),
      clock_(clock),
      blobs_(blobs),
      transfers_(transfers),
      nodes_(std::move(nodes)),
      options_(std::move(options)) {}

Repairer::~Repairer() { stop(); }

void Repairer::start() {
  thread_ = std::thread([this] { work(); });
}

void Repairer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  std::vector<Done> asked;
  {
    const std::lock_guard lock(mutex_);
    asked.swap(asked_);
  }
  RepairReport report;
  report.trouble = "the server is stopping";
  for (const Done& done : asked) done(report);
}

void Repairer::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  wake_.notify_all();
}

void Repairer::repair(Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      asked_.push_back(std::move(done));
      wake_.notify_all();
      return;
    }
  }
  RepairReport report;
  report.trouble = "the server is stopping";
  done(report);
}

RepairReport Repairer::total() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

void Repairer::work() {
  Steady::time_point next = Steady::now();
  Steady::time_point next_deep = next;
  std::vector<std::string> there;
  for (;;) {
    std::vector<Done> asked;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, look_time, [&] { return stopping_ || woken_ || !asked_.empty(); });
      if (stopping_) return;
      const nodes::NodeSnapshot snapshot = nodes_();
      if (!snapshot.listed) continue;  // to an empty list everybody looks forgotten
      auto now_there = who_is_there(snapshot);
      const bool changed = now_there != there;
      if (!woken_ && asked_.empty() && !changed && Steady::now() < next) continue;
      there = std::move(now_there);
      woken_ = false;
      asked.swap(asked_);
    }
    const bool deep = !asked.empty() || Steady::now() >= next_deep;
    const RepairReport report = pass(deep);
    next = Steady::now() + options_.period;
    if (deep && report.trouble.empty()) next_deep = Steady::now() + options_.deep_period;
    {
      const std::lock_guard lock(mutex_);
      total_ += report;
    }
    for (const Done& done : asked) done(report);
  }
}

/// Who is a node, and who of them is dead.
std::vector<std::string> Repairer::who_is_there(const nodes::NodeSnapshot& snapshot) {
  std::vector<std::string> there;
  for (const nodes::NodeStatus& node : snapshot.nodes) {
    const bool dead = node.state == nodes::NodeState::dead;
    there.push_back(node.name + (dead ? " dead" : ""));
  }
  return there;
}

RepairReport Repairer::pass(bool deep) {
  const auto begun = Steady::now();
  RepairReport report;
  std::map<std::string, Found> found;
  // In this order: who is listed was told so after its copy was durable.
  if (read_records(found, report)) {
    read_blobs(found, deep, report);
    for (auto& [pkgid, package] : found) {
      if (stopping_ || !report.trouble.empty()) break;
      ++report.checked;
      mend(package, report);
    }
  }
  report.seconds = std::chrono::duration<double>(Steady::now() - begun).count();
  return report;
}

/// False: the store cannot be asked, or has not everything now.
bool Repairer::read_records(std::map<std::string, Found>& found, RepairReport& report) {
  engine::BlockingCall call(engine_);
  core::ListPackages list{.owner = {}, .after = {}, .limit = records_per_page, .deleted = true};
  do {
    core::Outcome outcome = call.run({.body = list, .idempotency = {}, .stale = true});
    const bool whole = engine_.status() == engine::Engine::Status::serving;
    if (!is_ok(outcome) || !whole || stopping_) {
      report.trouble = whole ? "the store cannot be asked" : "a restore is not complete";
      return false;
    }
    auto& page = std::get<core::PackageListOutcome>(outcome.value);
    for (core::Package& package : page.packages) {
      package.deleted = package.deleted || package.expired(clock_.now().unix_ms);
      package.traits.meta.clear();
      Found& one = found[package.traits.pkgid];
      one.here.pkgid = package.traits.pkgid;
      one.here.record = std::move(package);
    }
    list.after = page.next;
  } while (!list.after.empty());
  return true;
}

void Repairer::read_blobs(std::map<std::string, Found>& found, bool deep, RepairReport& report) {
  for (const Blob& blob : blobs_.list()) {
    if (stopping_) return;
    look_at(found[blob.pkgid], blob, deep ? VerifyDepth::digest : VerifyDepth::length, report);
  }
}

/// Notes what there is of a blob; one whose file is gone is forgotten.
void Repairer::look_at(Found& package, const Blob& blob, VerifyDepth depth, RepairReport& report) {
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

void Repairer::mend(Found& package, RepairReport& report) {
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

RepairView Repairer::view() const {
  RepairView view;
  view.self = options_.self;
  view.replicas = options_.replicas;
  view.grace_ms = options_.grace.count();
  view.restoring = engine_.status() != engine::Engine::Status::serving;
  for (const nodes::NodeStatus& node : nodes_().nodes) view.nodes[node.name] = node.state;
  return view;
}

/// What the store says of it now. False: it says nothing.
bool Repairer::read_again(Found& package) {
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

bool Repairer::act(const CheckBlob& check, Found& package, RepairReport&) {
  for (std::size_t i = 0; i < package.blobs.size(); ++i) {
    if (package.blobs[i].sha256 != check.sha256) continue;
    const auto state = blobs_.verify(package.blobs[i], VerifyDepth::digest);
    if (!state) return false;
    BlobHere& here = package.here.blobs[i];
    here.condition = *state == BlobState::intact ? BlobCondition::intact : BlobCondition::corrupt;
  }
  return true;
}

bool Repairer::act(const DropBlob& drop, Found& package, RepairReport& report) {
  using Reason = DropBlob::Reason;
  const bool unknown = drop.reason == Reason::extra || drop.reason == Reason::expired;
  // Our list of records may be behind the store.
  if (unknown && is_wanted(package, drop.sha256)) return false;
  if (!all_have_it(drop.keepers, package.here.pkgid, drop.sha256)) return false;
  if (!remove(package, drop.sha256)) return false;
  if (drop.reason == Reason::extra) ++report.extra;
  if (drop.reason == Reason::expired) ++report.expired;
  if (drop.reason == Reason::corrupt) ++report.corrupt;
  if (drop.reason == Reason::surplus) ++report.trimmed;
  return true;
}

bool Repairer::act(const LeaveHolders&, Found& package, RepairReport& report) {
  if (!change_holders(package, {}, {options_.self})) return false;
  ++report.missing;
  return true;
}

bool Repairer::act(const JoinHolders&, Found& package, RepairReport& report) {
  if (!change_holders(package, {options_.self}, {})) return false;
  ++(package.copied ? report.copied : report.adopted);
  return true;
}

bool Repairer::act(const CopyHere& copy, Found& package, RepairReport& report) {
  core::Package wanted = *package.here.record;
  wanted.holders = copy.from;
  std::promise<Brought> promise;
  auto brought = promise.get_future();
  transfers_.bring(wanted, [&promise](const Brought& what) { promise.set_value(what); });
  const Brought what = brought.get();
  if (!what.blob) return false;
  package.copied = true;
  look_at(package, *what.blob, VerifyDepth::length, report);
  package.here.blobs.back().condition = BlobCondition::intact;  // its digest was right
  return true;
}

bool Repairer::act(const ForgetHolder& forget, Found& package, RepairReport& report) {
  if (!change_holders(package, {}, {forget.name})) return false;
  ++report.dropped;
  return true;
}

bool Repairer::act(const LeaveAndDrop& drop, Found& package, RepairReport& report) {
  if (!all_have_it(drop.keepers, package.here.pkgid, drop.sha256)) return false;
  if (!change_holders(package, {}, {options_.self})) return false;
  if (!remove(package, drop.sha256)) return false;
  ++report.trimmed;
  return true;
}

/// Whether the store has this package with this digest, or cannot be asked.
bool Repairer::is_wanted(const Found& package, const std::string& sha256) const {
  const core::ReadPackage read{package_record(package.here.pkgid), {}};
  const core::Outcome outcome = engine::BlockingCall(engine_).run(read);
  if (outcome.code == core::Code::not_found) return false;
  if (!is_ok(outcome)) return true;
  return std::get<core::PackageOutcome>(outcome.value).package.traits.sha256 == sha256;
}

bool Repairer::all_have_it(const std::vector<std::string>& keepers, const std::string& pkgid,
                           const std::string& sha256) const {
  const auto nodes = nodes_().nodes;
  return std::ranges::all_of(keepers, [&](const std::string& name) {
    const auto node = std::ranges::find(nodes, name, &nodes::NodeStatus::name);
    if (node == nodes.end() || node->addresses.internal.empty()) return false;
    return Peer(node->addresses.internal, transfers_.peer()).has_intact(pkgid, sha256);
  });
}

bool Repairer::remove(Found& package, const std::string& sha256) {
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
bool Repairer::change_holders(Found& package, std::vector<std::string> add,
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
