// Bodies become replies.
#include <absl/strings/escaping.h>
#include <simdjson.h>

#include <charconv>

#include "server/store/etcd/messages.h"

namespace dcount::store::etcd {
namespace {

namespace dom = simdjson::dom;

/// What is not as etcd writes it; caught in parsed().
struct Malformed {
  const char* what;
};

/// A thread's parser keeps the memory for the largest body so far, up to this one.
constexpr std::size_t kept_body_max = std::size_t{1} << 20;

/// A whole JSON document, valid until the thread's next one.
class Document {
 public:
  explicit Document(std::string_view body) {
    thread_local dom::parser kept;
    dom::parser& parser = body.size() > kept_body_max ? large_ : kept;
    error_ = parser.parse(body.data(), body.size()).get(root_);
  }

  bool whole() const { return error_ == simdjson::SUCCESS; }
  /// Nothing: something else, or no JSON at all.
  std::optional<dom::object> object() const {
    dom::object object;
    if (!whole() || root_.get_object().get(object)) return std::nullopt;
    return object;
  }

 private:
  dom::parser large_;
  dom::element root_;
  simdjson::error_code error_;
};

/// Nothing: it is left out.
std::optional<dom::element> find(const dom::object& object, std::string_view name) {
  dom::element element;
  if (object.at_key(name).get(element)) return std::nullopt;
  return element;
}

dom::object as_object(const dom::element& element, const char* name) {
  dom::object object;
  if (element.get_object().get(object)) throw Malformed{name};
  return object;
}

std::string_view as_text(const dom::element& element, const char* name) {
  std::string_view text;
  if (element.get_string().get(text)) throw Malformed{name};
  return text;
}

/// A 64-bit number: a string, or a number, or left out for 0.
std::int64_t number(const dom::object& object, const char* name) {
  const auto at = find(object, name);
  std::int64_t number = 0;
  if (!at || !at->get_int64().get(number)) return number;
  const std::string_view text = as_text(*at, name);
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || last != end) throw Malformed{name};
  return number;
}

bool flag(const dom::object& object, const char* name) {
  const auto at = find(object, name);
  bool set = false;
  return at && !at->get_bool().get(set) && set;
}

std::string bytes(const dom::object& object, const char* name) {
  std::string decoded;
  const auto at = find(object, name);
  if (!at) return decoded;
  const std::string_view encoded = as_text(*at, name);
  if (!absl::Base64Unescape({encoded.data(), encoded.size()}, &decoded)) throw Malformed{name};
  return decoded;
}

/// Calls `take(object)` for each item.
template <class Take>
void each(const dom::object& object, const char* name, Take take) {
  const auto at = find(object, name);
  if (!at || at->is_null()) return;
  dom::array list;
  if (at->get_array().get(list)) throw Malformed{name};
  for (const dom::element item : list) take(as_object(item, name));
}

Revision header_revision(const dom::object& object) {
  const auto header = find(object, "header");
  return header ? number(as_object(*header, "header"), "revision") : 0;
}

KeyValue key_value(const dom::object& object, std::string_view prefix) {
  KeyValue entry{bytes(object, "key"), bytes(object, "value"), number(object, "mod_revision")};
  if (!entry.key.starts_with(prefix)) throw Malformed{"a key that was not asked for"};
  entry.key.erase(0, prefix.size());
  return entry;
}

std::vector<KeyValue> key_values(const dom::object& range, std::string_view prefix) {
  std::vector<KeyValue> entries;
  each(range, "kvs", [&](const dom::object& one) { entries.push_back(key_value(one, prefix)); });
  return entries;
}

TxnReply txn_reply(const dom::object& object, std::string_view prefix) {
  TxnReply reply;
  reply.succeeded = flag(object, "succeeded");
  reply.revision = header_revision(object);
  each(object, "responses", [&](const dom::object& response) {
    OperationReply& operation = reply.operations.emplace_back();
    if (const auto range = find(response, "response_range")) {
      const dom::object found = as_object(*range, "response_range");
      operation.entries = key_values(found, prefix);
      operation.more = flag(found, "more");
    } else if (const auto txn = find(response, "response_txn")) {
      operation.txn.push_back(txn_reply(as_object(*txn, "response_txn"), prefix));
    }
  });
  return reply;
}

/// Parses `body` and hands it to `read`.
template <class Read>
auto parsed(std::string_view body, Read read) -> Result<decltype(read(dom::object()))> {
  const auto wrong = [&](std::string_view why) {
    return Error{Certainty::unknown, "etcd's answer is not understood (" + std::string(why) +
                                         "): " + std::string(body.substr(0, 200))};
  };
  const Document document(body);
  const auto object = document.object();
  if (!object) return wrong("not a JSON object");
  try {
    return read(*object);
  } catch (const Malformed& malformed) {
    return wrong(malformed.what);
  }
}

WatchReply watch_reply(const dom::object& line, std::string_view prefix) {
  WatchReply reply;
  if (const auto error = find(line, "error")) {
    dom::object said;
    const bool says = !error->get_object().get(said);
    if (const auto message = says ? find(said, "message") : std::nullopt) {
      reply.error = as_text(*message, "message");
    }
    if (reply.error.empty()) reply.error = "the stream ended with an error";
    return reply;
  }
  const auto found = find(line, "result");
  if (!found) throw Malformed{"no result"};
  const dom::object result = as_object(*found, "result");
  reply.created = flag(result, "created");
  reply.canceled = flag(result, "canceled");
  reply.fragment = flag(result, "fragment");
  reply.compacted = number(result, "compact_revision");
  reply.revision = header_revision(result);
  each(result, "events", [&](const dom::object& event) {
    const auto kv = find(event, "kv");
    if (!kv) throw Malformed{"an event without a key"};
    KeyValue entry = key_value(as_object(*kv, "kv"), prefix);
    const auto type = find(event, "type");
    const bool erased = type && as_text(*type, "type") == "DELETE";
    reply.events.push_back({std::move(entry.key),
                            erased ? std::nullopt : std::optional(std::move(entry.value)),
                            entry.revision});
  });
  return reply;
}

}  // namespace

Result<TxnReply> parse_txn(std::string_view body, std::string_view prefix) {
  return parsed(body, [&](const dom::object& object) { return txn_reply(object, prefix); });
}

Result<RangeReply> parse_range(std::string_view body, std::string_view prefix) {
  return parsed(body, [&](const dom::object& object) {
    return RangeReply{header_revision(object), key_values(object, prefix), flag(object, "more")};
  });
}

Result<WatchReply> parse_watch(std::string_view line, std::string_view prefix) {
  return parsed(line, [&](const dom::object& object) { return watch_reply(object, prefix); });
}

Result<Lease> parse_lease(std::string_view body) {
  return parsed(body, [](const dom::object& object) {
    // Granting answers itself, keeping alive answers a stream of one.
    const auto result = find(object, "result");
    const dom::object lease = result ? as_object(*result, "result") : object;
    return Lease{number(lease, "ID"), number(lease, "TTL")};
  });
}

Result<std::string> parse_token(std::string_view body) {
  return parsed(body, [](const dom::object& object) {
    const auto token = find(object, "token");
    if (!token) throw Malformed{"no token"};
    return std::string(as_text(*token, "token"));
  });
}

bool is_json(std::string_view body) { return Document(body).whole(); }

std::string error_message(std::string_view body) {
  const Document document(body);
  const auto object = document.object();
  auto error = object ? find(*object, "error") : std::nullopt;
  dom::object streams;
  if (error && !error->get_object().get(streams)) error = find(streams, "message");
  std::string_view message;
  if (error && !error->get_string().get(message)) return std::string(message);
  return std::string(body.substr(0, 200));
}

}  // namespace dcount::store::etcd
