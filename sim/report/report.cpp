#include "sim/report/report.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "sim/report/journal_times.h"
#include "sim/report/junit.h"
#include "sim/report/page.h"
#include "sim/report/verdict_json.h"
#include "sim/report/words.h"

namespace dcount::report {
namespace {

std::optional<Error> write_file(const std::filesystem::path& file, std::string_view content) {
  std::filesystem::path unfinished = file;
  unfinished += ".part";
  {
    std::ofstream out(unfinished, std::ios::binary | std::ios::trunc);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    if (!out) return Error{Certainty::definite, "cannot write " + unfinished.string()};
  }
  std::error_code error;
  std::filesystem::rename(unfinished, file, error);
  if (error) {
    return Error{Certainty::definite, "cannot write " + file.string() + ": " + error.message()};
  }
  return std::nullopt;
}

RunFacts completed(RunFacts facts, const check::History& history) {
  if (facts.scenario.empty()) facts.scenario = history.scenario;
  if (facts.scenario.empty()) facts.scenario = "history";
  if (facts.seed == 0) facts.seed = history.seed;
  return facts;
}

/// For who reads without scripts, and for the first line of a search.
std::string plain_words(const check::History& history, const check::Judgement& judgement) {
  std::string words = "The verdict is " + std::string(word_for(judgement.verdict)) + ".";
  for (const auto& finding : judgement.findings) {
    if (finding.verdict != check::Verdict::invalid) continue;
    return words + " " + cut(finding.witness.text, 2000);
  }
  const auto missing = missing_evidence(history, judgement, 1, 2000);
  if (!missing.empty()) words += " Missing: " + missing.front() + ".";
  return words;
}

}  // namespace

Result<ReportFiles> write_report(const std::filesystem::path& folder,
                                 const std::filesystem::path& journal, const RunFacts& given,
                                 const check::History& history, const check::Judgement& judgement) {
  const ReportFiles files{folder / "verdict.json", folder / "junit.xml", folder / "report.html"};
  RunFacts facts = completed(given, history);
  auto times = read_times(journal);
  if (facts.duration.count() == 0 && times && times->timed) {
    facts.duration = std::chrono::nanoseconds(times->latest);
  }
  if (auto error = write_file(files.verdict, to_text(verdict_json(facts, history, judgement)))) {
    return *error;
  }
  if (auto error = write_file(files.junit, junit_xml(facts, judgement))) return *error;
  if (!times) return times.error();
  cover(*times, history);
  const std::string title =
      std::string(word_for(judgement.verdict)) + " · " + cut(facts.scenario, 200) + " · dcount";
  const std::string page =
      page_of(page_data(facts, history, judgement, *times), title, plain_words(history, judgement));
  if (auto error = write_file(files.page, page)) return *error;
  return files;
}

}  // namespace dcount::report
