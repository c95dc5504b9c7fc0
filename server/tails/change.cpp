#include "server/tails/change.h"

#include <array>
#include <charconv>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "server/core/counter.h"
#include "server/core/item_values.h"
#include "server/core/names.h"
#include "server/core/node.h"
#include "server/core/package.h"
#include "server/core/sequence.h"
#include "server/http/url.h"

namespace dcount::tails {
namespace {

using Json = nlohmann::ordered_json;

void append(std::string& out, std::int64_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

/// Tenants are any UTF-8; what else has a name has nothing in it that JSON would escape.
void append_text(std::string& out, std::string_view text) {
  out += Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// A key's part as it was before it was encoded. Every one of the store's can be.
std::string decoded_part(std::string_view part) {
  std::string text;
  if (!http::percent_decode(part, text)) std::abort();
  return text;
}

/// `{"a":1,"b":2}` as `,"a":1,"b":2`
std::string members_of(const Json& object) {
  std::string text = object.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.front() = ',';
  text.pop_back();
  return text;
}

std::string members_of(const core::Sequence& sequence) {
  const core::Definition& definition = sequence.definition;
  return members_of(Json{{"start", definition.start},
                         {"increment", definition.increment},
                         {"min", definition.min},
                         {"max", definition.max},
                         {"cycle", definition.cycle},
                         {"mode", core::to_string(definition.mode)},
                         {"drawn", sequence.drawn},
                         {"wraps", sequence.wraps}});
}

std::string members_of(const core::Package& package) {
  const core::PackageTraits& traits = package.traits;
  return members_of(Json{{"owner", traits.owner},
                         {"bytes", traits.bytes},
                         {"sha256", traits.sha256},
                         {"when", traits.when_s},
                         {"expire", traits.expire_s},
                         {"holders", package.holders}});
}

std::string members_of(const core::Node& node) {
  return members_of(Json{{"address", node.addresses.external},
                         {"internal", node.addresses.internal},
                         {"program", node.program},
                         {"dead", node.dead}});
}

}  // namespace

Framed Framed::web_socket(std::string_view payload) {
  Framed framed;
  std::string& out = framed.bytes_;
  out += '\x81';  // the only and last fragment of a text message
  if (payload.size() < 126) {
    out += static_cast<char>(payload.size());
  } else {
    out += '\x7e';  // records are shorter than 64 KiB: names have at most 256 bytes
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size() & 0xff);
  }
  framed.payload_at_ = out.size();
  framed.payload_bytes_ = payload.size();
  out += payload;
  return framed;
}

Framed Framed::chunk(std::string_view payload) {
  Framed framed;
  std::string& out = framed.bytes_;
  std::array<char, 24> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), payload.size(), 16).ptr;
  out.append(digits.data(), end).append("\r\n");
  framed.payload_at_ = out.size();
  framed.payload_bytes_ = payload.size();
  out.append(payload).append("\r\n");
  return framed;
}

std::optional<Kind> kind_of(std::string_view key) {
  if (key.starts_with(core::counter_prefix)) return Kind::counter;
  if (key.starts_with(core::sequence_prefix)) return Kind::sequence;
  if (key.starts_with(core::tenant_prefix)) return Kind::tenant;
  if (key.starts_with(core::package_prefix)) return Kind::package;
  if (key.starts_with(core::node_prefix)) return Kind::node;
  return std::nullopt;
}

ChangePtr Change::of(std::string_view key, std::string_view value, Revision revision,
                     std::int64_t at_ms) {
  const auto kind = kind_of(key);
  if (!kind) return nullptr;
  std::shared_ptr<Change> change(new Change);
  change->kind_ = *kind;
  change->revision_ = revision;
  change->at_ms_ = at_ms;
  switch (*kind) {
    case Kind::counter: {
      const core::CounterName name = core::counter_name(key);
      change->collection_ = name.collection;
      change->id_ = name.id;
      const core::Counter counter = core::decode_counter(value);
      change->deleted_ = counter.deleted;
      change->n_ = counter.n;
      change->version_ = counter.version;
      break;
    }
    case Kind::sequence: {
      change->id_ = core::sequence_name(key);
      const core::Sequence sequence = core::decode_sequence(value);
      change->deleted_ = sequence.deleted;
      change->version_ = sequence.version;
      if (!sequence.deleted) change->members_ = members_of(sequence);
      break;
    }
    case Kind::tenant: {
      change->id_ = decoded_part(core::tenant_part(key));
      const core::TenantHead head = core::decode_tenant_head(value);
      change->n_ = head.count;
      change->version_ = head.version;
      break;
    }
    case Kind::package: {
      const auto package = core::decode_package(value);
      if (!package) return nullptr;
      change->id_ = package->traits.pkgid;
      change->deleted_ = package->deleted;
      change->version_ = package->version;
      if (!package->deleted) change->members_ = members_of(*package);
      break;
    }
    case Kind::node: {
      change->id_ = core::node_name(key);
      const auto node = core::decode_node(value);
      if (!node) return nullptr;  // of a later version of dcount
      change->deleted_ = node->deleted;
      change->version_ = node->version;
      if (!node->deleted) change->members_ = members_of(*node);
      break;
    }
  }
  return change;
}

/// {"id":"home","n":7,"c":"views","rev":12 — tails tell of counters only
std::string Change::tail_members() const {
  std::string text = "{\"id\":\"" + id_ + (deleted_ ? "\",\"d\":1" : "\",\"n\":");
  if (!deleted_) append(text, n_);
  text += ",\"c\":\"" + collection_ + "\",\"rev\":";
  append(text, revision_);
  return text;
}

std::string Change::lockstep_record(bool full) const {
  std::string text = "{\"id\":";
  append_text(text, full && kind_ == Kind::counter ? collection_ + '/' + id_ : id_);
  text += ",\"updated_at\":";
  append(text, revision_);
  text += ",\"deleted_at\":";
  if (deleted_)
    append(text, revision_);
  else
    text += "null";
  text += ",\"at\":";
  if (at_ms_ > 0)
    append(text, at_ms_);
  else
    text += "null";
  if (!deleted_ && (kind_ == Kind::counter || kind_ == Kind::tenant)) {
    text += kind_ == Kind::counter ? ",\"n\":" : ",\"count\":";
    append(text, n_);
  }
  text += members_ + ",\"version\":";
  append(text, version_);
  return text + "}\n";
}

Framed Change::encode(Form form) const {
  switch (form) {
    case Form::web_socket:
      return Framed::web_socket(tail_members() + '}');
    case Form::event:
      return Framed::chunk("data: " + tail_members() + "}\n\n");
    case Form::last_event:
      return Framed::chunk("data: " + tail_members() + "}\nid: " + std::to_string(revision_) +
                           "\n\n");
    case Form::line:
      return Framed::chunk(tail_members() + "}\n");
    case Form::last_line:
      return Framed::chunk(tail_members() + ",\"complete\":true}\n");
    case Form::lockstep:
    case Form::lockstep_full:
      break;
  }
  return Framed::chunk(lockstep_record(form == Form::lockstep_full));
}

const Framed& Change::as(Form form) const {
  auto& made = forms_[static_cast<std::size_t>(form)];
  if (!made) made = std::make_unique<const Framed>(encode(form));
  return *made;
}

}  // namespace dcount::tails
