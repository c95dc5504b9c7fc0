// Verdicts for people, and the exit codes of `check` and `sim`.
//
// Thread-safety: as Output's.
#pragma once

#include "cli/exit_code.h"
#include "cli/output.h"
#include "sim/check/verdict.h"

namespace dcount::cli {

/// `check` and `sim` have exit codes of their own: 0 valid, 1 a violation, 2 too little evidence,
/// 3 usage, or the set-up failed.
inline constexpr ExitCode setup_failed{3};
ExitCode exit_code(check::Verdict verdict);

/// Witnesses of violations and what is missing, on standard output; what is valid only in number.
void show_findings(const check::Judgement& judgement, Output& output);

}  // namespace dcount::cli
