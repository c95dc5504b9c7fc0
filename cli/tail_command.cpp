// `dcount tail`: counters as they change.
#include "cli/tail_command.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "cli/interruption.h"
#include "cli/tail_run.h"
#include "cli/tail_view.h"

namespace dcount::cli {
namespace {

constexpr std::size_t name_bytes_max = 128;
/// With the rest of the request below what servers take.
constexpr std::size_t target_bytes_max = 12 << 10;
constexpr const char* from_now = "now";

struct TailArguments {
  std::vector<std::string> what;
  std::string since;
  std::string state;
  bool follow = false;
  TailSort sort = TailSort::fitting;
};

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= name_bytes_max && text != "." && text != ".." &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '-';
         });
}

std::string check_what(std::string& text) {
  const std::string_view all = text;
  const auto slash = all.find('/');
  const bool whole = slash != all.npos && slash + 1 == all.size();
  if (text == "*" || (is_name(all.substr(0, slash)) &&
                      (slash == all.npos || whole || is_name(all.substr(slash + 1))))) {
    return "";
  }
  return "'" + text + "' is no COLLECTION/ID, COLLECTION/ or ID";
}

std::string check_since(std::string& text) {
  if (text == from_now) return "";
  std::string wrong = is_integer(text);
  if (wrong.empty() && text.starts_with('-')) wrong = "a revision is not negative";
  return wrong;
}

const CLI::Validator is_what(check_what, "", "is_what");
const CLI::Validator is_since(check_since, "", "is_since");

/// People get a table, programs lines.
std::unique_ptr<TailView> view_for(const TailArguments& arguments, Output& output) {
  if (output.json() || !output.out_is_terminal()) return make_tail_lines(output);
  if (!arguments.follow) return make_final_table(output, arguments.sort);
  const char* term = std::getenv("TERM");
  const bool can_redraw = term != nullptr && std::string_view(term) != "dumb";
  return can_redraw ? make_live_table(output, arguments.sort) : make_tail_lines(output);
}

/// "now" as a revision: a connection that is lost right away then loses no change.
client::Result<std::int64_t> revision_now(const client::ClientOptions& options) {
  client::Client client(options);
  auto page = client.list({}, 1);
  if (!page) return page.error();
  return page->revision;
}

client::Result<TailFeedOptions> feed_options(const TailArguments& arguments,
                                             const Context& context) {
  auto client_options = context.client_options();
  if (!client_options) return client_options.error();
  TailFeedOptions feed{.endpoints = client_options->endpoints,
                       .api_key = client_options->api_key,
                       .what = arguments.what,
                       .since = {},
                       .follow = arguments.follow,
                       .retry_time = client_options->retry_time};
  if (std::count(feed.what.begin(), feed.what.end(), "*") > 0) feed.what.clear();
  if (arguments.since == from_now) {
    auto revision = revision_now(*client_options);
    if (!revision) return revision.error();
    feed.since = *revision;
  } else if (!arguments.since.empty()) {
    feed.since = std::stoll(arguments.since);
    feed.since_binds = true;
  }
  return feed;
}

ExitCode tail(const TailArguments& arguments, Context& context) {
  if (tail_target(arguments.what, {}, true).size() > target_bytes_max) {
    return context.output.fail(
        ExitCode::usage, "too many counters for one request; a whole collection is COLLECTION/");
  }
  auto feed = feed_options(arguments, context);
  if (!feed) return fail(context, feed.error());
  const GracefulInterruption graceful;
  auto view = view_for(arguments, context.output);
  const TailOutcome outcome = run_tail({.feed = *feed, .state = arguments.state}, *view);
  return outcome.error ? fail(context, *outcome.error) : outcome.code;
}

void add_sort(CLI::App& command, TailArguments& arguments) {
  command
      .add_option_function<std::string>(
          "--sort",
          [&arguments](const std::string& word) {
            arguments.sort = word == "name" ? TailSort::name : TailSort::change;
          },
          "The table by name, or the last change first [by name while all of it fits]")
      ->check(CLI::IsMember({"name", "change"}));
}

}  // namespace

void add_tail(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<TailArguments>();
  CLI::App& command = add_command(
      app, "tail",
      "Print counters, and with --follow every change: a table, or JSON lines in a pipe",
      {"dcount tail views/", "dcount tail --follow", "dcount tail views/home stock/ -f --json",
       "dcount tail --follow --state changes.state >> changes.jsonl"});
  command
      .add_option("what", arguments->what,
                  "COLLECTION/ID, COLLECTION/, or an ID in any collection [everything]")
      ->check(is_what);
  command.add_flag("-f,--follow", arguments->follow,
                   "Go on with every change, until Ctrl-C; otherwise what is there is all");
  command
      .add_option("--since", arguments->since,
                  "Instead of the current values only what changed after this revision, or 'now'")
      ->check(is_since)
      ->type_name("REVISION");
  command
      .add_option("--state", arguments->state,
                  "Keep here how far it has got, to go on there; --since is for the first time")
      ->type_name("FILE");
  add_sort(command, *arguments);
  on_run(command, context, [arguments, &context] { return tail(*arguments, context); });
}

}  // namespace dcount::cli
