// The planted bugs of dcount-faulty: DCOUNT_PLANT=<name>. Each breaks a promise that clients can
// see, and without its fault the server looks healthy, but for what is said here.
//
//   dcount-faulty        `dcount` with other edges: all its commands, `dcount-faulty server` above
//                        all, and `dcount-faulty plants`, which prints this list
//   DCOUNT_PLANT         which bug; not set or empty: none. Another name: exit code 2
//   DCOUNT_CONTROL       a Unix socket's path, at most 107 bytes: clock and disk obey what comes
//                        there (control_client.h). It is there before the server says it is ready
//   DCOUNT_HASTE         set: repairs of packages do not take their time (faulty_edges.h)
//
// clang-format off
// lost-acknowledged       embedded
//   workload  counters; also sequences, items
//   faults    kill under load: what was acknowledged in the 50 ms before it is lost
//   seen      values begin again below acknowledged ones: one value twice
// stale-read              both
//   workload  counters with reads of few keys; items with count and members
//   faults    none; a read within 200 ms of another one, with a change between them
//   seen      a read below a change that had ended before it began
// double-apply            both
//   workload  counters, keyed, retried under the same key on another connection
//   faults    reset client→server; cut, hang or kill while answers are under way
//   seen      more than was asked for: values that no increment returned and none is unknown for
// block-not-durable       embedded
//   workload  sequence, cached, small blocks (10)
//   faults    kill before the next block is leased, or within 500 ms
//   seen      a number twice
// half-items              embedded
//   workload  items, 2 or more new ids a request
//   faults    kill, in a window of 5 ms in each add
//   seen      a request of which every other id is missing; keyed, the retry acknowledges it so
// uncommitted-read        both
//   workload  counters, increments and reads of few keys by several clients
//   faults    kill
//   seen      a value was read and is there no more, or never came to be
// no-guard-on-refusal     cluster, 2 or more servers
//   workload  counters, keyed, changed both ways within bounds, or added to without create
//   faults    latency server→etcd, 50 ms of it back; on a slow feed none is needed
//   seen      a refusal whose version is older than a change that had ended: as a read of it
// twice-on-leader-change  cluster
//   workload  counters, unkeyed (a key's record would stop the second one)
//   faults    reset server→etcd, best behind a cut back; the member a server speaks to killed,
//             leader or not
//   seen      more than was asked for
// no-fence                cluster
//   workload  counters, unkeyed (as above)
//   faults    latency server→etcd of 2.6 to 4.4 s, of one link or all, for about as long
//   seen      more than was asked for
// tail-gap-on-reconnect   both
//   workload  counters, many keys each changed seldom; tails of ndjson or SSE
//   faults    reset client→server; cut or kill while tails are open
//   seen      a change that a resumed tail was never sent, though it is complete to a later one
// package-ack-early       both
//   workload  packages
//   faults    kill, of all servers that hold a package (one server, or replicas 1)
//   seen      a package that was acknowledged in the 300 ms before a kill is on no disk
// clang-format on
//
// What looks wrong without a fault: stale-read always; uncommitted-read where several servers write
// a counter, or an increment is refused or retried.
//
// Thread-safety: constants, pure functions.
#pragma once

#include <span>
#include <string_view>

namespace dcount::faulty {

struct Plant {
  std::string_view name;
  std::string_view what;  ///< one line
  bool embedded =
      false;  ///< the engines that have it; with the other one the server does not start
  bool cluster = false;
};

std::span<const Plant> plants();

/// Null: there is none of this name.
const Plant* find_plant(std::string_view name);

}  // namespace dcount::faulty
