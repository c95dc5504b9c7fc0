// World reports as text and as JSON.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "sim/world/world_runs.h"

namespace dcount::world {
namespace {

double runs_per_minute(const WorldReport& report) {
  return report.seconds > 0 ? 60 * static_cast<double>(report.runs) / report.seconds : 0;
}

void append_failure(std::string& text, const WorldFailure& failure) {
  text += "\nseed " + std::to_string(failure.seed) + " is " + to_string(failure.verdict) + " (" +
          failure.judge + "):\n  " + failure.witness + "\n\nof " +
          std::to_string(failure.events_drawn) + " events these " +
          std::to_string(failure.events_left) + " are enough:\n";
  for (const std::string& line : failure.schedule) text += "  " + line + "\n";
  text += "\n" + failure.reproduce + "\n";
}

}  // namespace

std::string to_text(const WorldReport& report) {
  char line[256];
  std::snprintf(line, sizeof line,
                "%zu runs from seed %llu, %llu operations (%llu ok, %llu unknown), %.1f s, "
                "%.0f s of virtual time, %.0f runs/min\n",
                report.runs, static_cast<unsigned long long>(report.first_seed),
                static_cast<unsigned long long>(report.operations),
                static_cast<unsigned long long>(report.operations_ok),
                static_cast<unsigned long long>(report.operations_unknown), report.seconds,
                report.virtual_seconds, runs_per_minute(report));
  std::string text = line;
  for (const auto& [verdict, count] : report.verdicts) {
    text += std::string(to_string(verdict)) + " " + std::to_string(count) + "  ";
  }
  text += "\n\nfault                      begun    effects\n";
  for (const auto& [kind, count] : report.faults) {
    std::snprintf(line, sizeof line, "%-22s %9llu %10llu\n", kind.c_str(),
                  static_cast<unsigned long long>(count.begun),
                  static_cast<unsigned long long>(count.effects));
    text += line;
  }
  // A small run may lack an answer of some kind: how many did is enough, --json has them all.
  const auto unknown = report.verdicts.find(WorldVerdict::unknown);
  if (unknown != report.verdicts.end() && unknown->second > 0) {
    text += "\ntoo little evidence in " + std::to_string(unknown->second) +
            " runs, mostly a kind of operation that was asked for and never answered with ok\n";
  }
  std::size_t failures = 0;
  for (const WorldFinding& one : report.findings) {
    if (one.verdict == WorldVerdict::unknown) continue;
    if (failures++ == 0) text += "\nfailures:\n";
    text += "  seed " + std::to_string(one.seed) + " " + to_string(one.verdict) + " (" + one.judge +
            ") " + one.why + "\n";
  }
  if (report.first_failure) append_failure(text, *report.first_failure);
  return text;
}

std::string to_json(const WorldReport& report) {
  nlohmann::json json = {{"first_seed", report.first_seed},
                         {"runs", report.runs},
                         {"operations", report.operations},
                         {"operations_ok", report.operations_ok},
                         {"operations_unknown", report.operations_unknown},
                         {"seconds", report.seconds},
                         {"virtual_seconds", report.virtual_seconds},
                         {"runs_per_minute", runs_per_minute(report)},
                         {"faults", nlohmann::json::object()},
                         {"verdicts", nlohmann::json::object()},
                         {"findings", nlohmann::json::array()},
                         {"first_failure", nullptr}};
  for (const auto& [kind, count] : report.faults) {
    json["faults"][kind] = {{"begun", count.begun}, {"effects", count.effects}};
  }
  for (const auto& [verdict, count] : report.verdicts) {
    json["verdicts"][to_string(verdict)] = count;
  }
  for (const WorldFinding& one : report.findings) {
    json["findings"].push_back({{"seed", one.seed},
                                {"verdict", to_string(one.verdict)},
                                {"judge", one.judge},
                                {"why", one.why}});
  }
  if (const auto& failure = report.first_failure) {
    json["first_failure"] = {{"seed", failure->seed},
                             {"verdict", to_string(failure->verdict)},
                             {"judge", failure->judge},
                             {"witness", failure->witness},
                             {"events_drawn", failure->events_drawn},
                             {"events_left", failure->events_left},
                             {"schedule", failure->schedule},
                             {"keep", failure->keep},
                             {"reproduce", failure->reproduce}};
  }
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace dcount::world
