// Bodies become replies.
#include <absl/strings/escaping.h>

#include <nlohmann/json.hpp>

#include "server/store/etcd/messages.h"

namespace dcount::store::etcd {
namespace {

using nlohmann::json;

/// What is not as etcd writes it; caught in parsed().
struct Malformed {
  const char* what;
};

/// A 64-bit number: a string, or a number, or left out for 0.
std::int64_t number(const json& object, const char* name) {
  const auto at = object.find(name);
  if (at == object.end()) return 0;
  if (at->is_number_integer()) return at->get<std::int64_t>();
  if (!at->is_string()) throw Malformed{name};
  return std::stoll(at->get_ref<const std::string&>());
}

bool flag(const json& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_boolean() && at->get<bool>();
}

std::string bytes(const json& object, const char* name) {
  const auto at = object.find(name);
  std::string decoded;
  if (at == object.end()) return decoded;
  if (!at->is_string() || !absl::Base64Unescape(at->get_ref<const std::string&>(), &decoded)) {
    throw Malformed{name};
  }
  return decoded;
}

const json& list(const json& object, const char* name) {
  static const json none = json::array();
  const auto at = object.find(name);
  return at == object.end() ? none : *at;
}

Revision header_revision(const json& object) {
  const auto header = object.find("header");
  return header == object.end() ? 0 : number(*header, "revision");
}

KeyValue key_value(const json& object, std::string_view prefix) {
  KeyValue entry{bytes(object, "key"), bytes(object, "value"), number(object, "mod_revision")};
  if (!entry.key.starts_with(prefix)) throw Malformed{"a key that was not asked for"};
  entry.key.erase(0, prefix.size());
  return entry;
}

std::vector<KeyValue> key_values(const json& range, std::string_view prefix) {
  std::vector<KeyValue> entries;
  for (const json& one : list(range, "kvs")) entries.push_back(key_value(one, prefix));
  return entries;
}

TxnReply txn_reply(const json& object, std::string_view prefix) {
  TxnReply reply;
  reply.succeeded = flag(object, "succeeded");
  reply.revision = header_revision(object);
  for (const json& response : list(object, "responses")) {
    OperationReply& operation = reply.operations.emplace_back();
    if (const auto range = response.find("response_range"); range != response.end()) {
      operation.entries = key_values(*range, prefix);
      operation.more = flag(*range, "more");
    } else if (const auto txn = response.find("response_txn"); txn != response.end()) {
      operation.txn.push_back(txn_reply(*txn, prefix));
    }
  }
  return reply;
}

/// Parses `body` and hands it to `read`.
template <class Read>
auto parsed(std::string_view body, Read read) -> Result<decltype(read(json()))> {
  const auto wrong = [&](std::string_view why) {
    return Error{Certainty::unknown, "etcd's answer is not understood (" + std::string(why) +
                                         "): " + std::string(body.substr(0, 200))};
  };
  const json object = json::parse(body, nullptr, false);
  if (!object.is_object()) return wrong("not a JSON object");
  try {
    return read(object);
  } catch (const Malformed& malformed) {
    return wrong(malformed.what);
  } catch (const std::exception& error) {  // of json or stoll: a type or number that is not one
    return wrong(error.what());
  }
}

WatchReply watch_reply(const json& line, std::string_view prefix) {
  WatchReply reply;
  if (const auto error = line.find("error"); error != line.end()) {
    reply.error = error->is_object() ? error->value("message", "") : "";
    if (reply.error.empty()) reply.error = "the stream ended with an error";
    return reply;
  }
  const json& result = line.at("result");
  reply.created = flag(result, "created");
  reply.canceled = flag(result, "canceled");
  reply.fragment = flag(result, "fragment");
  reply.compacted = number(result, "compact_revision");
  reply.revision = header_revision(result);
  for (const json& event : list(result, "events")) {
    KeyValue entry = key_value(event.at("kv"), prefix);
    const bool erased = event.value("type", "PUT") == "DELETE";
    reply.events.push_back({std::move(entry.key),
                            erased ? std::nullopt : std::optional(std::move(entry.value)),
                            entry.revision});
  }
  return reply;
}

}  // namespace

Result<TxnReply> parse_txn(std::string_view body, std::string_view prefix) {
  return parsed(body, [&](const json& object) { return txn_reply(object, prefix); });
}

Result<RangeReply> parse_range(std::string_view body, std::string_view prefix) {
  return parsed(body, [&](const json& object) {
    return RangeReply{header_revision(object), key_values(object, prefix), flag(object, "more")};
  });
}

Result<WatchReply> parse_watch(std::string_view line, std::string_view prefix) {
  return parsed(line, [&](const json& object) { return watch_reply(object, prefix); });
}

Result<Lease> parse_lease(std::string_view body) {
  return parsed(body, [](const json& object) {
    // Granting answers itself, keeping alive answers a stream of one.
    const auto result = object.find("result");
    const json& lease = result == object.end() ? object : *result;
    return Lease{number(lease, "ID"), number(lease, "TTL")};
  });
}

Result<std::string> parse_token(std::string_view body) {
  return parsed(body, [](const json& object) { return object.at("token").get<std::string>(); });
}

bool is_json(std::string_view body) { return json::accept(body); }

std::string error_message(std::string_view body) {
  const json object = json::parse(body, nullptr, false);
  const auto find = [](const json& in, const char* name) -> const json* {
    const auto at = in.is_object() ? in.find(name) : in.end();
    return at == in.end() ? nullptr : &*at;
  };
  const json* error = find(object, "error");
  if (error != nullptr && error->is_object()) error = find(*error, "message");  // a stream's
  if (error != nullptr && error->is_string()) return error->get<std::string>();
  return std::string(body.substr(0, 200));
}

}  // namespace dcount::store::etcd
