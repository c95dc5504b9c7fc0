#include "server/core/node.h"

#include <algorithm>

#include "server/core/fields.h"
#include "server/core/names.h"

namespace dcount::core {

std::string encode(const Node& node) {
  FieldWriter fields;
  if (node.deleted) return fields.flag("del").add("v", node.version).add("at", node.at_ms).take();
  fields.add("address", node.addresses.external)
      .add("internal", node.addresses.internal)
      .add("program", node.program)
      .add("v", node.version)
      .add("at", node.at_ms);
  if (node.dead) fields.flag("dead");
  return fields.take();
}

std::optional<Node> decode_node(std::string_view text) {
  FieldReader fields(text);
  if (fields.malformed()) return std::nullopt;
  Node node;
  while (const auto field = fields.next()) {
    if (field->name == "del") node.deleted = true;
    if (field->name == "dead") node.dead = true;
    if (field->name == "address") node.addresses.external = field->word;
    if (field->name == "internal") node.addresses.internal = field->word;
    if (field->name == "program") node.program = field->word;
    if (field->name == "v") node.version = field->number().value_or(0);
    if (field->name == "at") node.at_ms = field->number().value_or(0);
  }
  const bool whole = is_node_address(node.addresses.external) &&
                     is_node_address(node.addresses.internal) && !node.program.empty();
  if (node.version < 1 || !(node.deleted || whole)) return std::nullopt;
  return node;
}

std::int64_t node_due_ms(std::string_view text, std::int64_t tombstone_ms) {
  if (!text.starts_with("1 del ")) return 0;
  const auto node = decode_node(text);
  return node ? node->at_ms + tombstone_ms : 0;
}

std::string encode(const Presence& presence) {
  std::string names;
  for (const std::string& name : presence.reaches) {
    if (!names.empty()) names += ',';
    names += name;
  }
  FieldWriter fields;
  fields.add("reaches", names);
  const DiskUse& disk = presence.disk;
  if (disk.packages > 0) fields.add("packages", disk.packages).add("bytes", disk.bytes);
  if (disk.free_bytes >= 0) fields.add("free", disk.free_bytes);
  return fields.take();
}

Presence decode_presence(std::string_view text) {
  FieldReader fields(text);
  Presence presence;
  while (const auto field = fields.next()) {
    if (field->name == "packages") presence.disk.packages = field->number().value_or(0);
    if (field->name == "bytes") presence.disk.bytes = field->number().value_or(0);
    if (field->name == "free") presence.disk.free_bytes = field->number().value_or(-1);
    if (field->name != "reaches") continue;
    std::string_view rest = field->word;
    while (!rest.empty()) {
      const std::string_view name = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), name.size() + 1));
      if (is_node_name(name)) presence.reaches.emplace_back(name);
    }
  }
  return presence;
}

}  // namespace dcount::core
