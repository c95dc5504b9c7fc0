#include "sim/report/verdict_json.h"

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

#include "sim/report/tally.h"
#include "sim/report/words.h"

namespace dcount::report {
namespace {

constexpr std::size_t name_bytes = 120;  // of judges and kinds of faults

Json counts_json(const Counts& counts) {
  return {{"all", counts.all()},
          {"ok", counts.ok},
          {"fail", counts.failed},
          {"unknown", counts.unknown}};
}

Json operations_json(const check::History& history) {
  const auto tally = tally_of(history);
  Json json = counts_json(tally.all);
  Json functions = Json::object();
  for (const auto& row : tally.functions) functions[row.function] = counts_json(row.counts);
  json["by_function"] = std::move(functions);
  return json;
}

Json finding_json(const check::Finding& finding, std::size_t text_bytes) {
  Json json = {{"judge", cut(finding.judge, name_bytes)},
               {"key", cut(finding.key, text_bytes)},
               {"verdict", word_for(finding.verdict)},
               {"summary", cut(finding.summary, text_bytes)}};
  if (finding.verdict == check::Verdict::invalid) {
    constexpr std::size_t operations_max = 1000;
    const auto& operations = finding.witness.operations;
    Json indices = Json::array();
    for (std::size_t i = 0; i < std::min(operations.size(), operations_max); ++i) {
      indices.push_back(operations[i]);
    }
    json["witness"] = {{"text", cut(finding.witness.text, text_bytes)},
                       {"operations", std::move(indices)}};
  }
  return json;
}

Json fault_json(const check::Fault& fault, std::size_t text_bytes) {
  Json json = {{"fault", fault.id},
               {"kind", cut(fault.kind, name_bytes)},
               {"target", cut(fault.target, text_bytes)},
               {"began", fault.began},
               {"began_ns", fault.began_ns},
               {"ended_ns", nullptr},
               {"confirmed", fault.confirmed},
               {"hidden", fault.hidden},
               {"evidence", cut(fault.evidence, text_bytes)}};
  if (fault.ended_ns != check::none) json["ended_ns"] = fault.ended_ns;
  return json;
}

Json kinds_json(const std::vector<FaultTally>& kinds, std::size_t max) {
  Json json = Json::array();
  for (const auto& kind : kinds) {
    if (json.size() == max) break;
    json.push_back({{"kind", cut(kind.kind, name_bytes)},
                    {"planned", kind.planned},
                    {"began", kind.began},
                    {"confirmed", kind.confirmed}});
  }
  return json;
}

Json named_json(const std::vector<NamedText>& lines, const ListLimits& limits) {
  Json json = Json::object();
  for (const auto& [name, text] : lines) {
    if (json.size() == limits.kinds) break;
    json[cut(name, name_bytes)] = cut(text, limits.text_bytes);
  }
  return json;
}

}  // namespace

std::string date_text(std::chrono::system_clock::time_point time) {
  if (time == std::chrono::system_clock::time_point{}) return "";
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::vector<std::size_t> told_faults(const std::vector<check::Fault>& faults, std::size_t max) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < faults.size(); ++i) places.push_back(i);
  std::stable_partition(places.begin(), places.end(),
                        [&](std::size_t i) { return !faults[i].confirmed; });
  if (places.size() > max) places.resize(max);
  std::sort(places.begin(), places.end());
  return places;
}

std::vector<std::string> missing_evidence(const check::History& history,
                                          const check::Judgement& judgement, std::size_t texts_max,
                                          std::size_t text_bytes) {
  std::vector<std::string> missing;
  std::size_t left_out = 0;
  const auto note = [&](std::string_view text) {
    if (missing.size() < texts_max) {
      missing.push_back(cut(text, text_bytes));
    } else {
      ++left_out;
    }
  };
  for (const auto& finding : judgement.findings) {
    if (finding.verdict != check::Verdict::unknown) continue;
    note(finding.key.empty() ? finding.summary : cut(finding.key, 200) + ": " + finding.summary);
  }
  for (const auto& fault : history.faults) {
    if (fault.confirmed || fault.hidden) continue;
    note("fault " + std::to_string(fault.id) + " (" + fault.kind + " of " + fault.target +
         ") was not confirmed" + (fault.evidence.empty() ? "" : ": " + fault.evidence));
  }
  if (judgement.findings.empty()) note("no judge had anything to judge");
  if (left_out > 0) missing.push_back("… and " + std::to_string(left_out) + " more");
  return missing;
}

Json verdict_json(const RunFacts& facts, const check::History& history,
                  const check::Judgement& judgement, const ListLimits& limits) {
  Json json = {{"format", 1},
               {"verdict", word_for(judgement.verdict)},
               {"scenario", cut(facts.scenario, limits.text_bytes)},
               {"about", cut(facts.about, limits.text_bytes)},
               {"seed", facts.seed},
               {"engine", cut(facts.engine, limits.text_bytes)},
               {"reproduce", cut(facts.reproduce, limits.text_bytes)},
               {"began", date_text(facts.began)},
               {"duration_ns", facts.duration.count()}};
  if (facts.reproduction) {
    json["reproduction"] = {{"failed", facts.reproduction->failed},
                            {"runs", facts.reproduction->runs}};
  }
  json["operations"] = operations_json(history);
  Json findings = Json::array();
  for (const auto& finding : judgement.findings) {
    if (findings.size() == limits.findings) break;
    findings.push_back(finding_json(finding, limits.text_bytes));
  }
  if (findings.size() < judgement.findings.size()) {
    json["findings_left_out"] = judgement.findings.size() - findings.size();
  }
  json["findings"] = std::move(findings);
  json["missing"] = missing_evidence(history, judgement, limits.findings, limits.text_bytes);
  Json faults = Json::array();
  for (const std::size_t place : told_faults(history.faults, limits.faults)) {
    faults.push_back(fault_json(history.faults[place], limits.text_bytes));
  }
  if (faults.size() < history.faults.size()) {
    json["faults_left_out"] = history.faults.size() - faults.size();
  }
  json["faults"] = std::move(faults);
  json["fault_kinds"] = kinds_json(tally_of(history.faults, facts.planned_faults), limits.kinds);
  json["versions"] = named_json(facts.versions, limits);
  json["limits"] = named_json(facts.limits, limits);
  return json;
}

}  // namespace dcount::report
