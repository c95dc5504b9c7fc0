// Requests become bodies. Written by hand, in one pass: a batch has thousands of them.
#include <absl/strings/escaping.h>

#include <nlohmann/json.hpp>

#include "server/store/etcd/messages.h"

namespace dcount::store::etcd {
namespace {

// Compare.CompareTarget and Compare.CompareResult, by number: a batch has thousands.
constexpr std::string_view version = "0";
constexpr std::string_view modified = "2";
constexpr std::string_view value = "3";
constexpr std::string_view less = "2";

/// An object under way: puts the commas.
class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_ += '{'; }

  Object& name(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    ((out_ += '"') += name) += "\":";
    return *this;
  }
  Object& bytes(std::string_view field, std::string_view prefix, std::string_view rest) {
    name(field);
    std::string whole;
    whole.reserve(prefix.size() + rest.size());
    whole.append(prefix).append(rest);
    std::string encoded;
    absl::Base64Escape(whole, &encoded);
    ((out_ += '"') += encoded) += '"';
    return *this;
  }
  Object& number(std::string_view field, std::int64_t number) {
    name(field);
    ((out_ += '"') += std::to_string(number)) += '"';
    return *this;
  }
  Object& raw(std::string_view field, std::string_view json) {
    name(field);
    out_ += json;
    return *this;
  }
  void end() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

template <class Items, class Append>
void append_list(std::string& out, const Items& items, Append append) {
  out += '[';
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += ',';
    first = false;
    append(item);
  }
  out += ']';
}

void append_txn(std::string& out, const Txn& txn, std::string_view prefix);

void append_compare(std::string& out, const Compare& compare, std::string_view prefix) {
  Object object(out);
  object.bytes("key", prefix, compare.key);
  switch (compare.of) {
    case Compare::Of::modified:
      object.raw("target", modified);  // the result that is left out is EQUAL
      object.number("mod_revision", compare.revision);
      break;
    case Compare::Of::range:
      object.bytes("range_end", prefix, compare.end);
      object.raw("target", modified).raw("result", less);
      object.number("mod_revision", compare.revision + 1);
      break;
    case Compare::Of::value:
      object.raw("target", value);
      object.bytes("value", "", compare.value);
      break;
    case Compare::Of::absent:
      object.raw("target", version).number("version", 0);
      break;
  }
  object.end();
}

void append_range(std::string& out, const Operation& range, std::string_view prefix) {
  Object object(out);
  object.bytes("key", prefix, range.key);
  if (range.to_last) object.bytes("range_end", "", end_of_prefix(prefix));
  if (!range.to_last && !range.end.empty()) object.bytes("range_end", prefix, range.end);
  if (range.at != 0) object.number("revision", range.at);
  if (range.newer_than != 0) object.number("min_mod_revision", range.newer_than + 1);
  if (range.serializable) object.raw("serializable", "true");
  if (range.limit != 0) object.number("limit", range.limit);
  object.end();
}

void append_operation(std::string& out, const Operation& operation, std::string_view prefix) {
  Object request(out);
  switch (operation.kind) {
    case Operation::Kind::range:
      request.name("request_range");
      append_range(out, operation, prefix);
      break;
    case Operation::Kind::put: {
      request.name("request_put");
      Object put(out);
      put.bytes("key", prefix, operation.key).bytes("value", "", operation.value);
      if (operation.lease != 0) put.number("lease", operation.lease);
      put.end();
      break;
    }
    case Operation::Kind::erase: {
      request.name("request_delete_range");
      Object erase(out);
      erase.bytes("key", prefix, operation.key).end();
      break;
    }
    case Operation::Kind::txn:
      request.name("request_txn");
      append_txn(out, operation.txn.front(), prefix);
      break;
  }
  request.end();
}

void append_txn(std::string& out, const Txn& txn, std::string_view prefix) {
  Object object(out);
  const auto operations = [&](std::string_view name, const std::vector<Operation>& list) {
    if (list.empty()) return;
    object.name(name);
    append_list(out, list, [&](const Operation& one) { append_operation(out, one, prefix); });
  };
  if (!txn.compare.empty()) {
    object.name("compare");
    append_list(out, txn.compare, [&](const Compare& one) { append_compare(out, one, prefix); });
  }
  operations("success", txn.success);
  operations("failure", txn.failure);
  object.end();
}

}  // namespace

Operation range_of(std::string_view key) {
  return {.kind = Operation::Kind::range, .key = key, .end = {}, .value = {}, .txn = {}};
}

Operation put_of(std::string_view key, std::string_view value, std::int64_t lease) {
  return {.kind = Operation::Kind::put,
          .key = key,
          .end = {},
          .value = value,
          .lease = lease,
          .txn = {}};
}

Operation erase_of(std::string_view key) {
  return {.kind = Operation::Kind::erase, .key = key, .end = {}, .value = {}, .txn = {}};
}

std::string txn_body(const Txn& txn, std::string_view prefix) {
  std::string body;
  append_txn(body, txn, prefix);
  return body;
}

std::string range_body(const Operation& range, std::string_view prefix) {
  std::string body;
  append_range(body, range, prefix);
  return body;
}

std::string watch_body(Revision from, std::string_view prefix) {
  std::string body;
  Object request(body);
  request.name("create_request");
  Object create(body);
  create.bytes("key", prefix, "").bytes("range_end", "", end_of_prefix(prefix));
  create.number("start_revision", from);
  create.raw("progress_notify", "true").raw("fragment", "true").end();
  request.end();
  return body;
}

std::string grant_body(std::int64_t ttl_s) {
  std::string body;
  Object(body).number("TTL", ttl_s).end();
  return body;
}

std::string lease_body(std::int64_t lease) {
  std::string body;
  Object(body).number("ID", lease).end();
  return body;
}

std::string authenticate_body(std::string_view user, std::string_view password) {
  return nlohmann::json{{"name", user}, {"password", password}}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string end_of_prefix(std::string_view prefix) {
  std::string end(prefix);
  if (end.empty()) return std::string(1, '\0');  // to etcd: all keys from here on
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

}  // namespace dcount::store::etcd
