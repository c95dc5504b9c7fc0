// `dcount node list|repair`.
#include "cli/node_command.h"

#include <cstdio>

#include "cli/progress.h"
#include "cli/time_text.h"

namespace dcount::cli {
namespace {

struct NodeArguments {};

/// Nothing for what nobody has told.
std::string bytes_text(std::optional<std::int64_t> bytes) {
  return bytes && *bytes >= 0 ? human_bytes(static_cast<std::uint64_t>(*bytes)) : "";
}

ExitCode list(const NodeArguments&, Context& context) {
  return with_client(
      context, [](client::Client& client) { return client.get_state(); },
      [&](const client::ClusterState& state) {
        if (context.output.json()) return context.output.line(state.document);
        Table table{.columns = {"NAME", "STATE", "ADDRESS", "VERSION", "LAST SEEN", "PACKAGES",
                                "SIZE", "FREE", ""},
                    .right = {false, false, false, false, false, true, true, true}};
        for (const client::NodeInfo& node : state.nodes) {
          table.rows.push_back({node.name, node.state, node.address, node.version,
                                time_text(node.last_seen_s), std::to_string(node.packages),
                                bytes_text(node.bytes), bytes_text(node.free_bytes),
                                node.self ? "this one" : ""});
        }
        context.output.table(table);
        for (const client::NodeInfo& node : state.nodes) {
          if (!node.reason.empty()) context.output.note(node.name + ": " + node.reason);
        }
        if (!state.ready) context.output.note("not ready: " + state.why);
      });
}

std::vector<std::string> row_of(const client::Endpoint& endpoint,
                                const client::RepairReport& report) {
  std::vector<std::string> row{endpoint.url()};
  for (const std::int64_t count :
       {report.checked, report.missing, report.extra, report.corrupt, report.expired, report.copied,
        report.adopted, report.dropped, report.trimmed, report.failed}) {
    row.push_back(std::to_string(count));
  }
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.1f s", report.seconds);
  row.emplace_back(seconds);
  return row;
}

/// The report as the server gave it, and which server that was.
Json document_of(const client::Endpoint& endpoint, const client::RepairReport& report) {
  Json document = {{"server", endpoint.url()}};
  document.update(Json::parse(report.document, nullptr, false));
  return document;
}

/// Each of --server, one after the other: a repair is a node's own.
ExitCode repair(const NodeArguments&, Context& context) {
  auto options = context.client_options();
  if (!options) return fail(context, options.error());
  Table table{.columns = {"SERVER", "CHECKED", "MISSING", "EXTRA", "CORRUPT", "EXPIRED", "COPIED",
                          "ADOPTED", "DROPPED", "TRIMMED", "FAILED", "TIME"},
              .right = std::vector<bool>(12, true)};
  table.right[0] = false;
  ExitCode code = ExitCode::ok;
  for (const client::Endpoint& endpoint : context.endpoints()) {
    options->endpoints = {endpoint};
    auto report = client::Client(*options).repair();
    if (!report) {
      client::ClientError error = report.error();
      error.idempotency_key.clear();  // repeating it needs none
      error.detail = endpoint.url() + ": " + error.detail;
      code = fail(context, error);
      continue;
    }
    if (report->failed > 0 && code == ExitCode::ok) code = ExitCode::error;
    if (context.output.json()) context.output.document(document_of(endpoint, *report));
    table.rows.push_back(row_of(endpoint, *report));
  }
  if (!context.output.json() && !table.rows.empty()) context.output.table(table);
  return code;
}

}  // namespace

void add_node(CLI::App& app, Context& context) {
  CLI::App& group = add_command(app, "node", "The servers of the cluster", {"dcount node list"});
  add_action(group, context, "list", "List them with their state, as the one asked sees them",
             {"dcount node list", "dcount node list --json --server http://other:8080"}, list);
  add_action(group, context, "repair",
             "Have each of --server compare its packages with the store, and mend them: minutes",
             {"dcount node repair", "dcount node repair --server http://a:8080,http://b:8080"},
             repair);
}

}  // namespace dcount::cli
