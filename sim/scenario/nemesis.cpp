#include "sim/scenario/nemesis.h"

#include <algorithm>
#include <thread>

#include "sim/scenario/hiding.h"

namespace dcount::sim {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds tick_time{50};

Clock::duration duration(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

/// Faults that end a process.
bool ends_processes(FaultKind kind) {
  return kind == FaultKind::kill || kind == FaultKind::restart || kind == FaultKind::fail_sync ||
         kind == FaultKind::disk_full;
}

}  // namespace

Nemesis::Nemesis(const std::vector<FaultSpec>& faults, Testbed& testbed, Recorder& recorder)
    : faults_(faults), testbed_(testbed), recorder_(recorder) {}

void Nemesis::note(const Active& active, const char* phase, const std::string& evidence) {
  Json value{{"fault", active.number}, {"phase", phase}, {"target", active.fault->target()}};
  if (!evidence.empty()) value["evidence"] = evidence;
  recorder_.nemesis(name(active.spec->kind), value);
}

void Nemesis::begin(const FaultSpec& spec) {
  Active active{0, &spec, make_fault(spec, testbed_), false, {}};
  if (!active.fault->prepare()) {
    ++skipped_;
    return;
  }
  active.number = ++begun_;
  note(active, "begin");  // before it can have an effect
  if (ends_processes(spec.kind)) ended_.insert(active.fault->target());
  if (auto began = active.fault->begin(); !began) {
    note(active, "failed", began.error().message);
  } else {
    confirm(active, active.fault->over_at_once());
  }
  if (active.fault->over_at_once()) {
    end(active);
    return;
  }
  active.ends = Clock::now() + duration(*spec.for_s);
  active_.push_back(std::move(active));
}

/// What cannot be seen while another fault hurts the same is looked for again at the end.
void Nemesis::confirm(Active& active, bool last) {
  const auto confirmed = active.fault->confirm();
  active.confirmed = confirmed.has_value();
  const std::string target = active.fault->target();
  active.overlapped |= std::any_of(active_.begin(), active_.end(), [&](const Active& other) {
    return other.number != active.number && can_hide(other.spec->kind) &&
           touch(other.fault->target(), target);
  });
  // A reader is seen not to read once something comes for it: a cluster may still be recovering.
  const bool later = active.overlapped || active.spec->kind == FaultKind::slow_reader;
  active.open = !confirmed && later && !last;
  if (active.open) return;
  const bool hidden = !confirmed && active.overlapped && can_be_hidden(active.spec->kind);
  note(active,
       confirmed ? "confirmed"
       : hidden  ? "hidden"
                 : "failed",
       confirmed ? *confirmed : confirmed.error().message);
}

std::string Nemesis::end(Active& active) {
  if (active.open) confirm(active, true);
  auto ended = active.fault->end();
  note(active, "end", ended ? "" : ended.error().message);
  // Unconfirmed, it may come yet: a server that meets its bad disk late.
  if (ended && active.confirmed && ends_processes(active.spec->kind)) {
    ended_.erase(ended_.find(active.fault->target()));
  }
  return ended ? "" : ended.error().message;
}

void Nemesis::run(std::chrono::milliseconds end_time, const std::function<bool()>& tick) {
  const auto start = Clock::now();
  auto next = faults_.begin();
  // What was due before the end begins, late as it may be.
  const auto is_due = [&](auto fault) {
    return fault != faults_.end() && duration(*fault->at_s) < end_time;
  };
  for (auto last_tick = start; Clock::now() < start + end_time || is_due(next);) {
    const auto now = Clock::now();
    auto due = std::min(start + end_time, now + tick_time);
    for (auto active = active_.begin(); active != active_.end();) {
      if (active->ends <= now) {
        end(*active);
        active = active_.erase(active);
      } else {
        due = std::min(due, active->ends);
        ++active;
      }
    }
    if (next != faults_.end()) {
      const auto at = start + duration(*next->at_s);
      if (at <= now) {
        begin(*next++);
        continue;
      }
      due = std::min(due, at);
    }
    if (now - last_tick >= tick_time) {
      if (!tick()) return;
      last_tick = now;
    }
    std::this_thread::sleep_until(due);
  }
}

void Nemesis::confirm_links() {
  for (Active& active : active_) {
    if (active.open && can_be_hidden(active.spec->kind)) confirm(active, true);
  }
}

std::string Nemesis::end_all() {
  std::string wrong;
  std::stable_partition(active_.begin(), active_.end(), [](const Active& active) {
    return active.spec->kind != FaultKind::membership;
  });
  for (Active& active : active_) {
    const std::string error = end(active);
    if (!error.empty()) wrong += (wrong.empty() ? "" : "; ") + error;
  }
  active_.clear();
  return wrong;
}

}  // namespace dcount::sim
