// A run: a scenario's cluster started, loaded, hurt, healed, read, stopped and judged.
//
// Its directory afterwards: scenario.json (as it was run: give it to `sim run` again),
// history.jsonl, verdict.json, junit.xml, report.html, logs/.
//
// Thread-safety: one thread for each run; several at once need directories of their own.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

#include "server/store/result.h"
#include "sim/check/verdict.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/testbed.h"

namespace dcount::sim {

struct RunProgress {
  const char* phase = "";  ///< "start", "load", "heal", "read", "judge"
  double elapsed_s = 0;    ///< of the load
  double duration_s = 0;
  std::int64_t ok = 0;
  std::int64_t fail = 0;
  std::int64_t unknown = 0;
  int faults = 0;
};

struct RunOptions {
  std::string name;                 ///< the scenario's
  Scenario scenario;                ///< drawn
  std::filesystem::path directory;  ///< of this run; made
  Programs programs;
  std::string reproduce;  ///< the command that does the same
  bool report = true;     ///< write verdict.json, junit.xml and report.html
  std::function<bool(const RunProgress&)> progress;  ///< false: end the run early
};

struct RunResult {
  check::Judgement judgement;
  std::int64_t ok = 0;
  std::int64_t fail = 0;
  std::int64_t unknown = 0;
  int faults = 0;
  int faults_skipped = 0;
  std::chrono::milliseconds late{0};  ///< how much an operation began later than due
  double seconds = 0;
  bool interrupted = false;
};

/// Error: the harness or its set-up failed; nothing can be said about the service.
Result<RunResult> run(const RunOptions& options);

}  // namespace dcount::sim
