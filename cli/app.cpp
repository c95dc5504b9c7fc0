#include "cli/app.h"

#include <cerrno>
#include <cstdlib>
#include <sstream>

#include "cli/batch_command.h"
#include "cli/bench_command.h"
#include "cli/check_command.h"
#include "cli/cluster_command.h"
#include "cli/command.h"
#include "cli/completion_command.h"
#include "cli/counter_command.h"
#include "cli/dump_command.h"
#include "cli/interruption.h"
#include "cli/item_command.h"
#include "cli/key_command.h"
#include "cli/mirror_command.h"
#include "cli/node_command.h"
#include "cli/package_command.h"
#include "cli/sequence_command.h"
#include "cli/server_command.h"
#include "cli/sim_command.h"
#include "cli/suggestion.h"
#include "cli/tail_command.h"
#include "cli/verdict_output.h"
#include "cli/version_command.h"

namespace dcount::cli {
namespace {

const CLI::Validator is_server(
    [](std::string& text) {
      auto endpoints = client::parse_endpoints(text);
      return endpoints ? std::string() : endpoints.error().detail;
    },
    "");

void add_global_options(CLI::App& app, Context& context) {
  auto setting = [&](CLI::Option* option) { context.settings.add(app, option); };
  setting(
      app.add_option("--server", context.options.server, "Where the servers are; several fail over")
          ->check(is_server)
          ->capture_default_str());
  setting(app.add_option("--api-key-file", context.options.api_key_file,
                         "A file that holds the key (or the key itself in DCOUNT_API_KEY)")
              ->type_name("FILE"));
  setting(app.add_option("--retry-time", context.options.retry_time_s,
                         "How long to go on trying when no server answers")
              ->check(CLI::Range(0.0, 3600.0))
              ->type_name("SECONDS")
              ->capture_default_str());
  setting(app.add_flag_function(
      "--json", [&context](std::int64_t count) { context.output.set_json(count > 0); },
      "One JSON document on standard output, or JSON lines"));
}

void add_commands(CLI::App& app, Context& context) {
  add_server(app, context);
  add_counter(app, context);
  add_sequence(app, context);
  add_item(app, context);
  add_tail(app, context);
  add_mirror(app, context);
  add_batch(app, context);
  add_dump(app, context);
  add_bench(app, context);
  add_cluster(app, context);
  add_node(app, context);
  add_package(app, context);
  add_key(app, context);
  add_check(app, context);
  add_sim(app, context);
  add_completion(app, context);
  add_version(app, context);
}

/// The root's options anywhere on the line, one command of each group, and words that are left
/// over kept for left_over() instead of CLI11's own refusal.
void set_rules(CLI::App& app) {
  app.fallthrough();
  app.allow_extras();
  // At most one: otherwise a value that is named like a command would be taken for it.
  app.require_subcommand(0, 1);
}

void take_key_from_environment(const CLI::App& app, Context& context) {
  const char* key = std::getenv("DCOUNT_API_KEY");
  if (key != nullptr && app["--api-key-file"]->count() == 0) context.options.api_key = key;
}

/// Of `check` and `sim`, 2 is a verdict.
ExitCode usage_code(const CLI::App& app) {
  const auto commands = app.get_subcommands();
  const std::string name = commands.empty() ? "" : commands.front()->get_name();
  return name == "check" || name == "sim" ? setup_failed : ExitCode::usage;
}

/// A group without a command: what it offers.
ExitCode say_which(const CLI::App& app, Context& context) {
  const CLI::App* last = &app;
  while (!last->get_subcommands().empty()) last = last->get_subcommands().front();
  if (!context.output.json()) context.output.note(app.help());
  std::string names;
  for (const std::string& name : command_names(*last)) names += (names.empty() ? "" : ", ") + name;
  return context.output.fail(usage_code(app), "say which command: " + names);
}

ExitCode refuse(const CLI::App& app, const CLI::ParseError& error, Context& context) {
  context.output.set_json(app["--json"]->count() > 0);
  auto meant = left_over(app);
  return context.output.fail(usage_code(app), meant ? *meant : error.what());
}

ExitCode parse_and_run(int argc, char** argv, Context& context) {
  CLI::App app("dcount: a durable counting server, and everything to use it from here", "dcount");
  app.footer(
      "Example:\n  dcount counter add views home 5 --create\n\n"
      "'dcount COMMAND --help' tells more. Settings come from flags, DCOUNT_* variables,\n"
      "./dcount.toml, $XDG_CONFIG_HOME/dcount/config.toml and /etc/dcount/config.toml.");
  set_rules(app);
  add_global_options(app, context);
  add_commands(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    std::ostringstream text;
    app.exit(asked, text, text);
    context.output.text(text.str());
    return ExitCode::ok;
  } catch (const CLI::ParseError& error) {
    return refuse(app, error, context);
  }
  if (auto meant = left_over(app)) return context.output.fail(usage_code(app), *meant);
  take_key_from_environment(app, context);
  if (auto wrong = context.settings.apply(); !wrong.empty()) {
    return context.output.fail(usage_code(app), wrong);
  }
  return context.selected ? context.selected() : say_which(app, context);
}

}  // namespace

int run(int argc, char** argv) {
  handle_signals();
  Context context;
  context.words.assign(argv + 1, argv + argc);
  ExitCode code = parse_and_run(argc, argv, context);
  if (!context.output.flush()) {
    // A reader that has seen enough (`| head`) needs no telling.
    if (errno != EPIPE) context.output.fail(ExitCode::error, "cannot write standard output");
    if (code == ExitCode::ok) code = ExitCode::error;
  }
  return static_cast<int>(code);
}

}  // namespace dcount::cli
