// `dcount batch FILE|-`: many operations, all or nothing.
#include "cli/batch_command.h"

#include <fstream>
#include <iostream>
#include <memory>

#include "cli/batch_input.h"
#include "cli/interruption.h"
#include "cli/progress.h"
#include "client/random.h"

namespace dcount::cli {
namespace {

struct BatchOptions {
  std::string file;
  bool chunked = false;
  std::string key;
};

/// Parsed leniently: it is only shown.
Json results_of(const client::Answer& answer) {
  Json document = Json::parse(answer.body, nullptr, false);
  return document.is_object() ? document.value("results", Json::array()) : Json::array();
}

void show_results(Context& context, const std::vector<Json>& operations,
                  const client::Answer& answer) {
  Json results = results_of(answer);
  if (context.output.json()) {
    context.output.document({{"results", std::move(results)}, {"replayed", answer.replayed}});
    return;
  }
  auto text = [](const Json& object, const char* name) {
    auto found = object.find(name);
    if (found == object.end()) return std::string("-");
    return found->is_string() ? found->get<std::string>() : found->dump();
  };
  Table table{.columns = {"COUNTER", "N", "APPLIED"}, .right = {false, true, true}};
  for (std::size_t i = 0; i < operations.size() && i < results.size(); ++i) {
    table.rows.push_back(
        {counter_of(operations[i]), text(results[i], "n"), text(results[i], "applied")});
  }
  context.output.table(table);
}

client::Result<client::Answer> send(client::Client& client, const std::vector<Json>& operations,
                                    const std::string& key) {
  std::string body = Json{{"ops", operations}}.dump(-1, ' ', false, Json::error_handler_t::replace);
  return client.batch_json(std::move(body), key);
}

ExitCode run_whole(const BatchOptions& options, Context& context, client::Client& client,
                   BatchInput& input) {
  std::string error;
  auto operations = input.next(client::batch_operations_max, error);
  if (error.empty() && !input.next(1, error).empty()) {
    return context.output.fail(
        ExitCode::usage,
        "more than 1000 operations do not fit one batch, and only one batch is all or nothing. "
        "--chunked sends them by 1000: then each chunk is all or nothing, not the whole");
  }
  if (!error.empty()) return context.output.fail(ExitCode::error, options.file + ": " + error);
  client::Result<client::Answer> answer = client::Answer{};
  if (!operations.empty()) answer = send(client, operations, options.key);
  if (!answer) return fail(context, answer.error());
  show_results(context, operations, *answer);
  return ExitCode::ok;
}

/// Every chunk's key follows from the first one, so that a second run with it repeats nothing.
ExitCode run_chunked(const BatchOptions& options, Context& context, client::Client& client,
                     BatchInput& input) {
  std::string key = options.key.empty() ? client::random_key() : options.key;
  std::size_t done = 0;
  // All that is needed to go on where it stopped.
  auto stopped = [&](ExitCode code) {
    context.output.note(std::to_string(done) +
                        " operations were applied before that. To go on without counting twice, "
                        "repeat the command with the same input and\n  --idempotency-key " +
                        key);
    return code;
  };
  auto failed = [&](client::ClientError error) {
    error.idempotency_key = key;
    return stopped(fail(context, error));
  };
  GracefulInterruption graceful;
  {
    Progress progress(context.output.err_is_terminal() && !context.output.json(), options.file, 0,
                      ProgressUnit::items);
    for (std::size_t chunk = 0;; ++chunk) {
      std::string error;
      auto operations = input.next(client::batch_operations_max, error);
      if (!error.empty()) {
        return failed({.kind = client::ErrorKind::local, .detail = options.file + ": " + error});
      }
      if (operations.empty()) break;
      if (interrupted()) {
        return stopped(context.output.fail(ExitCode::interrupted, "interrupted"));
      }
      auto answer = send(client, operations, key + "-" + std::to_string(chunk));
      if (!answer) return failed(answer.error());
      if (context.output.json()) show_results(context, operations, *answer);
      done += operations.size();
      progress.at(done);
    }
  }
  if (!context.output.json()) {
    context.output.line(std::to_string(done) + " operations applied");
  }
  return ExitCode::ok;
}

ExitCode run_batch(const BatchOptions& options, Context& context) {
  auto client_options = context.client_options();
  if (!client_options) return fail(context, client_options.error());
  std::ifstream file;
  if (options.file != "-") {
    file.open(options.file);
    if (!file) return context.output.fail(ExitCode::error, "cannot read " + options.file);
  }
  BatchInput input(options.file == "-" ? std::cin : file);
  client::Client client(*client_options);
  return options.chunked ? run_chunked(options, context, client, input)
                         : run_whole(options, context, client, input);
}

}  // namespace

void add_batch(CLI::App& app, Context& context) {
  auto options = std::make_shared<BatchOptions>();
  CLI::App& command = add_command(
      app, "batch", "Change many counters at once, all or nothing",
      {R"(echo '{"ops": [{"add": "views/home", "n": 5}, {"add": "views/all"}]}' | dcount batch -)",
       "dcount batch --chunked increments.jsonl"});
  command
      .add_option("file", options->file,
                  "A JSON document {\"ops\": […]} as for POST /batch, or JSON lines, one operation "
                  "each; - is standard input")
      ->required();
  command.add_flag("--chunked", options->chunked,
                   "Send more than 1000 operations, in chunks of 1000: each chunk is all or "
                   "nothing, not the whole");
  command
      .add_option("--idempotency-key", options->key,
                  "Finish an earlier run with this key, without counting twice")
      ->type_name("KEY");
  on_run(command, context, [options, &context] { return run_batch(*options, context); });
}

}  // namespace dcount::cli
