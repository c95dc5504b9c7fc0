#include "server/packages/repairer.h"

#include <algorithm>
#include <utility>

#include "server/engine/blocking_call.h"

namespace dcount::packages {
namespace {

constexpr std::chrono::milliseconds look_time{500};  ///< between looks at who is there
constexpr std::size_t records_per_page = 200;        // each of them may have a long meta.json

}  // namespace

Repairer::Repairer(engine::Engine& engine, const engine::Clock& clock, BlobStore& blobs,
                   Transfers& transfers, Nodes nodes, RepairOptions options)
    : engine_(engine),
      clock_(clock),
      blobs_(blobs),
      nodes_(std::move(nodes)),
      options_(std::move(options)),
      mender_(engine, clock, blobs, transfers, nodes_, options_) {}

Repairer::~Repairer() { stop(); }

void Repairer::start() {
  thread_ = std::thread([this] { work(); });
}

void Repairer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    mender_.stop();
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

void Repairer::note_missing(const std::string& pkgid) {
  const std::lock_guard lock(mutex_);
  noted_missing_.insert(pkgid);
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
    std::set<std::string> noted;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, look_time, [&] { return stopping_ || woken_ || !asked_.empty(); });
      if (stopping_) return;
      const nodes::NodeSnapshot snapshot = nodes_();
      if (!snapshot.listed) {  // to an empty list everybody looks forgotten
        wake_.wait_for(lock, look_time, [&] { return stopping_.load(); });
        continue;
      }
      auto now_there = who_is_there(snapshot);
      const bool changed = now_there != there;
      if (!woken_ && asked_.empty() && !changed && Steady::now() < next) continue;
      there = std::move(now_there);
      woken_ = false;
      asked.swap(asked_);
      noted.swap(noted_missing_);
    }
    const bool deep = !asked.empty() || Steady::now() >= next_deep;
    const RepairReport report = pass(deep, noted);
    next = Steady::now() + options_.period;
    if (deep && report.trouble.empty()) next_deep = Steady::now() + options_.deep_period;
    {
      const std::lock_guard lock(mutex_);
      total_ += report;
    }
    if (options_.on_mended && !report.summary().empty()) options_.on_mended(report);
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

RepairReport Repairer::pass(bool deep, const std::set<std::string>& noted) {
  const auto begun = Steady::now();
  RepairReport report;
  report.missing = noted.size();
  std::map<std::string, PackageFound> found;
  // In this order: who is listed was told so after its copy was durable.
  if (read_records(found, report)) {
    // A store that has never heard of a package is one that has been lost, and is to be restored:
    // what is on the disk is then all that is left.
    const bool knows_some = !found.empty();
    read_blobs(found, deep, report);
    for (auto& [pkgid, package] : found) {
      if (stopping_ || !report.trouble.empty()) break;
      ++report.checked;
      package.noted = noted.contains(pkgid);
      if (knows_some) mender_.mend(package, report);
    }
  }
  report.seconds = std::chrono::duration<double>(Steady::now() - begun).count();
  return report;
}

/// False: the store cannot be asked, or has not everything now.
bool Repairer::read_records(std::map<std::string, PackageFound>& found, RepairReport& report) {
  engine::BlockingCall call(engine_);
  core::ListPackages list{.owner = {}, .after = {}, .limit = records_per_page, .deleted = true};
  do {
    core::Outcome outcome = call.run({.body = list, .idempotency = {}, .stale = true});
    const bool whole = engine_.status() == engine::Engine::Status::serving;
    if (outcome.code != core::Code::ok || !whole || stopping_) {
      report.trouble = whole ? "the store cannot be asked" : "a restore is not complete";
      return false;
    }
    auto& page = std::get<core::PackageListOutcome>(outcome.value);
    for (core::Package& package : page.packages) {
      package.deleted = package.deleted || package.expired(clock_.now().unix_ms);
      package.traits.meta.clear();
      PackageFound& one = found[package.traits.pkgid];
      one.here.pkgid = package.traits.pkgid;
      one.here.record = std::move(package);
    }
    list.after = page.next;
  } while (!list.after.empty());
  return true;
}

void Repairer::read_blobs(std::map<std::string, PackageFound>& found, bool deep,
                          RepairReport& report) {
  for (const Blob& blob : blobs_.list()) {
    if (stopping_) return;
    mender_.look_at(found[blob.pkgid], blob, deep ? VerifyDepth::digest : VerifyDepth::length,
                    report);
  }
}

}  // namespace dcount::packages
