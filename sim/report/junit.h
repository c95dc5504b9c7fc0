// junit.xml: a run as a test suite, for continuous integration.
#pragma once

#include <string>

#include "sim/check/verdict.h"
#include "sim/report/run_facts.h"

namespace dcount::report {

inline constexpr std::size_t junit_cases_max = 500;

/// One suite for the run, one case for each judge and key: `invalid` is a failure with its witness,
/// `unknown` an error. Valid findings above the limit are one case together, others too. A verdict
/// that no case tells is a case of its own: a suite is never greener than its run.
std::string junit_xml(const RunFacts& facts, const check::Judgement& judgement);

}  // namespace dcount::report
