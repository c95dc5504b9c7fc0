// How a command group joins the command line. One file per group, one function in its header:
//
//   void add_bench(CLI::App& app, Context& context) {
//     auto options = std::make_shared<BenchOptions>();
//     CLI::App& command = add_command(app, "bench", "Load on a server, with percentiles",
//                                     {"dcount bench --connections 50 --duration 5s"});
//     command.add_option("--connections", options->connections, "How many")
//         ->capture_default_str();
//     on_run(command, context, [options, &context] { return run_bench(*options, context); });
//   }
//
// and one line in app.cpp. --server, --json, --api-key-file and the like are the root's and are
// accepted anywhere on the line. The body runs after everything is parsed and settled; what it
// returns is the exit code. It reports through context.output: data with document/text/table, what
// went wrong with fail.
//
// Thread-safety: everything here belongs to the main thread.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/settings.h"
#include "client/client.h"
#include "client/endpoint.h"

namespace dcount::cli {

/// The options every command has.
struct GlobalOptions {
  std::string server = "http://127.0.0.1:8080";  ///< checked: parse_endpoints accepts it
  std::string api_key_file;
  std::string api_key;      ///< from DCOUNT_API_KEY, unless the line has --api-key-file
  double retry_time_s = 5;  ///< how long a call may go on trying
};

struct Context {
  GlobalOptions options;
  Output output;
  Settings settings;
  std::function<ExitCode()> selected;  ///< the body of the command on the line
  std::vector<std::string> words;      ///< the line itself, without the program's name

  /// The servers to talk to, in the order given; never empty.
  std::vector<client::Endpoint> endpoints() const;
  /// The key from --api-key-file or DCOUNT_API_KEY; empty: none. Error: the file cannot be read.
  client::Result<std::string> api_key() const;
  /// For client::Client; the same error.
  client::Result<client::ClientOptions> client_options() const;
};

/// A command below `parent`, with its examples at the end of its --help. At least one.
CLI::App& add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::vector<std::string>& examples);

/// What `command` does.
void on_run(CLI::App& command, Context& context, std::function<ExitCode()> body);

/// A command of a group that has arguments of its own and does `body` with them. The arguments live
/// as long as the command.
template <class Arguments>
std::pair<CLI::App&, Arguments&> add_action(CLI::App& group, Context& context,
                                            const std::string& name, const std::string& description,
                                            const std::vector<std::string>& examples,
                                            ExitCode (*body)(const Arguments&, Context&)) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = add_command(group, name, description, examples);
  on_run(command, context, [arguments, &context, body] { return body(*arguments, context); });
  return {command, *arguments};
}

/// Reports a failed call (kind, detail, and how to go on) and returns its exit code. `more` is
/// added to the document of --json.
ExitCode fail(Context& context, const client::ClientError& error, const Json& more = nullptr);

/// Connects and does `call(client)`; a failure is reported, a value goes to `show(value)`.
template <class Call, class Show>
ExitCode with_client(Context& context, const Call& call, const Show& show) {
  auto options = context.client_options();
  if (!options) return fail(context, options.error());
  client::Client client(*options);
  auto result = call(client);
  if (!result) return fail(context, result.error());
  show(*result);
  return ExitCode::ok;
}

/// A 64-bit integer in decimal, nothing else: CLI11's own conversion takes 0x5 and 007.
extern const CLI::Validator is_integer;

/// A name: an empty one would make another path of the server's.
extern const CLI::Validator is_given;

}  // namespace dcount::cli
