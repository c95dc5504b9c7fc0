// Faults of links, and partitions, which are faults of many.
#include <chrono>
#include <cmath>
#include <thread>

#include "sim/scenario/fault.h"

namespace dcount::sim {
namespace {

/// For a connection to come at all; else a reset is left out.
constexpr std::chrono::milliseconds connections_time{200};
/// For one that stays to be reset: a server that is starting refuses those that come, and on a busy
/// machine takes seconds.
constexpr std::chrono::milliseconds reset_time{5'000};
constexpr std::chrono::milliseconds between_looks{2};

Error error(std::string message) { return Error{Certainty::definite, std::move(message)}; }

std::chrono::microseconds microseconds(double milliseconds) {
  return std::chrono::microseconds(static_cast<std::int64_t>(milliseconds * 1000));
}

class LinkHurt final : public Fault {
 public:
  LinkHurt(const FaultSpec& spec, Testbed& testbed) : spec_(spec), testbed_(testbed) {}

  std::string target() const override { return target_; }
  bool over_at_once() const override { return spec_.kind == FaultKind::reset; }

  Result<void> prepare() override {
    for (const auto* end : {&spec_.target, &spec_.to}) {
      if (!*end) continue;
      std::string& name = end == &spec_.target ? from_ : to_;
      name = **end;
      if (name == "clients") continue;
      auto part = testbed_.find(**end);
      if (!part) return part.error();
      name = testbed_.name(*part);
      // No byte passes anyway: nothing would show that a fault is in effect.
      if (!testbed_.running(*part) || testbed_.stopped(*part)) return error(name + " is down");
    }
    if (from_ == to_ && !from_.empty()) return error(from_ + " is both ends now");
    target_ = from_ + (to_.empty() ? "" : "→" + to_);
    if (target_.empty()) target_ = "the cluster";
    return spec_.kind == FaultKind::reset ? wait_for_connections() : Result<void>();
  }

  Result<void> begin() override {
    const auto end = std::chrono::steady_clock::now() + reset_time;
    for (;; std::this_thread::sleep_for(between_looks)) {
      auto hurt = this->hurt();
      if (!hurt) return hurt.error();
      // Those that were open may have ended meanwhile, as the server was starting.
      const bool met_nobody =
          spec_.kind == FaultKind::reset && !testbed_.links().confirm(*hurt).has_value();
      if (!met_nobody || std::chrono::steady_clock::now() > end) {
        hurts_.push_back(std::move(*hurt));
        return {};
      }
      testbed_.links().heal(*hurt);
    }
  }

  Result<std::string> confirm() override {
    std::string evidence;
    for (const Hurt& hurt : hurts_) {
      auto confirmed = testbed_.links().confirm(hurt);
      if (!confirmed) return confirmed;
      evidence += (evidence.empty() ? "" : "; ") + *confirmed;
    }
    return evidence;
  }

  Result<void> end() override {
    for (const Hurt& hurt : hurts_) testbed_.links().heal(hurt);
    hurts_.clear();
    return {};
  }

 private:
  /// After another fault they may be about to come back.
  Result<void> wait_for_connections() const {
    const auto end = std::chrono::steady_clock::now() + connections_time;
    while (open_connections() == 0) {
      if (std::chrono::steady_clock::now() > end) return error("no connection is open to reset");
      std::this_thread::sleep_for(between_looks);
    }
    return {};
  }

  std::uint64_t open_connections() const {
    std::uint64_t open = 0;
    for (const Link* link :
         {testbed_.links().link(from_, to_), testbed_.links().link(to_, from_)}) {
      if (link != nullptr) open += link->counters().open;
    }
    return open;
  }

  OnHeal on_heal() const {
    return spec_.reset_on_heal.value_or(false) ? OnHeal::reset : OnHeal::resume;
  }

  /// Servers and members, each half with its share of both; clients reach all.
  std::vector<std::vector<std::string>> halves() {
    std::vector<std::vector<std::string>> halves(2);
    LocalCluster& cluster = testbed_.cluster();
    for (std::size_t i = 0; i < cluster.etcd().size(); ++i) {
      halves[i * 2 < cluster.etcd().size() ? 0 : 1].push_back(cluster.etcd().member(i).name());
    }
    for (std::size_t i = 0; i < cluster.servers(); ++i) {
      halves[i * 2 < cluster.servers() ? 0 : 1].push_back(cluster.server(i).name());
    }
    return halves;
  }

  /// Each member keeps its two neighbours: of five, everybody has a majority, and no two the same.
  Result<Hurt> ring() {
    const auto& members = testbed_.cluster().etcd().members();
    const std::size_t size = members.size();
    if (size < 4) return error("a ring of " + std::to_string(size) + " members cuts nothing");
    std::optional<Hurt> last;
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = i + 2; j < size; ++j) {
        if (i == 0 && j == size - 1) continue;  // neighbours
        auto hurt = testbed_.links().cut(members[i].name(), members[j].name(), on_heal());
        if (!hurt) return hurt;
        if (last) hurts_.push_back(std::move(*last));
        last = std::move(*hurt);
      }
    }
    return std::move(*last);
  }

  Result<Hurt> hurt() {
    ClusterLinks& links = testbed_.links();
    switch (spec_.kind) {
      case FaultKind::isolate:
        return links.isolate(from_, ClusterLinks::Clients::stay, on_heal());
      case FaultKind::halves:
        return links.partition(halves(), on_heal());
      case FaultKind::ring:
        return ring();
      case FaultKind::cut:
        return links.cut(from_, to_, on_heal());
      case FaultKind::one_way:
        return links.one_way(from_, to_, on_heal());
      case FaultKind::latency:
        return links.slow(from_, to_, microseconds(*spec_.latency_ms),
                          microseconds(spec_.jitter_ms.value_or(0)));
      case FaultKind::bandwidth:
        return links.bandwidth(from_, to_, static_cast<std::uint64_t>(*spec_.bytes_s));
      case FaultKind::reset:
        return links.reset(from_, to_);
      case FaultKind::refuse:
        return links.refuse(from_, to_);
      case FaultKind::hang:
        return links.hang(from_, to_, Hang::all, on_heal());
      default:
        return error("not a fault of links");
    }
  }

  const FaultSpec spec_;
  Testbed& testbed_;
  std::string from_;
  std::string to_;
  std::string target_;
  std::vector<Hurt> hurts_;
};

}  // namespace

std::unique_ptr<Fault> make_link_fault(const FaultSpec& spec, Testbed& testbed) {
  return std::make_unique<LinkHurt>(spec, testbed);
}

}  // namespace dcount::sim
