#include "sim/report/lanes.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cctype>

namespace dcount::report {
namespace {

int severity(char state) { return static_cast<int>(std::string_view(".wofu").find(state)); }

/// Draws one client's operations, given in their order.
class LanePainter {
 public:
  LanePainter(ClientLane& lane, const JournalTimes& times, const TimeAxis& axis)
      : states_(lane.states), times_(times), axis_(axis) {
    states_.assign(axis.bins, lane_state::idle);
  }

  void add(const check::Operation& operation) {
    const std::uint32_t began = axis_.bin_of(times_[operation.invoked]);
    finish_unknown(began);
    if (operation.outcome == check::Outcome::unknown) {
      unknown_since_ = began;
      paint(began, lane_state::unknown);
      return;
    }
    const std::uint32_t ended = axis_.bin_of(times_[operation.completed]);
    for (std::uint32_t bin = began; bin < ended; ++bin) paint(bin, lane_state::waiting);
    paint(ended, operation.outcome == check::Outcome::ok ? lane_state::ok : lane_state::failed);
  }

 private:
  /// The client waited until it began something else. Without that, nobody knows for how long.
  void finish_unknown(std::uint32_t before) {
    if (unknown_since_ < 0) return;
    for (auto bin = static_cast<std::uint32_t>(unknown_since_); bin < before; ++bin) {
      paint(bin, lane_state::unknown);
    }
    unknown_since_ = -1;
  }
  void paint(std::uint32_t bin, char state) {
    if (severity(state) > severity(states_[bin])) states_[bin] = state;
  }

  std::string& states_;
  const JournalTimes& times_;
  const TimeAxis& axis_;
  std::int64_t unknown_since_ = -1;
};

using Processes = boost::unordered_flat_map<std::uint32_t, std::size_t>;

/// All clients, as yet without states; `places` tells where each is.
std::vector<ClientLane> clients_of(const check::History& history, const check::Judgement& judgement,
                                   Processes& places) {
  boost::unordered_flat_set<check::Index> witnesses;
  for (const auto& finding : judgement.findings) {
    witnesses.insert(finding.witness.operations.begin(), finding.witness.operations.end());
  }
  std::vector<ClientLane> clients;
  for (const auto& operation : history.operations) {
    const auto [place, fresh] = places.try_emplace(operation.process, clients.size());
    if (fresh) clients.push_back({.process = operation.process});
    ClientLane& lane = clients[place->second];
    ++lane.operations;
    if (operation.outcome == check::Outcome::unknown) ++lane.unknown;
    if (!witnesses.empty() && witnesses.contains(operation.invoked)) lane.of_witness = true;
  }
  return clients;
}

/// Keeps the most telling ones, in the order of their numbers.
std::size_t bound_clients(std::vector<ClientLane>& clients) {
  std::sort(clients.begin(), clients.end(), [](const ClientLane& a, const ClientLane& b) {
    if (a.of_witness != b.of_witness) return a.of_witness;
    if (a.unknown != b.unknown) return a.unknown > b.unknown;
    return a.process < b.process;
  });
  const std::size_t left_out = clients.size() - std::min(clients.size(), client_lanes_max);
  clients.resize(clients.size() - left_out);
  std::sort(clients.begin(), clients.end(),
            [](const ClientLane& a, const ClientLane& b) { return a.process < b.process; });
  return left_out;
}

std::vector<NodeLane> nodes_of(const check::History& history, const RunFacts& facts,
                               const JournalTimes& times, const TimeAxis& axis) {
  std::vector<NodeLane> nodes;
  for (const auto& process : facts.processes) {
    const bool server = process.role == ProcessFacts::Role::server;
    nodes.push_back({.name = process.name, .role = server ? "server" : "member"});
  }
  std::vector<std::size_t> lane_of_node(history.nodes.size());
  for (std::size_t node = 1; node < history.nodes.size(); ++node) {
    const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const NodeLane& lane) {
      return lane.name == history.nodes[node];
    });
    lane_of_node[node] = static_cast<std::size_t>(found - nodes.begin());
    if (found == nodes.end()) nodes.push_back({.name = history.nodes[node]});
  }
  for (const auto& operation : history.operations) {
    if (operation.node == 0 || operation.node >= lane_of_node.size()) continue;
    if (operation.outcome != check::Outcome::ok) continue;
    auto& answered = nodes[lane_of_node[operation.node]].answered;
    if (answered.empty()) answered.resize(axis.bins);
    ++answered[axis.bin_of(times[operation.completed])];
  }
  return nodes;
}

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
}

}  // namespace

Lanes lanes_of(const check::History& history, const check::Judgement& judgement,
               const RunFacts& facts, const JournalTimes& times, const TimeAxis& axis) {
  Lanes lanes;
  Processes places;
  lanes.clients = clients_of(history, judgement, places);
  lanes.clients_left_out = bound_clients(lanes.clients);
  places.clear();
  std::vector<LanePainter> painters;
  painters.reserve(lanes.clients.size());
  for (auto& lane : lanes.clients) {
    places.emplace(lane.process, painters.size());
    painters.emplace_back(lane, times, axis);
  }
  for (const auto& operation : history.operations) {
    const auto place = places.find(operation.process);
    if (place != places.end()) painters[place->second].add(operation);
  }
  lanes.nodes = nodes_of(history, facts, times, axis);
  if (lanes.nodes.size() > node_lanes_max) {
    lanes.nodes_left_out = lanes.nodes.size() - node_lanes_max;
    lanes.nodes.resize(node_lanes_max);
  }
  return lanes;
}

bool names_process(std::string_view target, std::string_view process) {
  if (process.empty()) return false;
  for (auto at = target.find(process); at != target.npos; at = target.find(process, at + 1)) {
    const auto end = at + process.size();
    const bool begins = at == 0 || !is_name_character(target[at - 1]);
    if (begins && (end == target.size() || !is_name_character(target[end]))) return true;
  }
  return false;
}

}  // namespace dcount::report
