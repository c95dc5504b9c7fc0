// `dcount node list`.
#include "cli/node_command.h"

#include <ctime>

namespace dcount::cli {
namespace {

struct NodeArguments {};

/// "2026-11-22 14:02:21Z"; nothing for a time that nobody knows.
std::string time_text(std::int64_t unix_s) {
  const std::time_t time = unix_s;
  std::tm parts{};
  char text[32];
  if (unix_s <= 0 || gmtime_r(&time, &parts) == nullptr) return "";
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%SZ", &parts)};
}

ExitCode list(const NodeArguments&, Context& context) {
  return with_client(
      context, [](client::Client& client) { return client.get_state(); },
      [&](const client::ClusterState& state) {
        if (context.output.json()) return context.output.line(state.document);
        Table table{.columns = {"NAME", "STATE", "ADDRESS", "VERSION", "LAST SEEN", ""}};
        for (const client::NodeInfo& node : state.nodes) {
          table.rows.push_back({node.name, node.state, node.address, node.version,
                                time_text(node.last_seen_s), node.self ? "this one" : ""});
        }
        context.output.table(table);
        for (const client::NodeInfo& node : state.nodes) {
          if (!node.reason.empty()) context.output.note(node.name + ": " + node.reason);
        }
        if (!state.ready) context.output.note("not ready: " + state.why);
      });
}

}  // namespace

void add_node(CLI::App& app, Context& context) {
  CLI::App& group = add_command(app, "node", "The servers of the cluster", {"dcount node list"});
  add_action(group, context, "list", "List them with their state, as the one asked sees them",
             {"dcount node list", "dcount node list --json --server http://other:8080"}, list);
}

}  // namespace dcount::cli
