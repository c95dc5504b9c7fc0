// `dcount mirror URL --into FILE --table T`: a lockstep feed, kept as a table of SQLite.
#include "cli/mirror_command.h"

#include "cli/interruption.h"
#include "cli/mirror_run.h"

namespace dcount::cli {
namespace {

struct MirrorArguments {
  std::string url;
  std::string file;
  std::string table;
  std::string order_by = "updated_at";
  std::string exec;
  bool once = false;
  bool prune = false;
};

bool has_since(const std::string& target) {
  return target.find("?since=") != std::string::npos || target.find("&since=") != std::string::npos;
}

const CLI::Validator is_feed(
    [](std::string& text) {
      auto url = client::parse_stream_url(text);
      if (!url) return url.error().detail;
      if (has_since(url->target)) return std::string("where it begins is in the table: no since=");
      return std::string();
    },
    "", "is_feed");

Json json_of(const SqlValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
  if (const auto* real = std::get_if<double>(&value)) return *real;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return nullptr;
}

Json summary(const MirrorReport& report) {
  return {
      {"records", report.records}, {"changed", report.changed}, {"since", json_of(report.since)}};
}

ExitCode show(const MirrorReport& report, const MirrorArguments& arguments, Context& context) {
  Json json = summary(report);
  std::string words = std::to_string(report.records) + " records, " +
                      std::to_string(report.changed) + " of them news; it goes on from " +
                      arguments.order_by + " " + order_text(report.since);
  if (report.error) return fail(context, *report.error, json);
  if (report.interrupted) {
    ExitCode code = context.output.fail(ExitCode::interrupted, "interrupted", json);
    if (!context.output.json()) context.output.note(words);
    return code;
  }
  if (context.output.json()) {
    context.output.document(json);
  } else {
    context.output.line(words);
  }
  return ExitCode::ok;
}

ExitCode run(const MirrorArguments& arguments, Context& context) {
  auto client_options = context.client_options();
  if (!client_options) return fail(context, client_options.error());
  MirrorOptions options{.url = client::parse_stream_url(arguments.url).value(),
                        .api_key = client_options->api_key,
                        .file = arguments.file,
                        .table = arguments.table,
                        .order_by = arguments.order_by,
                        .exec = arguments.exec,
                        .once = arguments.once,
                        .prune = arguments.prune,
                        .retry_time = client_options->retry_time};
  GracefulInterruption graceful;
  return show(run_mirror(options, context.output), arguments, context);
}

}  // namespace

void add_mirror(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<MirrorArguments>();
  CLI::App& command = add_command(
      app, "mirror",
      "Keeps a table of SQLite equal to a lockstep feed, dcount's or another server's: the columns "
      "are id, updated_at, deleted_at, record (the JSON), and one for each scalar member. Goes on "
      "where it stopped, however it stopped.",
      {"dcount mirror http://127.0.0.1:8080/lockstep/counters/views --into views.sqlite --table "
       "views",
       "dcount mirror http://user:password@10.0.0.7:4567/servers --into s.sqlite --table servers "
       "--once --prune",
       "dcount mirror http://10.0.0.7:4567/routes --into r.sqlite --table routes --order-by txid "
       "--exec 'jq -r .ip'"});
  command.add_option("url", arguments->url, "The feed; user and password in it are sent along")
      ->required()
      ->check(is_feed)
      ->type_name("URL");
  command.add_option("--into", arguments->file, "The file of SQLite; made when there is none")
      ->required()
      ->check(is_given)
      ->type_name("FILE");
  command.add_option("--table", arguments->table, "The table, which is this mirror's alone")
      ->required()
      ->check(is_given)
      ->type_name("NAME");
  command
      .add_option(
          "--order-by", arguments->order_by,
          "The member that grows with every change; the feed is asked for what is not older")
      ->check(is_given)
      ->type_name("FIELD")
      ->capture_default_str();
  command
      .add_option("--exec", arguments->exec,
                  "A shell command that gets each record that is news on standard input, one after "
                  "the other, once it is in the table; what was in the table when the mirror was "
                  "killed is not run again")
      ->check(is_given)
      ->type_name("COMMAND");
  command.add_flag("--once", arguments->once,
                   "Fetch what there is, and exit; of a feed that never ends, until 1 s nothing "
                   "comes");
  command.add_flag("--prune", arguments->prune, "Remove the rows of deleted records");
  on_run(command, context, [arguments, &context] { return run(*arguments, context); });
}

}  // namespace dcount::cli
