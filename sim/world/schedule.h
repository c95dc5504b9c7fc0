// What happens in a run, drawn from its seed beforehand: how big everything is, what clients do,
// and what goes wrong. Events are independent of each other, so that some can be left out.
//
// Thread-safety: values, pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/world/network.h"
#include "sim/world/simulated_etcd.h"
#include "sim/world/world_runs.h"

namespace dcount::world {

/// What a client does next. Keys are places in Schedule::keys.
struct PlannedOperation {
  enum class Kind {
    add,
    read,
    reset,
    remove,
    transfer,  ///< a batch: from `key` to `other`
    next,
    reserve,
    confirm,  ///< what this client has reserved and not ended yet; otherwise reserves
    release,
    items,
    items_of_two,  ///< of `key` and of `other`
    count,
    members,
  };
  Kind kind = Kind::read;
  std::size_t key = 0;
  std::size_t other = 0;
  std::int64_t amount = 1;  ///< a delta, how many numbers, the first item's number
  bool creates = false;
  bool keyed = true;  ///< has an Idempotency-Key, and so is tried again
};

enum class FaultKind {
  kill_server,     ///< `a`, back after `span`
  stop_server,     ///< a clean stop; back after `span`
  pause_server,    ///< for `span`
  replace_server,  ///< it is stopped, another process takes its name, then it goes on
  cut_server,      ///< `a` from member `b`
  isolate_server,  ///< `a` from all members
  reset_server,    ///< all its connections to etcd break
  commit_mishap,   ///< of the next commit of `a`
  call_mishap,     ///< of the next call of client `a`
  kill_member,
  pause_member,
  cut_members,  ///< `a` from `b`
  isolate_leader,
  kill_leader,
  change_leader,   ///< none for `span`
  compact,         ///< up to `b` revisions ago
  compact_behind,  ///< while `a` is cut off: its feed is behind
  full,
  move_clock,  ///< of `a`, by `by`; beyond 2 s it is replaced after `span`
  power_cut,   ///< rocks: within the next commit, after `b` steps; `tail`
  fail_syncs,
  disk_full,
};
inline constexpr int fault_kinds = static_cast<int>(FaultKind::disk_full) + 1;
const char* to_string(FaultKind kind);

struct Event {
  Micros at = 0;
  bool is_fault = false;
  std::size_t client = 0;
  PlannedOperation operation;
  FaultKind fault = FaultKind::kill_server;
  std::size_t a = 0;
  std::size_t b = 0;
  Micros span = 0;
  Micros by = 0;
  Mishap mishap;
};

struct Key {
  enum class Kind { counter, sequence, items };
  Kind kind = Kind::counter;
  std::string name;  ///< as in histories: "c/hot", "strict"
};

struct Schedule {
  std::uint64_t seed = 0;
  bool rocks = false;
  std::size_t servers = 3;
  std::size_t clients = 4;
  EtcdShape etcd;
  Latency server_latency;  ///< to etcd
  Latency client_latency;
  bool heartbeats = true;  ///< without them streams fall silent, and are opened again
  std::int64_t page_entries = 2000;
  std::int64_t reservation_ms = 2000;
  std::vector<Key> keys;
  std::vector<Event> events;  ///< in the order of time
  Micros end = 0;             ///< of all of them, spans included: then everything is healed

  std::size_t key_named(const std::string& name) const;
};

Schedule draw_schedule(std::uint64_t seed, bool rocks, std::size_t operations);

/// "at 12.3 ms  kill node-2, back after 800 ms"
std::string to_text(const Event& event, const Schedule& schedule);

/// "0-3,17" and back. All places of `count` for an empty text.
std::string to_keep(const std::vector<std::size_t>& places);
std::vector<std::size_t> parse_keep(const std::string& text, std::size_t count);

/// Only these events. All the rest, and the end, is as it was.
Schedule only(const Schedule& schedule, const std::vector<std::size_t>& places);

}  // namespace dcount::world
