#include "sim/world/faults.h"

#include <utility>

namespace dcount::world {
namespace {

constexpr Micros clock_off_allowed = 2 * second;

}  // namespace

Faults::Faults(Ground& ground, const Schedule& schedule, Machines& machines, Calls& calls,
               RocksDisk* disk)
    : ground_(ground), schedule_(schedule), machines_(machines), calls_(calls), disk_(disk) {
  if (disk_ == nullptr) return;
  machines_.on_ended = [this](std::size_t) { disk_->on_process_ended(); };
}

void Faults::after(Micros span, std::function<void()> action) {
  ground_.time.after(span, [this, action = std::move(action)] {
    if (!healed_) action();
  });
}

void Faults::begin(const Event& event) {
  FaultCount& count = ground_.counts[to_string(event.fault)];
  ++count.begun;
  const bool done = begin_at_server(event) || begin_on_network(event) || begin_in_etcd(event) ||
                    begin_on_disk(event);
  // The others' effects are counted where they show.
  const bool counted_there = event.fault == FaultKind::commit_mishap ||
                             event.fault == FaultKind::call_mishap ||
                             event.fault == FaultKind::move_clock;
  if (done && !counted_there) ++count.effects;
}

// ---- servers

bool Faults::pause_server(const Event& event) {
  SimulatedServer* process = machines_.current(event.a);
  if (process == nullptr || process->paused()) return false;
  process->pause();
  ground_.time.after(event.span, [process] { process->resume(); });
  return true;
}

bool Faults::move_clock(const Event& event) {
  SimulatedServer* process = machines_.current(event.a);
  if (process == nullptr) return false;
  process->move_clock(event.by);
  if (event.by <= clock_off_allowed) return true;
  after(event.span, [this, process, server = event.a] {
    if (machines_.current(server) != process) return;
    machines_.kill(server);
    machines_.start(server);
  });
  return true;
}

bool Faults::begin_at_server(const Event& event) {
  const auto start_again = [this, server = event.a] { machines_.start(server); };
  switch (event.fault) {
    case FaultKind::kill_server:
      if (!machines_.kill(event.a)) return false;
      after(event.span, start_again);
      return true;
    case FaultKind::stop_server:
      return machines_.stop(event.a);
    case FaultKind::pause_server:
      return pause_server(event);
    case FaultKind::replace_server:
      return machines_.replace(event.a, event.span);
    case FaultKind::move_clock:
      return move_clock(event);
    case FaultKind::call_mishap:
      calls_.arm(event.a, event.mishap);
      return true;
    default:
      return false;
  }
}

// ---- the network

bool Faults::isolate_server(const Event& event) {
  Network& network = *ground_.network;
  bool some = false;
  for (std::size_t member = 0; member < schedule_.etcd.members; ++member) {
    if (!network.cut(event.a, member)) continue;
    some = true;
    after(event.span, [&network, server = event.a, member] { network.mend(server, member); });
  }
  return some;
}

bool Faults::begin_on_network(const Event& event) {
  Network& network = *ground_.network;
  switch (event.fault) {
    case FaultKind::cut_server:
      if (!network.cut(event.a, event.b)) return false;
      after(event.span, [&network, a = event.a, b = event.b] { network.mend(a, b); });
      return true;
    case FaultKind::isolate_server:
      return isolate_server(event);
    case FaultKind::reset_server:
      for (std::size_t i = 0; i < schedule_.etcd.members; ++i) network.reset(event.a, i);
      return true;
    case FaultKind::commit_mishap:
      network.arm(event.a, event.mishap);
      return true;
    case FaultKind::compact_behind: {
      Event cut = event;
      isolate_server(cut);
      const auto back = static_cast<Revision>(event.b);
      after(event.span * 9 / 10, [this, back] { ground_.etcd->compact(back); });
      for (std::size_t i = 0; i < schedule_.etcd.members; ++i) network.reset(event.a, i);
      return true;
    }
    default:
      return false;
  }
}

// ---- etcd

bool Faults::isolate_leader(const Event& event) {
  SimulatedEtcd& etcd = *ground_.etcd;
  if (etcd.leader() < 0) return false;
  const auto leader = static_cast<std::size_t>(etcd.leader());
  for (std::size_t member = 0; member < etcd.members(); ++member) {
    if (!etcd.cut(leader, member)) continue;
    after(event.span, [&etcd, leader, member] { etcd.mend(leader, member); });
  }
  return true;
}

bool Faults::begin_in_etcd(const Event& event) {
  SimulatedEtcd& etcd = *ground_.etcd;
  switch (event.fault) {
    case FaultKind::kill_leader:
    case FaultKind::kill_member: {
      if (event.fault == FaultKind::kill_leader && etcd.leader() < 0) return false;
      const auto member =
          event.fault == FaultKind::kill_leader ? static_cast<std::size_t>(etcd.leader()) : event.a;
      if (!etcd.kill(member)) return false;
      after(event.span, [&etcd, member] { etcd.start(member); });
      return true;
    }
    case FaultKind::pause_member:
      if (!etcd.pause(event.a)) return false;
      after(event.span, [&etcd, member = event.a] { etcd.resume(member); });
      return true;
    case FaultKind::cut_members:
      if (!etcd.cut(event.a, event.b)) return false;
      after(event.span, [&etcd, a = event.a, b = event.b] { etcd.mend(a, b); });
      return true;
    case FaultKind::isolate_leader:
      return isolate_leader(event);
    case FaultKind::change_leader:
      return etcd.change_leader(event.span);
    case FaultKind::compact:
      return etcd.compact(static_cast<Revision>(event.b));
    case FaultKind::full:
      etcd.set_full(true);
      after(event.span, [&etcd] { etcd.set_full(false); });
      return true;
    default:
      return false;
  }
}

// ---- the disk

void Faults::power_off(std::size_t server) {
  machines_.kill(server);
  machines_.start(server);
}

bool Faults::begin_on_disk(const Event& event) {
  if (disk_ == nullptr) return false;
  const auto repair = [this, server = event.a] {
    disk_->repair();
    power_off(server);
  };
  switch (event.fault) {
    case FaultKind::power_cut:
      disk_->cut_power(static_cast<int>(event.b), static_cast<int>(event.mishap.delay));
      after(event.span, repair);
      return true;
    case FaultKind::fail_syncs:
      disk_->fail_syncs();
      after(event.span, repair);
      return true;
    case FaultKind::disk_full:
      disk_->fail_writes();
      after(event.span, repair);
      return true;
    default:
      return false;
  }
}

// ---- the end of it all

void Faults::heal() {
  healed_ = true;
  for (std::size_t server = 0; server < machines_.size(); ++server) {
    for (std::size_t member = 0; member < schedule_.etcd.members; ++member) {
      ground_.network->mend(server, member);
    }
  }
  ground_.network->clear_mishaps();
  calls_.clear_mishaps();
  SimulatedEtcd& etcd = *ground_.etcd;
  etcd.set_full(false);
  for (std::size_t a = 0; a < etcd.members(); ++a) {
    etcd.start(a);
    etcd.resume(a);
    for (std::size_t b = 0; b < a; ++b) etcd.mend(a, b);
  }
  if (disk_ != nullptr) disk_->repair();
  for (std::size_t server = 0; server < machines_.size(); ++server) {
    SimulatedServer* process = machines_.current(server);
    const bool wrong = process != nullptr &&
                       (process->clock_off() > clock_off_allowed / 2 || process->suspended());
    if (disk_ != nullptr || wrong) machines_.kill(server);
    machines_.start(server);
  }
}

}  // namespace dcount::world
