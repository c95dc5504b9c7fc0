// `dcount sim list`, `show`, `open`, `export`: runs that were made.
#include <algorithm>
#include <iostream>

#include "cli/sim_command.h"
#include "cli/verdict_output.h"
#include "sim/check/export.h"
#include "sim/check/history_reader.h"
#include "sim/process.h"
#include "sim/scenario/run_directory.h"

namespace dcount::cli {
namespace {

struct RunsArguments {
  std::string root = sim::runs_root_default;
  std::string run;
  std::string scenario;
  std::string verdict;
  std::string sort = "time";
  std::string format = "elle";
};

std::int64_t number(const sim::Json& document, const char* name) {
  return document.is_object() ? document.value(name, std::int64_t{0}) : 0;
}

ExitCode list(const RunsArguments& arguments, Context& context) {
  auto runs = sim::past_runs(arguments.root);
  std::erase_if(runs, [&](const sim::PastRun& run) {
    return (!arguments.scenario.empty() && run.scenario != arguments.scenario) ||
           (!arguments.verdict.empty() && run.verdict != arguments.verdict);
  });
  if (arguments.sort == "scenario" || arguments.sort == "verdict") {
    std::stable_sort(runs.begin(), runs.end(), [&](const auto& a, const auto& b) {
      return arguments.sort == "scenario" ? a.scenario < b.scenario : a.verdict < b.verdict;
    });
  }
  Table table{.columns = {"SCENARIO", "RUN", "VERDICT", "SEED"},
              .right = {false, false, false, true}};
  for (const sim::PastRun& run : runs) {
    if (context.output.json()) {
      context.output.document({{"scenario", run.scenario},
                               {"run", run.time},
                               {"verdict", run.verdict},
                               {"directory", run.directory.string()}});
    }
    table.rows.push_back({run.scenario, run.time, run.verdict.empty() ? "ended early" : run.verdict,
                          std::to_string(number(run.document, "seed"))});
  }
  if (!context.output.json()) context.output.table(table);
  return ExitCode::ok;
}

ExitCode exit_code_of(const std::string& verdict) {
  if (verdict == "valid") return exit_code(check::Verdict::valid);
  return exit_code(verdict == "invalid" ? check::Verdict::invalid : check::Verdict::unknown);
}

ExitCode show(const RunsArguments& arguments, Context& context) {
  auto run = sim::find_run(arguments.root, arguments.run);
  if (!run) return context.output.fail(setup_failed, run.error().message);
  if (context.output.json()) {
    context.output.document(run->document);
    return exit_code_of(run->verdict);
  }
  context.output.line(run->scenario + ", " + run->time + ": " +
                      (run->verdict.empty() ? "ended before there was a verdict" : run->verdict));
  const sim::Json document = run->document.is_object() ? run->document : sim::Json::object();
  for (const auto& finding : document.value("findings", sim::Json::array())) {
    const std::string verdict = finding.value("verdict", "");
    if (verdict == "valid") continue;
    const std::string key = finding.value("key", "");
    context.output.line("  " + verdict + " (" + finding.value("judge", "") +
                        (key.empty() ? "" : " of ") + key + "): " + finding.value("summary", ""));
    if (const auto& witness = finding.find("witness");
        verdict == "invalid" && witness != finding.end()) {
      context.output.line("    " + (witness->is_object() ? witness->value("text", "")
                                                         : witness->get<std::string>()));
    }
  }
  context.output.line("  " + (run->directory / "report.html").string());
  if (const std::string again = document.value("reproduce", ""); !again.empty()) {
    context.output.line("  " + again);
  }
  return exit_code_of(run->verdict);
}

/// In the browser of whoever sits here.
ExitCode open(const RunsArguments& arguments, Context& context) {
  auto run = sim::find_run(arguments.root, arguments.run);
  if (!run) return context.output.fail(setup_failed, run.error().message);
  const std::string page = (run->directory / "report.html").string();
  context.output.line(page);
  auto opener = sim::Process::start({.program = "xdg-open", .arguments = {page}});
  if (!opener) {
    return context.output.fail(setup_failed,
                               "no program to open it with: " + opener.error().message);
  }
  opener->wait(std::chrono::seconds(10));
  return ExitCode::ok;
}

ExitCode export_run(const RunsArguments& arguments, Context& context) {
  auto run = sim::find_run(arguments.root, arguments.run);
  if (!run) return context.output.fail(setup_failed, run.error().message);
  auto history = check::read_history(run->directory / "history.jsonl");
  if (!history) return context.output.fail(setup_failed, history.error().text());
  const auto format =
      arguments.format == "porcupine" ? check::ExportFormat::porcupine : check::ExportFormat::elle;
  check::export_history(*history, format, std::cout);
  if (const std::size_t left_out = check::packages_left_out(*history); left_out > 0) {
    context.output.note("operations on packages are not exported: " + std::to_string(left_out) +
                        " were left out");
  }
  return ExitCode::ok;
}

void add_root(CLI::App& command, RunsArguments& arguments) {
  command.add_option("--root", arguments.root, "Where runs are kept")
      ->type_name("DIR")
      ->capture_default_str();
}

void add_run(CLI::App& command, RunsArguments& arguments) {
  add_root(command, arguments);
  command.add_option("run", arguments.run, "A scenario, a run, a directory [the latest run]");
}

}  // namespace

void add_sim_runs(CLI::App& group, Context& context) {
  auto [listing, filter] =
      add_action(group, context, "list", "List the runs that were made",
                 {"dcount sim list", "dcount sim list --verdict invalid --sort scenario"}, list);
  add_root(listing, filter);
  listing.add_option("--scenario", filter.scenario, "Only runs of this one");
  listing.add_option("--verdict", filter.verdict, "Only those")
      ->check(CLI::IsMember({"valid", "invalid", "unknown"}));
  listing.add_option("--sort", filter.sort, "By what")
      ->check(CLI::IsMember({"time", "scenario", "verdict"}))
      ->capture_default_str();
  auto [showing, shown] = add_action(group, context, "show", "Show what a run has found",
                                     {"dcount sim show", "dcount sim show retry-storm"}, show);
  add_run(showing, shown);
  auto [opening, opened] = add_action(group, context, "open", "Open a run's report in the browser",
                                      {"dcount sim open"}, open);
  add_run(opening, opened);
  auto [exporting, exported] =
      add_action(group, context, "export", "Write a run's history for other checkers",
                 {"dcount sim export --format elle > history.edn"}, export_run);
  add_run(exporting, exported);
  exporting.add_option("--format", exported.format, "For whom")
      ->check(CLI::IsMember({"porcupine", "elle", "jepsen"}))
      ->capture_default_str();
}

}  // namespace dcount::cli
