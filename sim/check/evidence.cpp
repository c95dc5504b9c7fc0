#include "sim/check/evidence.h"

#include <algorithm>
#include <array>
#include <map>

#include "sim/check/package_evidence.h"
#include "sim/check/tail_judge.h"
#include "sim/check/words.h"

namespace dcount::check {
namespace {

Finding missing(std::string key, std::string summary) {
  Finding finding{.judge = "evidence", .key = std::move(key)};
  finding.verdict = Verdict::unknown;
  finding.summary = std::move(summary);
  return finding;
}

void look_at_functions(const History& history, std::vector<Finding>& findings) {
  std::array<std::size_t, functions> asked{};
  std::array<std::size_t, functions> answered{};
  for (const Operation& operation : history.operations) {
    auto function = static_cast<std::size_t>(operation.function);
    ++asked[function];
    if (saw_something(operation)) ++answered[function];
  }
  for (std::size_t i = 0; i < functions; ++i) {
    if (asked[i] == 0 || answered[i] > 0) continue;
    findings.push_back(missing("", "none of " + counted(asked[i], "operation") + " of kind '" +
                                       std::string(name_of(static_cast<Function>(i))) +
                                       "' was answered with ok"));
  }
}

bool reads_all(const Operation& operation) {
  return operation.outcome == Outcome::ok &&
         (operation.function == Function::read || operation.function == Function::count ||
          operation.function == Function::members);
}

bool writes(const Operation& operation) {
  if (operation.outcome == Outcome::fail) return false;
  return operation.function <= Function::remove ? operation.function != Function::read
                                                : operation.function == Function::items;
}

/// A read counts when it began after the last write had been answered or, unanswered, had begun.
void look_at_final_reads(const KeyView& view, std::vector<Finding>& findings) {
  const History& history = view.history;
  Index last = 0;
  bool written = false;
  for (std::uint32_t i : view.operations) {
    const Operation& write = view.at(i);
    if (!writes(write)) continue;
    written = true;
    last = std::max(last, write.completed == never ? write.invoked : write.completed);
  }
  if (!written) return;
  std::vector<bool> by_node(history.nodes_named + 1);
  bool any = false;
  for (std::uint32_t i : view.operations) {
    const Operation& read = view.at(i);
    if (!reads_all(read) || read.invoked <= last) continue;
    any = true;
    if (read.node <= history.nodes_named) by_node[read.node] = true;
  }
  if (!any) {
    findings.push_back(missing(view.name(), "it was not read after its last write"));
    return;
  }
  std::string nodes;
  for (std::size_t node = 1; node <= history.nodes_named; ++node) {
    if (!by_node[node]) nodes += (nodes.empty() ? "" : ", ") + history.nodes[node];
  }
  if (nodes.empty()) return;
  findings.push_back(
      missing(view.name(), "it was not read from " + nodes + " after its last write"));
}

/// Whether any was ok is the cluster's affair: while its only server is down none can be.
bool met_operations(const History& history, const Fault& fault) {
  return std::any_of(history.operations.begin(), history.operations.end(),
                     [&](const Operation& operation) {
                       return operation.completed > fault.began && operation.invoked < fault.ended;
                     });
}

void look_at_faults(const History& history, const CheckOptions& options,
                    std::vector<Finding>& findings) {
  std::map<std::string, bool> kinds;  // whether one of them met an operation
  for (const Fault& fault : history.faults) {
    if (fault.hidden) continue;
    if (!fault.confirmed) {
      findings.push_back(missing("", "fault " + std::to_string(fault.id) + ", " + fault.kind +
                                         " of " + fault.target + ", was never confirmed" +
                                         (fault.evidence.empty() ? "" : ": " + fault.evidence)));
    } else if (bool& met = kinds[fault.kind]; !met) {
      met = met_operations(history, fault);
    }
  }
  if (!options.need_faults) return;
  for (const auto& [kind, met] : kinds) {
    if (!met) findings.push_back(missing("", "no operation was under way during any " + kind));
  }
  if (history.faults.empty()) findings.push_back(missing("", "there was no fault"));
}

}  // namespace

std::vector<Finding> find_missing_evidence(const History& history, const KeyViews& views,
                                           const CheckOptions& options) {
  std::vector<Finding> findings;
  if (history.operations.empty()) {
    findings.push_back(missing("", "there are no operations"));
  }
  look_at_functions(history, findings);
  if (options.need_final_reads) {
    for (std::uint32_t key = 0; key < views.size(); ++key) {
      look_at_final_reads(views[key], findings);
    }
  }
  look_at_faults(history, options, findings);
  for (Finding& found : find_missing_tail_evidence(history, options)) {
    findings.push_back(std::move(found));
  }
  for (Finding& found : find_missing_package_evidence(history, options)) {
    findings.push_back(std::move(found));
  }
  return findings;
}

}  // namespace dcount::check
