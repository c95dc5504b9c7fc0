// A scenario: a cluster, what its clients do, what is done to it, and what must hold then. One JSON
// file (docs/harness.md).
//
// What a scenario leaves out, the run's seed decides (draw.h): swarm testing (Groce et al. 2012).
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "server/store/result.h"
#include "sim/scenario/fields.h"

namespace dcount::sim {

enum class EngineKind { embedded, etcd };

struct ClusterSpec {
  EngineKind engine = EngineKind::embedded;
  std::int64_t servers = 1;
  std::int64_t members = 3;  ///< of etcd; not looked at when embedded
  std::string plant;         ///< a bug of dcount-faulty's (sim/faulty/plants.h); empty: none
  std::optional<std::int64_t> replicas;  ///< copies of a package; none: as many as by default
  /// Options of `dcount server`, beyond those that make it part of the cluster.
  std::vector<std::string> server_options;
};

enum class WorkloadKind {
  counters,
  sequence,
  items,
  packages,
  tails,   ///< subscribers to the scenario's counters
  mirror,  ///< `dcount mirror` of them into a file of SQLite
};
/// What is under way at the moment of a kill.
enum class Amid { upload, transfer, repair };
enum class Deltas { one, mixed };
enum class Mode { strict, cached, gapless };
enum class TailFormat {
  ndjson,
  sse,
  ws,
  lockstep,
  mixed,  ///< each in turn
};
enum class Watch {
  all,         ///< all counters
  collection,  ///< those of one workload
  keys,        ///< one to three of them
  mixed,       ///< each in turn
};
enum class Reach {
  home,  ///< each client knows one server
  all,   ///< each knows all, and goes to another one when one fails it
};

/// Clients that all do the same. Shares are parts of the operations, from 0 to 1; what remains are
/// increments, draws or items.
struct WorkloadSpec {
  WorkloadKind kind = WorkloadKind::counters;
  std::optional<std::int64_t> clients;
  std::optional<double> rate;  ///< operations a second, of all clients together: an open
                               ///< loop. 0: each begins when its last has ended
  std::optional<std::int64_t> operations;  ///< at most so many; none: until the time is over
  std::optional<Reach> reach;
  std::optional<double> answer_s;  ///< how long a client waits for an answer
  std::optional<double> retry_s;   ///< how long it goes on with the same key; 0: it does not
  std::optional<bool> keyed;       ///< false: no Idempotency-Key, and no retries
  // Counters:
  std::optional<std::int64_t> keys;  ///< how many counters
  std::optional<Deltas> deltas;
  std::optional<bool> returned;  ///< false: blind, the journal does not hear what was answered
  std::optional<double> reads;
  std::optional<double> resets;
  std::optional<double> batches;
  std::optional<std::int64_t> min;  ///< bounds of each counter; what is beyond is refused
  std::optional<std::int64_t> max;
  // Sequences:
  std::optional<Mode> mode;
  std::optional<std::int64_t> cache;      ///< cached: numbers in a block
  std::optional<std::int64_t> count_max;  ///< numbers in a draw
  std::optional<std::int64_t> last;       ///< where it begins again; none: never
  // Items:
  std::optional<std::int64_t> tenants;
  std::optional<std::int64_t> batch_max;  ///< items in a request
  std::optional<double> doubles;          ///< share of items that somebody else adds, too
  // Packages:
  std::optional<std::int64_t> owners;     ///< API keys, one for each client in turn
  std::optional<std::int64_t> bytes_max;  ///< of an archive
  std::optional<double> removes;
  std::optional<double> expires;  ///< share of uploads that expire
  std::optional<double> lives_s;  ///< how far ahead
  // Tails; a mirror watches, too, but no single keys:
  std::optional<TailFormat> format;
  std::optional<Watch> watch;
  std::optional<double> snapshots;  ///< share of subscribers that ask for current values first
};

enum class FaultKind {
  kill,           ///< SIGKILL, and started again
  restart,        ///< SIGTERM, and started again
  rolling,        ///< each server in turn, by SIGTERM
  pause,          ///< SIGSTOP, SIGCONT
  isolate,        ///< one process cut off from all others
  halves,         ///< the cluster in two halves
  ring,           ///< each member reaches its neighbours only, no two the same majority
  cut,            ///< one link
  one_way,        ///< one direction of it
  latency,        ///< of one link
  bandwidth,      ///< of one link
  reset,          ///< all connections of a link, again and again
  refuse,         ///< new connections of a link
  hang,           ///< a link that accepts and says nothing
  clock,          ///< a server's clock jumps
  disk_full,      ///< of a server (embedded)
  fail_sync,      ///< of a server (embedded): it ends, and is started again
  compaction,     ///< of etcd's history, up to now
  membership,     ///< a member of etcd leaves and comes back as a new one
  slow_reader,    ///< subscribers stop reading what comes
  corrupt_blob,   ///< a byte of a package on a server's disk is another one
  empty_disk,     ///< all packages of a server are taken from its disk
  packages_full,  ///< there is no room for packages on a server's disk
};

struct FaultSpec {
  FaultKind kind = FaultKind::kill;
  /// A process: "server", "member" (any), "server:2", "member:1", "member:leader", "mirror:1"; of a
  /// cut also "clients"; of a slow reader "tail:1", "tails" (all). What `any` is, the seed decides.
  std::optional<std::string> target;
  std::optional<std::string> to;  ///< of a link: its other end
  std::optional<double> at_s;     ///< after the load has begun
  std::optional<double> for_s;
  /// Again and again: the time from the end of one to the beginning of the next, at least and at
  /// most. With at_s: from then on.
  std::optional<double> every_s;
  std::optional<double> every_max_s;
  std::optional<double> latency_ms;
  std::optional<double> jitter_ms;
  std::optional<std::int64_t> bytes_s;
  std::optional<std::int64_t> jump_ms;
  std::optional<Amid> amid;           ///< of a kill: waits until that is under way
  std::optional<bool> reset_on_heal;  ///< a cut's connections do not go on, they are reset
};

/// How long things may take, in seconds.
struct Limits {
  double ready_s = 20;  ///< from the last fault's end until every server is ready
  double final_s = 20;  ///< from then until every server has shown everything
};

struct Scenario {
  std::string about;   ///< one sentence for people
  std::string expect;  ///< what a planted bug must bring about, for people; empty: nothing
  ClusterSpec cluster;
  double duration_s = 4;  ///< of the load
  std::vector<WorkloadSpec> workloads;
  std::vector<FaultSpec> faults;
  Limits limits;
  std::uint64_t seed = 0;  ///< of a run that was saved; 0: a fresh one
};

/// Error: which place is wrong and why, with what may have been meant.
Result<Scenario> parse_scenario(const std::string& text);
/// The same, naming the file.
Result<Scenario> load_scenario(const std::filesystem::path& file);

/// What parse_scenario reads.
Json to_json(Scenario scenario);

/// Whether the scenario's servers must be dcount-faulty for it.
bool needs_faulty_server(FaultKind kind);
/// Whether clients of its kind write and read; else they watch what others change.
bool operates(WorkloadKind kind);
/// Whether it is done to the packages on a server's disk.
bool hurts_packages(FaultKind kind);
/// How many copies of a package there are to be.
std::int64_t replicas_of(const ClusterSpec& cluster);
/// Whether somebody uploads packages.
bool has_packages(const Scenario& scenario);
/// Whether it has two ends, `target` and `to`.
bool hurts_a_link(FaultKind kind);

std::string_view name(FaultKind kind);
std::string_view name(WorkloadKind kind);
std::string_view name(TailFormat format);
std::string_view name(EngineKind kind);

}  // namespace dcount::sim
