#include "client/decode_node.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "client/decode.h"

namespace dcount::client {
namespace {

using Json = nlohmann::json;

bool flag_at(const Json& object, const char* name) {
  auto found = object.find(name);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

std::optional<NodeInfo> node_from(const Json& object) {
  if (!object.is_object()) return std::nullopt;
  NodeInfo node{.name = text_at(object, "name"),
                .address = text_at(object, "address"),
                .internal = text_at(object, "internal"),
                .state = text_at(object, "state"),
                .reason = text_at(object, "reason"),
                .version = text_at(object, "version"),
                .last_seen_s = integer_at(object, "last_seen").value_or(0),
                .since_s = integer_at(object, "since").value_or(0),
                .reaches = {},
                .packages = integer_at(object, "packages").value_or(0),
                .bytes = integer_at(object, "bytes").value_or(0),
                .free_bytes = integer_at(object, "free_bytes"),
                .self = flag_at(object, "self")};
  if (auto reaches = object.find("reaches"); reaches != object.end() && reaches->is_array()) {
    for (const Json& name : *reaches) {
      if (name.is_string()) node.reaches.push_back(name.get<std::string>());
    }
  }
  if (node.name.empty() || node.state.empty()) return std::nullopt;
  return node;
}

}  // namespace

std::optional<ClusterState> decode_state(std::string body) {
  Json object = parse_answer(body);
  if (!object.is_object()) return std::nullopt;
  auto list = object.find("node");
  if (list == object.end() || !list->is_array()) return std::nullopt;
  ClusterState state;
  for (const Json& item : *list) {
    auto node = node_from(item);
    if (!node) return std::nullopt;
    state.nodes.push_back(std::move(*node));
  }
  if (auto cluster = object.find("cluster"); cluster != object.end() && cluster->is_object()) {
    state.ready = flag_at(*cluster, "ready");
    state.why = text_at(*cluster, "why");
  }
  state.document = std::move(body);
  return state;
}

}  // namespace dcount::client
