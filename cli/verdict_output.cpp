#include "cli/verdict_output.h"

namespace dcount::cli {

ExitCode exit_code(check::Verdict verdict) {
  switch (verdict) {
    case check::Verdict::valid:
      return ExitCode{0};
    case check::Verdict::invalid:
      return ExitCode{1};
    case check::Verdict::unknown:
      break;
  }
  return ExitCode{2};
}

void show_findings(const check::Judgement& judgement, Output& output) {
  for (const check::Finding& finding : judgement.findings) {
    if (finding.verdict == check::Verdict::valid) continue;
    const std::string where = finding.judge + (finding.key.empty() ? "" : " of " + finding.key);
    const bool violated = finding.verdict == check::Verdict::invalid;
    output.line("  " + std::string(word_for(finding.verdict)) + " (" + where +
                "): " + (violated ? finding.witness.text : finding.summary));
  }
}

}  // namespace dcount::cli
