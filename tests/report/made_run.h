// Runs that nobody ran: histories with faults, unknown operations and, when asked for, a lost
// increment, with the journal that a recorder would have written.
#pragma once

#include <cstdint>
#include <filesystem>

#include "sim/check/verdict.h"
#include "sim/report/run_facts.h"

namespace dcount::report {

struct MadeRunOptions {
  std::uint64_t operations = 20'000;
  std::uint32_t clients = 12;
  std::uint32_t keys = 3;
  std::int64_t duration_ns = 24'000'000'000;
  std::uint64_t seed = 7;
  bool lost_increment = false;     ///< of the first key, in a kill: the verdict is then invalid
  bool unconfirmed_fault = false;  ///< the verdict is then unknown, unless it is invalid
};

struct MadeRun {
  check::History history;
  check::Judgement judgement;
  RunFacts facts;
  std::filesystem::path journal;
};

/// Writes history.jsonl into the folder. The same options make the same run.
MadeRun make_run(const std::filesystem::path& folder, const MadeRunOptions& options);

}  // namespace dcount::report
