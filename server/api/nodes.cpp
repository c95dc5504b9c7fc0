#include "server/api/nodes.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "server/api/responses.h"

namespace dcount::api {
namespace {

using Json = nlohmann::ordered_json;

Json describe(const nodes::NodeStatus& node) {
  Json json{{"name", node.name},
            {"address", node.addresses.external},
            {"state", nodes::to_string(node.state)},
            {"last_seen", node.last_seen_ms / 1000},
            {"packages", node.disk.packages},
            {"bytes", node.disk.bytes},
            {"version", node.program},
            {"internal", node.addresses.internal},
            {"since", node.since_ms / 1000},
            {"reaches", node.reaches},
            {"self", node.self}};
  if (node.disk.free_bytes >= 0) json["free_bytes"] = node.disk.free_bytes;
  if (!node.reason.empty()) json["reason"] = node.reason;
  return json;
}

Json describe_cluster(const OperationsContext& operations, const nodes::NodeSnapshot& snapshot) {
  const std::string why = why_not_ready(operations);
  Json cluster{{"ready", why.empty()},
               {"servers", {{"alive", snapshot.live}, {"known", snapshot.nodes.size()}}},
               {"store", {{"reachable", operations.engine.trouble().empty()}}},
               {"clock",
                {{"off", snapshot.clock.off},
                 {"behind_ms", snapshot.clock.median_ms},
                 {"others", snapshot.clock.others}}},
               {"revision", operations.engine.statistics().revision}};
  if (!why.empty()) cluster["why"] = why;
  // What the engine says first is the clock; of the store we know nothing then.
  if (snapshot.clock.off) cluster["store"]["reachable"] = nullptr;
  return cluster;
}

httplib::Response state(const OperationsContext& operations, const nodes::NodeService& nodes) {
  const nodes::NodeSnapshot snapshot = nodes.snapshot();
  Json list = Json::array();
  for (const nodes::NodeStatus& node : snapshot.nodes) list.push_back(describe(node));
  const Json body{{"node", std::move(list)}, {"cluster", describe_cluster(operations, snapshot)}};
  auto response = json_response(200, body.dump(-1, ' ', false, Json::error_handler_t::replace));
  response.set_header("Cache-Control", "no-store");
  return response;
}

http::Route get(const char* pattern, http::CommandHandler handler) {
  http::Route route;
  route.method = "GET";
  route.pattern = pattern;
  route.scope = "any";
  route.command = std::move(handler);
  return route;
}

}  // namespace

void add_state_route(http::RouteTable& routes, const OperationsContext& operations,
                     const nodes::NodeService& nodes) {
  routes.add(
      get("/api/get_state", [operations, &nodes](http::Request&&, http::Responder responder) {
        responder.send(state(operations, nodes));
      }));
}

http::RouteTable make_internal_routes(const std::string& node, const std::string& version,
                                      const engine::Clock& clock) {
  http::RouteTable routes;
  routes.add(get("/capi/ping", [node, version, &clock](http::Request&&, http::Responder responder) {
    const Json body{{"node", node}, {"unix_ms", clock.now().unix_ms}, {"version", version}};
    responder.send(json_response(200, body.dump()));
  }));
  return routes;
}

}  // namespace dcount::api
