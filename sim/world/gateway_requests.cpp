#include "sim/world/gateway_requests.h"

#include <absl/strings/escaping.h>
#include <simdjson.h>

#include <charconv>

namespace dcount::world {
namespace {

namespace dom = simdjson::dom;
using dom::element;

struct Malformed {};

dom::object object(const element& at) {
  dom::object object;
  if (at.get_object().get(object)) throw Malformed{};
  return object;
}

std::string_view text(const element& at) {
  std::string_view text;
  if (at.get_string().get(text)) throw Malformed{};
  return text;
}

std::string bytes(const element& at) {
  const std::string_view encoded = text(at);
  std::string decoded;
  if (!absl::Base64Unescape({encoded.data(), encoded.size()}, &decoded)) throw Malformed{};
  return decoded;
}

/// As a number or in a string.
std::int64_t number(const element& at) {
  std::int64_t number = 0;
  if (!at.get_int64().get(number)) return number;
  const std::string_view digits = text(at);
  const char* const end = digits.data() + digits.size();
  const auto [last, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc{} || last != end) throw Malformed{};
  return number;
}

bool boolean(const element& at) {
  bool set = false;
  if (at.get_bool().get(set)) throw Malformed{};
  return set;
}

/// An enum's value, by number.
template <class Enum>
Enum choice(const element& at, std::int64_t last) {
  const std::int64_t place = number(at);
  if (place < 0 || place > last) throw Malformed{};
  return static_cast<Enum>(place);
}

void read(const element& json, TxnRequest& txn);
void read(const element& json, RequestOperation& operation);
void read(const element& json, CompareRequest& compare);

template <class Message>
void read(const element& json, std::vector<Message>& list) {
  dom::array array;
  if (json.get_array().get(array)) throw Malformed{};
  list.reserve(array.size());
  for (const element item : array) read(item, list.emplace_back());
}

void read(const element& json, RangeRequest& range) {
  for (const auto [name, at] : object(json)) {
    if (name == "key") {
      range.key = bytes(at);
    } else if (name == "range_end") {
      range.end = bytes(at);
    } else if (name == "revision") {
      range.at = number(at);
    } else if (name == "min_mod_revision") {
      range.modified_min = number(at);
    } else if (name == "limit") {
      range.limit = number(at);
    } else if (name == "serializable") {
      range.serializable = boolean(at);
    } else {
      throw Malformed{};
    }
  }
}

void read(const element& json, PutRequest& put) {
  for (const auto [name, at] : object(json)) {
    if (name == "key") {
      put.key = bytes(at);
    } else if (name == "value") {
      put.value = bytes(at);
    } else if (name == "lease") {
      put.lease = number(at);
    } else {
      throw Malformed{};
    }
  }
}

void read(const element& json, DeleteRequest& erase) {
  for (const auto [name, at] : object(json)) {
    if (name == "key") {
      erase.key = bytes(at);
    } else if (name == "range_end") {
      erase.end = bytes(at);
    } else {
      throw Malformed{};
    }
  }
}

void read(const element& json, CompareRequest& compare) {
  for (const auto [name, at] : object(json)) {
    if (name == "key") {
      compare.key = bytes(at);
    } else if (name == "range_end") {
      compare.end = bytes(at);
    } else if (name == "target") {
      compare.target = choice<CompareRequest::Target>(at, 4);
    } else if (name == "result") {
      compare.result = choice<CompareRequest::Result>(at, 3);
    } else if (name == "value") {
      compare.value = bytes(at);
    } else if (name == "version" || name == "create_revision" || name == "mod_revision" ||
               name == "lease") {
      compare.number = number(at);
    } else {
      throw Malformed{};
    }
  }
}

void read(const element& json, RequestOperation& operation) {
  using Kind = RequestOperation::Kind;
  for (const auto [name, at] : object(json)) {
    if (operation.kind != Kind::none) throw Malformed{};
    if (name == "request_range") {
      operation.kind = Kind::range;
      read(at, operation.range);
    } else if (name == "request_put") {
      operation.kind = Kind::put;
      read(at, operation.put);
    } else if (name == "request_delete_range") {
      operation.kind = Kind::erase;
      read(at, operation.erase);
    } else if (name == "request_txn") {
      operation.kind = Kind::txn;
      read(at, operation.txn.emplace_back());
    } else {
      throw Malformed{};
    }
  }
}

void read(const element& json, TxnRequest& txn) {
  for (const auto [name, at] : object(json)) {
    if (name == "compare") {
      read(at, txn.compare);
    } else if (name == "success") {
      read(at, txn.success);
    } else if (name == "failure") {
      read(at, txn.failure);
    } else {
      throw Malformed{};
    }
  }
}

void read(const element& json, WatchRequest& watch) {
  for (const auto [outer, create] : object(json)) {
    if (outer != "create_request") throw Malformed{};
    for (const auto [name, at] : object(create)) {
      if (name == "key") {
        watch.key = bytes(at);
      } else if (name == "range_end") {
        watch.end = bytes(at);
      } else if (name == "start_revision") {
        watch.from = number(at);
      } else if (name == "fragment") {
        watch.fragment = boolean(at);
      } else if (name == "progress_notify") {
        boolean(at);  // every ten minutes: never
      } else {
        throw Malformed{};
      }
    }
  }
}

void read(const element& json, LeaseRequest& lease) {
  for (const auto [name, at] : object(json)) {
    if (name == "ID") {
      lease.id = number(at);
    } else if (name == "TTL") {
      lease.ttl_s = number(at);
    } else {
      throw Malformed{};
    }
  }
}

void read(const element& json, CompactionRequest& compaction) {
  for (const auto [name, at] : object(json)) {
    if (name == "revision") {
      compaction.revision = number(at);
    } else if (name == "physical") {
      boolean(at);
    } else {
      throw Malformed{};
    }
  }
}

template <class Message>
std::optional<Message> read_whole(std::string_view body) {
  thread_local dom::parser parser;  // keeps its memory
  element json;
  if (parser.parse(body.data(), body.size()).get(json)) return std::nullopt;
  try {
    Message message;
    read(json, message);
    return message;
  } catch (const Malformed&) {
    return std::nullopt;
  }
}

}  // namespace

std::optional<RangeRequest> read_range(std::string_view body) {
  return read_whole<RangeRequest>(body);
}
std::optional<PutRequest> read_put(std::string_view body) { return read_whole<PutRequest>(body); }
std::optional<DeleteRequest> read_delete(std::string_view body) {
  return read_whole<DeleteRequest>(body);
}
std::optional<TxnRequest> read_txn(std::string_view body) { return read_whole<TxnRequest>(body); }
std::optional<WatchRequest> read_watch(std::string_view body) {
  return read_whole<WatchRequest>(body);
}
std::optional<LeaseRequest> read_lease(std::string_view body) {
  return read_whole<LeaseRequest>(body);
}
std::optional<CompactionRequest> read_compaction(std::string_view body) {
  return read_whole<CompactionRequest>(body);
}

}  // namespace dcount::world
