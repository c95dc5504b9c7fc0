// Who did what when: a lane for each process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/check/verdict.h"
#include "sim/report/run_facts.h"
#include "sim/report/time_axis.h"

namespace dcount::report {

inline constexpr std::size_t client_lanes_max = 40;
inline constexpr std::size_t node_lanes_max = 24;

/// What a client lived through, a letter for each bin; of several the worst, in this order.
namespace lane_state {
inline constexpr char idle = '.';
inline constexpr char waiting = 'w';  ///< for an answer that came later
inline constexpr char ok = 'o';
inline constexpr char failed = 'f';
inline constexpr char unknown = 'u';  ///< waiting for an answer that never came
}  // namespace lane_state

struct ClientLane {
  std::uint32_t process = 0;
  std::uint64_t operations = 0;
  std::uint64_t unknown = 0;
  bool of_witness = false;
  std::string states;
};

struct NodeLane {
  std::string name;
  std::string role;                     ///< "server", "member"; "": only the history names it
  std::vector<std::uint32_t> answered;  ///< operations that ended ok there, by bin; may be empty
};

struct Lanes {
  std::vector<ClientLane> clients;  ///< by number
  std::size_t clients_left_out = 0;
  std::vector<NodeLane> nodes;
  std::size_t nodes_left_out = 0;
};

/// Of clients more than are drawn those of a witness come first, then those with the most unknown
/// operations.
Lanes lanes_of(const check::History& history, const check::Judgement& judgement,
               const RunFacts& facts, const JournalTimes& times, const TimeAxis& axis);

/// Whether a fault's target names the process: as a word of its own ("node-1" in "node-1 → etcd-2",
/// not in "node-10").
bool names_process(std::string_view target, std::string_view process);

}  // namespace dcount::report
