// verdict.json: what a run came to, for programs. Also the part of report.html's data that is not
// plotted.
//
//   {"format":1, "verdict":"invalid", "scenario":…, "seed":7, "reproduce":…, "began":…,
//    "duration_ns":…, "operations":{"all":…,"ok":…,"fail":…,"unknown":…,"by_function":{…}},
//    "findings":[{"judge":…,"key":…,"verdict":…,"summary":…,
//                 "witness":{"text":…,"operations":[indices of lines]}}],
//    "missing":["what is needed for a verdict", …],
//    "faults":[{"fault":1,"kind":…,"target":…,"began_ns":…,"ended_ns":…,"confirmed":true,
//               "evidence":…}],
//    "fault_kinds":[{"kind":…,"planned":…,"began":…,"confirmed":…}], …}
//
// Lists are bounded; "findings_left_out" and "faults_left_out" say by how much, and are not there
// when nothing is.
#pragma once

#include "sim/check/verdict.h"
#include "sim/report/escape.h"
#include "sim/report/run_facts.h"

namespace dcount::report {

/// How much of the lists is told.
struct ListLimits {
  std::size_t findings = 10'000;
  std::size_t faults = 10'000;
  std::size_t text_bytes = 64 * 1024;  ///< of one text
  std::size_t kinds = 1000;            ///< of faults, versions, limits
};

Json verdict_json(const RunFacts& facts, const check::History& history,
                  const check::Judgement& judgement, const ListLimits& limits = {});

/// What a verdict needs and the run does not have: so many texts, each of so many bytes at most.
std::vector<std::string> missing_evidence(const check::History& history,
                                          const check::Judgement& judgement, std::size_t texts_max,
                                          std::size_t text_bytes);

/// The places of the faults that are told: those that were not confirmed first, should there be too
/// many; in the order of their beginning.
std::vector<std::size_t> told_faults(const std::vector<check::Fault>& faults, std::size_t max);

/// "2026-11-22T17:20:25Z"; "" when there is none.
std::string date_text(std::chrono::system_clock::time_point time);

}  // namespace dcount::report
