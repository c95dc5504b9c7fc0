// `dcount check FILE…`: verdict, witness, what was judged by whom.
#include "cli/check_command.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>

#include "cli/verdict_output.h"
#include "sim/check/history_reader.h"
#include "sim/check/verdict.h"

namespace dcount::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t rows_max = 50;  ///< of the table of keys

struct CheckArguments {
  std::vector<std::string> files;
  bool no_final_reads = false;
  bool need_faults = false;
  double search_time_s = 5;
};

/// One history, and what became of it.
struct Checked {
  std::string file;
  check::Judgement judgement;
  std::size_t keys = 0;
  std::size_t faults = 0;
  std::size_t operations = 0;
  std::size_t ok = 0;
  std::size_t failed = 0;
  std::size_t unknown = 0;
  double read_s = 0;
  double judged_s = 0;
};

double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

void count(const check::History& history, Checked& checked) {
  checked.keys = history.keys.size();
  checked.faults = history.faults.size();
  checked.operations = history.operations.size();
  for (const check::Operation& operation : history.operations) {
    if (operation.outcome == check::Outcome::ok) ++checked.ok;
    if (operation.outcome == check::Outcome::fail) ++checked.failed;
    if (operation.outcome == check::Outcome::unknown) ++checked.unknown;
  }
}

std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", seconds);
  return text;
}

void show_keys(const check::Judgement& judgement, Output& output) {
  Table table{.columns = {"  KEY", "VERDICT", "JUDGE", ""}};
  std::size_t left_out = 0;
  for (const check::Finding& finding : judgement.findings) {
    if (table.rows.size() == rows_max) {
      ++left_out;
      continue;
    }
    table.rows.push_back({"  " + (finding.key.empty() ? "(all)" : finding.key),
                          std::string(word_for(finding.verdict)), finding.judge,
                          finding.verdict == check::Verdict::valid ? finding.summary : ""});
  }
  if (!table.rows.empty()) output.table(table);
  if (left_out > 0) output.line("  and " + std::to_string(left_out) + " more");
}

void show(const Checked& checked, Output& output) {
  output.line(checked.file + ": " + std::string(word_for(checked.judgement.verdict)));
  show_findings(checked.judgement, output);
  show_keys(checked.judgement, output);
  output.line("  " + std::to_string(checked.operations) + " operations: " +
              std::to_string(checked.ok) + " ok, " + std::to_string(checked.failed) + " failed, " +
              std::to_string(checked.unknown) + " unknown; " + std::to_string(checked.keys) +
              " keys, " + std::to_string(checked.faults) + " faults; read in " +
              seconds_text(checked.read_s) + ", judged in " + seconds_text(checked.judged_s));
}

Json document_of(const Checked& checked) {
  Json findings = Json::array();
  for (const check::Finding& finding : checked.judgement.findings) {
    Json one{{"judge", finding.judge},
             {"key", finding.key},
             {"verdict", word_for(finding.verdict)},
             {"summary", finding.summary}};
    if (finding.verdict == check::Verdict::invalid) {
      one["witness"] = {{"text", finding.witness.text}, {"operations", finding.witness.operations}};
    }
    findings.push_back(std::move(one));
  }
  return {{"file", checked.file},
          {"verdict", word_for(checked.judgement.verdict)},
          {"operations", checked.operations},
          {"ok", checked.ok},
          {"fail", checked.failed},
          {"unknown", checked.unknown},
          {"keys", checked.keys},
          {"faults", checked.faults},
          {"findings", std::move(findings)},
          {"read_s", checked.read_s},
          {"judged_s", checked.judged_s}};
}

ExitCode check_file(const CheckArguments& arguments, const std::string& file, Context& context) {
  Clock::time_point begun = Clock::now();
  auto history = file == "-" ? check::read_history(std::cin)
                             : check::read_history(std::filesystem::path(file));
  if (!history) {
    return context.output.fail(setup_failed, "cannot read " + file + ": " + history.error().text());
  }
  Checked checked{.file = file};
  checked.read_s = seconds_since(begun);
  count(*history, checked);
  check::CheckOptions options;
  options.need_final_reads = !arguments.no_final_reads;
  options.need_faults = arguments.need_faults;
  options.search_time_max =
      std::chrono::milliseconds(static_cast<std::int64_t>(arguments.search_time_s * 1000));
  begun = Clock::now();
  checked.judgement = check::check(*history, options);
  checked.judged_s = seconds_since(begun);
  if (context.output.json()) {
    context.output.document(document_of(checked));
  } else {
    show(checked, context.output);
  }
  return exit_code(checked.judgement.verdict);
}

/// A violation dominates, then what could not be read, then too little evidence.
int weight(ExitCode code) {
  if (code == exit_code(check::Verdict::invalid)) return 3;
  if (code == setup_failed) return 2;
  return code == exit_code(check::Verdict::unknown) ? 1 : 0;
}

ExitCode check_all(const CheckArguments& arguments, Context& context) {
  ExitCode worst = ExitCode::ok;
  for (const std::string& file : arguments.files) {
    ExitCode code = check_file(arguments, file, context);
    if (weight(code) > weight(worst)) worst = code;
  }
  return worst;
}

}  // namespace

void add_check(CLI::App& app, Context& context) {
  auto [command, arguments] = add_action<CheckArguments>(
      app, context, "check",
      "Judge histories of what clients saw: is there an order that explains them?\n"
      "Exit: 0 valid, 1 a violation, 2 too little evidence, 3 usage or unreadable",
      {"dcount check .dcount/runs/latest/history.jsonl",
       "dcount check --no-final-reads jepsen/store/latest/history.edn",
       "zcat history.jsonl.gz | dcount check --json -"},
      check_all);
  command
      .add_option("files", arguments.files,
                  "JSON lines, or Jepsen's JSON or EDN; -: standard input")
      ->required()
      ->type_name("FILE");
  command.add_flag("--no-final-reads", arguments.no_final_reads,
                   "Valid even if a key was not read after its last write");
  command.add_flag("--need-faults", arguments.need_faults,
                   "Unknown unless operations were under way during every fault");
  command
      .add_option("--search-time", arguments.search_time_s,
                  "How long the general search may take, where no exact judge fits")
      ->check(CLI::Range(0.0, 3600.0))
      ->type_name("SECONDS")
      ->capture_default_str();
}

}  // namespace dcount::cli
