#include "sim/world/gateway_requests.h"

#include <absl/strings/escaping.h>

#include <charconv>

namespace dcount::world {
namespace {

struct Malformed {};

/// JSON, read once from front to back. Strings with escapes are none of ours.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  template <class OnField>
  void object(OnField on_field) {
    expect('{');
    if (take('}')) return;
    do {
      const std::string_view name = string();
      expect(':');
      on_field(name);
    } while (take(','));
    expect('}');
  }
  template <class OnItem>
  void array(OnItem on_item) {
    expect('[');
    if (take(']')) return;
    do on_item();
    while (take(','));
    expect(']');
  }
  std::string_view string() {
    expect('"');
    const std::size_t begin = at_;
    const std::size_t end = text_.find('"', begin);
    if (end == std::string_view::npos) throw Malformed{};
    const std::string_view found = text_.substr(begin, end - begin);
    if (found.find('\\') != std::string_view::npos) throw Malformed{};
    at_ = end + 1;
    return found;
  }
  std::string bytes() {
    const std::string_view encoded = string();
    std::string decoded;
    if (!absl::Base64Unescape(absl::string_view(encoded.data(), encoded.size()), &decoded)) {
      throw Malformed{};
    }
    return decoded;
  }
  /// As a number or in a string.
  std::int64_t number() {
    skip();
    const bool quoted = at_ < text_.size() && text_[at_] == '"';
    if (quoted) ++at_;
    std::int64_t value = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error != std::errc{}) throw Malformed{};
    at_ += static_cast<std::size_t>(end - begin);
    if (quoted) expect('"');
    return value;
  }
  bool boolean() {
    skip();
    for (const std::string_view word : {std::string_view("true"), std::string_view("false")}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return word == "true";
    }
    throw Malformed{};
  }
  void end() {
    skip();
    if (at_ != text_.size()) throw Malformed{};
  }

 private:
  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool take(char wanted) {
    skip();
    if (at_ >= text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  void expect(char wanted) {
    if (!take(wanted)) throw Malformed{};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

void read(JsonReader& json, RangeRequest& range) {
  json.object([&](std::string_view name) {
    if (name == "key") return void(range.key = json.bytes());
    if (name == "range_end") return void(range.end = json.bytes());
    if (name == "revision") return void(range.at = json.number());
    if (name == "min_mod_revision") return void(range.modified_min = json.number());
    if (name == "limit") return void(range.limit = json.number());
    if (name == "serializable") return void(range.serializable = json.boolean());
    throw Malformed{};
  });
}

void read(JsonReader& json, PutRequest& put) {
  json.object([&](std::string_view name) {
    if (name == "key") return void(put.key = json.bytes());
    if (name == "value") return void(put.value = json.bytes());
    if (name == "lease") return void(put.lease = json.number());
    throw Malformed{};
  });
}

void read(JsonReader& json, DeleteRequest& erase) {
  json.object([&](std::string_view name) {
    if (name == "key") return void(erase.key = json.bytes());
    if (name == "range_end") return void(erase.end = json.bytes());
    throw Malformed{};
  });
}

/// An enum's value, by number.
template <class Enum>
Enum choice(JsonReader& json, std::int64_t last) {
  const std::int64_t number = json.number();
  if (number < 0 || number > last) throw Malformed{};
  return static_cast<Enum>(number);
}

void read(JsonReader& json, CompareRequest& compare) {
  using Target = CompareRequest::Target;
  json.object([&](std::string_view name) {
    if (name == "key") return void(compare.key = json.bytes());
    if (name == "range_end") return void(compare.end = json.bytes());
    if (name == "target") return void(compare.target = choice<Target>(json, 4));
    if (name == "result") return void(compare.result = choice<CompareRequest::Result>(json, 3));
    if (name == "value") return void(compare.value = json.bytes());
    const bool known =
        name == "version" || name == "create_revision" || name == "mod_revision" || name == "lease";
    if (!known) throw Malformed{};
    compare.number = json.number();
  });
}

void read(JsonReader& json, TxnRequest& txn);

void read(JsonReader& json, RequestOperation& operation) {
  using Kind = RequestOperation::Kind;
  json.object([&](std::string_view name) {
    if (operation.kind != Kind::none) throw Malformed{};
    if (name == "request_range") {
      operation.kind = Kind::range;
      read(json, operation.range);
    } else if (name == "request_put") {
      operation.kind = Kind::put;
      read(json, operation.put);
    } else if (name == "request_delete_range") {
      operation.kind = Kind::erase;
      read(json, operation.erase);
    } else if (name == "request_txn") {
      operation.kind = Kind::txn;
      read(json, operation.txn.emplace_back());
    } else {
      throw Malformed{};
    }
  });
}

void read(JsonReader& json, TxnRequest& txn) {
  json.object([&](std::string_view name) {
    if (name == "compare") {
      json.array([&] { read(json, txn.compare.emplace_back()); });
    } else if (name == "success") {
      json.array([&] { read(json, txn.success.emplace_back()); });
    } else if (name == "failure") {
      json.array([&] { read(json, txn.failure.emplace_back()); });
    } else {
      throw Malformed{};
    }
  });
}

void read(JsonReader& json, WatchRequest& watch) {
  json.object([&](std::string_view outer) {
    if (outer != "create_request") throw Malformed{};
    json.object([&](std::string_view name) {
      if (name == "key") return void(watch.key = json.bytes());
      if (name == "range_end") return void(watch.end = json.bytes());
      if (name == "start_revision") return void(watch.from = json.number());
      if (name == "fragment") return void(watch.fragment = json.boolean());
      if (name == "progress_notify") return void(json.boolean());  // every ten minutes: never
      throw Malformed{};
    });
  });
}

void read(JsonReader& json, LeaseRequest& lease) {
  json.object([&](std::string_view name) {
    if (name == "ID") return void(lease.id = json.number());
    if (name == "TTL") return void(lease.ttl_s = json.number());
    throw Malformed{};
  });
}

void read(JsonReader& json, CompactionRequest& compaction) {
  json.object([&](std::string_view name) {
    if (name == "revision") return void(compaction.revision = json.number());
    if (name == "physical") return void(json.boolean());
    throw Malformed{};
  });
}

template <class Message>
std::optional<Message> read_whole(std::string_view body) {
  try {
    JsonReader json(body);
    Message message;
    read(json, message);
    json.end();
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
