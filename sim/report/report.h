// What a run leaves behind: verdict.json and junit.xml for machines, report.html for people.
//
// Thread-safety: any thread; one at a time for a folder.
#pragma once

#include <filesystem>

#include "server/store/result.h"
#include "sim/check/verdict.h"
#include "sim/report/run_facts.h"

namespace dcount::report {

struct ReportFiles {
  std::filesystem::path verdict;  ///< verdict.json
  std::filesystem::path junit;    ///< junit.xml
  std::filesystem::path page;     ///< report.html, page_bytes_max at most
};

/// Writes them into the run's folder, which exists; files of an earlier report are replaced, each
/// at once. `journal` is the history's own file, read a second time for its times. An error names
/// the file: what machines read is then written all the same if only the journal or the page
/// failed.
///
/// Scenario, seed and duration that `facts` leave out are taken from the history.
Result<ReportFiles> write_report(const std::filesystem::path& folder,
                                 const std::filesystem::path& journal, const RunFacts& facts,
                                 const check::History& history, const check::Judgement& judgement);

}  // namespace dcount::report
