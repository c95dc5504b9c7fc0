#include "sim/check/tail_judge.h"

#include "sim/check/selected_keys.h"
#include "sim/check/tail_chain.h"
#include "sim/check/tail_end.h"
#include "sim/check/tail_lag.h"
#include "sim/check/words.h"

namespace dcount::check {
namespace {

std::vector<KnownStates> states_of(const KeyViews& views) {
  std::vector<KnownStates> states;
  states.reserve(views.size());
  for (std::uint32_t key = 0; key < views.size(); ++key) states.emplace_back(views[key]);
  return states;
}

std::optional<Finding> find_violation(const TailView& view, std::uint32_t number,
                                      SelectedKeys& selected) {
  const Tail& tail = view.history.tails[number];
  TailStream stream(view, number);
  for (std::size_t i = 0; i < tail.connections.size(); ++i) {
    if (auto found = stream.find_disorder(i, selected.of(tail.connections[i].selection))) {
      return found;
    }
  }
  for (std::size_t i = 0; i < tail.connections.size(); ++i) {
    if (auto found = stream.find_gap(i, selected.of(tail.connections[i].selection))) return found;
  }
  if (tail.ended != never && !tail.connections.empty()) {
    const auto& keys = selected.of(tail.connections.back().selection);
    if (auto found = find_wrong_end(view, number, keys)) return found;
  }
  if (!tail.table) return std::nullopt;
  return find_wrong_table(view, number, selected.of(tail.table->selection));
}

Finding summary_of(const History& history, const std::vector<KnownStates>& states,
                   const Sightings& sightings) {
  std::size_t connections = 0;
  std::size_t events = 0;
  std::size_t mirrors = 0;
  for (const Tail& tail : history.tails) {
    connections += tail.connections.size();
    events += tail.events.size();
    mirrors += tail.table ? 1 : 0;
  }
  Finding finding{.judge = std::string(tail_judge_name)};
  finding.verdict = Verdict::valid;
  finding.summary = counted(history.tails.size(), "subscriber") + " over " +
                    counted(connections, "connection") + " were sent " + counted(events, "event") +
                    " of " + counted(sightings.size(), "state");
  if (mirrors > 0) finding.summary += ", " + counted(mirrors, "table");
  TailLag lag = lag_of(history, states);
  if (lag.changes > 0) {
    finding.summary += "; behind the answers by " + duration_text(lag.p50_ns) + " (p50), " +
                       duration_text(lag.p99_ns) + " (p99), " + duration_text(lag.max_ns) +
                       " (longest), of " + counted(lag.changes, "change");
  }
  return finding;
}

Finding missing(std::string summary) {
  Finding finding{.judge = "evidence"};
  finding.verdict = Verdict::unknown;
  finding.summary = std::move(summary);
  return finding;
}

}  // namespace

std::vector<Finding> judge_tails(const History& history, const KeyViews& views) {
  std::vector<Finding> findings;
  if (history.tails.empty()) return findings;
  const std::vector<KnownStates> states = states_of(views);
  const Sightings sightings(history, states, findings);
  const TailView view{.history = history,
                      .states = states,
                      .sightings = sightings,
                      .last_until = last_known_until(history, states, sightings)};
  SelectedKeys selected(history);
  for (std::uint32_t tail = 0; tail < history.tails.size(); ++tail) {
    if (auto found = find_violation(view, tail, selected)) findings.push_back(std::move(*found));
  }
  findings.push_back(summary_of(history, states, sightings));
  return findings;
}

std::vector<Finding> find_missing_tail_evidence(const History& history,
                                                const CheckOptions& options) {
  std::vector<Finding> findings;
  Index last_change = 0;
  for (const Operation& operation : history.operations) {
    bool change = operation.outcome == Outcome::ok && operation.function <= Function::remove &&
                  operation.function != Function::read;
    if (change) last_change = std::max(last_change, operation.completed);
  }
  bool resumed = false;
  for (const Tail& tail : history.tails) {
    TailChain chain = chain_of(tail);
    resumed |= chain.resumed;
    if (chain.ahead) {
      const TailConnection& connection = tail.connections[*chain.ahead];
      findings.push_back(missing(
          tail.name + " resumed from revision " + std::to_string(connection.cursor) + " (index " +
          std::to_string(connection.connected) + "), to which nobody had told it to be complete"));
    }
    if (tail.table) continue;
    if (tail.events.empty()) findings.push_back(missing(tail.name + " was never sent anything"));
    if (!options.need_final_reads) continue;
    if (tail.ended == never) {
      findings.push_back(missing(tail.name + " was not followed to its end"));
    } else if (tail.ended < last_change) {
      findings.push_back(missing(tail.name + " ended before the last change was answered"));
    }
  }
  if (options.need_resumes && !resumed) {
    findings.push_back(missing("no subscriber resumed and was sent something then"));
  }
  return findings;
}

}  // namespace dcount::check
