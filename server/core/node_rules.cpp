#include "server/core/node_rules.h"

#include <map>
#include <string>
#include <utility>

#include "server/core/names.h"
#include "server/core/node.h"

namespace dcount::core {
namespace {

/// Version 0: there never was one.
Node node_at(Transaction& transaction, const std::string& key) {
  const auto text = transaction.get(key);
  Node none;
  none.deleted = true;
  return text ? decode_node(*text).value_or(none) : none;
}

void put(Transaction& transaction, const std::string& key, Node node) {
  node.version += 1;
  node.at_ms = transaction.now().unix_ms;
  transaction.put(key, encode(node));
}

bool is_leased(Transaction& transaction, const std::string& name) {
  return transaction.get(alive_key(name)).has_value();
}

Outcome code(Code code) { return {.code = code, .value = {}}; }

}  // namespace

Outcome apply(Transaction& transaction, const RegisterNode& node) {
  const std::string key = node_key(node.name);
  const Node before = node_at(transaction, key);
  Node after{.addresses = node.addresses, .program = node.program, .version = before.version};
  after.at_ms = before.at_ms;
  if (after == before) return code(Code::ok);
  put(transaction, key, std::move(after));
  return code(before.deleted ? Code::created : Code::ok);
}

Outcome apply(Transaction& transaction, const MarkNode& mark) {
  const std::string key = node_key(mark.name);
  Node node = node_at(transaction, key);
  if (node.deleted) return code(Code::not_found);
  if (node.dead == mark.dead) return code(Code::ok);
  if (node.version != mark.seen_version) return code(Code::precondition_failed);
  if (is_leased(transaction, mark.name) != mark.seen_leased) {
    return code(Code::precondition_failed);
  }
  node.dead = mark.dead;
  put(transaction, key, std::move(node));
  return code(Code::ok);
}

Outcome apply(Transaction& transaction, const ForgetNode& forget) {
  const std::string key = node_key(forget.name);
  const Node node = node_at(transaction, key);
  if (node.deleted) return code(Code::not_found);
  if (node.version != forget.seen_version) return code(Code::precondition_failed);
  if (is_leased(transaction, forget.name)) return code(Code::precondition_failed);
  Node tombstone{.deleted = true, .version = node.version};
  put(transaction, key, std::move(tombstone));
  return code(Code::ok);
}

Outcome apply(Transaction& transaction, const ListNodes&) {
  const State& state = transaction.state();
  std::map<std::string, ListedNode> nodes;
  state.nodes().scan(node_prefix, prefix_end(node_prefix), [&](const Record& record) {
    auto node = decode_node(record.value());
    if (node && !node->deleted) nodes[std::string(node_name(record.key()))].node = *std::move(node);
    return true;
  });
  state.alive().scan(alive_prefix, prefix_end(alive_prefix), [&](const Record& record) {
    nodes[std::string(node_name(record.key()))].presence = decode_presence(record.value());
    return true;
  });
  transaction.looked_at_range(std::string(node_prefix), prefix_end(node_prefix));
  transaction.looked_at_range(std::string(alive_prefix), prefix_end(alive_prefix));
  NodeListOutcome outcome;
  outcome.revision = state.revision() + state.revision_base();
  for (auto& [name, node] : nodes) {
    node.name = name;
    outcome.nodes.push_back(std::move(node));
  }
  return {.code = Code::ok, .value = std::move(outcome)};
}

}  // namespace dcount::core
