// World mode: whole runs of a cluster in virtual time, each from one seed, each in one thread.
//
//   WorldOptions options{.seed = 7, .runs = 10'000};
//   const WorldReport report = run_worlds(options, [](const WorldProgress& so_far) { … });
//
// A run is servers (the production sequencer, and the production writer and feed of etcd's
// protocol), over a simulated etcd, and clients that retry as the client library does. What happens
// (operations and faults) is a list drawn from the seed beforehand; what clients saw is judged by
// sim/check. The same seed gives the same run, byte for byte, wherever it is run. A run in which
// something is found is shrunk: events are left out while it still fails.
//
// One run in `rocks_every` is of one server over the production rocks_store, on a disk that loses
// what was not synced; its files are in memory, in a temporary directory.
//
// Thread-safety: run_worlds from any thread, several at once. `progress` is called on the caller's
// thread only.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/store/store.h"

namespace dcount::world {

enum class Engine {
  mixed,  ///< etcd, and rocks now and then
  etcd,
  rocks,
};

/// What is done to each batch on its way from the sequencer to the store: for tests that show that
/// a broken server is found. Must be deterministic, and may be called from several threads.
using Tamper = std::function<void(store::Batch& batch)>;

/// Bugs that cannot be made by changing a batch.
struct PlantedBugs {
  bool no_fence = false;      ///< a batch of unknown fate is taken for not applied
  bool no_sync = false;       ///< rocks: acknowledged before it is synced
  bool forgets_keys = false;  ///< Idempotency-Keys do not reach the sequencer
  bool stale_reads = false;   ///< reads are answered from memory
};

struct WorldOptions {
  std::uint64_t seed = 1;  ///< of the first run; the next ones have the numbers after it
  std::size_t runs = 1;
  std::size_t threads = 0;       ///< 0: one for each core
  std::size_t operations = 200;  ///< of clients, in each run
  Engine engine = Engine::mixed;
  std::size_t rocks_every = 200;  ///< with Engine::mixed; 0: never
  bool trace = false;             ///< keep the trace of the first run, found something or not
  bool shrink = true;             ///< the first failure
  std::size_t shrink_runs_max = 400;
  std::chrono::milliseconds time_max{0};  ///< begin no further run after so long; 0: no limit
  bool go_on = false;                     ///< after a failure; otherwise no further run begins
  /// Which events of the schedule happen, as WorldFailure::keep says; empty: all.
  std::string keep;
  Tamper tamper;
  PlantedBugs bugs;
};

/// How often a kind of fault was tried and how often it had its effect (a message was lost, a
/// request met a dead member, …).
struct FaultCount {
  std::uint64_t begun = 0;
  std::uint64_t effects = 0;
};

enum class WorldVerdict {
  valid,
  unknown,  ///< too little evidence
  invalid,  ///< what clients saw cannot be
  stuck,    ///< something did not end, or a server did not serve again, after all was healed
};
const char* to_string(WorldVerdict verdict);

struct WorldFailure {
  std::uint64_t seed = 0;
  WorldVerdict verdict = WorldVerdict::invalid;
  std::string judge;    ///< which one said so, and of which key
  std::string witness;  ///< for people, whole sentences
  std::size_t events_drawn = 0;
  std::size_t events_left = 0;        ///< after shrinking
  std::vector<std::string> schedule;  ///< those, one a line
  std::string keep;                   ///< those, for WorldOptions::keep: "0-3,17"
  std::string reproduce;              ///< the command
  std::string trace;                  ///< of the shrunk run
};

/// A run that was not valid, in a line.
struct WorldFinding {
  std::uint64_t seed = 0;
  WorldVerdict verdict = WorldVerdict::unknown;
  std::string judge;
  std::string why;
};
inline constexpr std::size_t world_findings_max = 100;

struct WorldReport {
  std::uint64_t first_seed = 0;
  std::size_t runs = 0;
  std::uint64_t operations = 0;  ///< of clients, final reads not counted
  std::uint64_t operations_ok = 0;
  std::uint64_t operations_unknown = 0;
  double seconds = 0;          ///< of the machine
  double virtual_seconds = 0;  ///< of all runs together
  std::map<std::string, FaultCount> faults;
  std::map<WorldVerdict, std::size_t> verdicts;
  std::optional<WorldFailure> first_failure;  ///< of the smallest seed that was found
  std::vector<WorldFinding> findings;         ///< in the order of seeds; failures before the rest
  std::string trace;                          ///< of the first run, when asked for
};

struct WorldProgress {
  std::size_t runs = 0;
  std::size_t failures = 0;
  bool shrinking = false;
};

/// Runs them all; about ten calls of `progress` a second (which may be empty).
WorldReport run_worlds(const WorldOptions& options,
                       const std::function<void(const WorldProgress&)>& progress = {});

/// The exit code that says it all: 0 valid (single runs may have too little evidence: they are
/// small), 1 invalid or stuck, 2 too little evidence in every one.
int exit_code(const WorldReport& report);

/// For people, several lines.
std::string to_text(const WorldReport& report);

/// One JSON object, on one line: runs, operations, operations_ok, operations_unknown, seconds,
/// virtual_seconds, runs_per_minute, faults {kind: {begun, effects}}, verdicts {name: number},
/// first_failure (null, or seed, verdict, judge, witness, schedule, keep, reproduce).
std::string to_json(const WorldReport& report);

}  // namespace dcount::world
