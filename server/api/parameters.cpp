#include "server/api/parameters.h"

#include "server/api/bad_request.h"
#include "server/api/json_body.h"
#include "server/api/numbers.h"

namespace dcount::api {
namespace {

constexpr std::int64_t list_limit_default = 100;
constexpr std::int64_t list_limit_max = 1000;

}  // namespace

Parameters::Parameters(const http::Request& request) : query_(&request.http.params) {
  if (auto body = json_object_body(request)) {
    body_ = *std::move(body);
    object_ = &body_;
  }
}

const std::string* Parameters::query(const char* name) const {
  if (query_ == nullptr) return nullptr;
  // A query has a parameter or two: going over them is faster than a look-up, which wants a string.
  const std::string* value = nullptr;
  for (const auto& [key, word] : *query_) {
    if (key != name) continue;
    if (value != nullptr) malformed(std::string("'") + name + "' is given more than once");
    value = &word;
  }
  return value;
}

const nlohmann::json* Parameters::json(const char* name) const {
  if (object_ == nullptr) return nullptr;
  const auto member = object_->find(name);
  return member == object_->end() || member->is_null() ? nullptr : &*member;
}

void Parameters::refuse_both(const char* name, const void* query, const void* json) const {
  if (query != nullptr && json != nullptr) {
    malformed(std::string("'") + name + "' is given in the query and in the body");
  }
}

/// Whether it is given; no value when it is no 64-bit integer.
bool Parameters::find_integer(const char* name, std::optional<std::int64_t>& value) const {
  const auto* from_query = query(name);
  const auto* from_json = json(name);
  refuse_both(name, from_query, from_json);
  if (from_query != nullptr) value = parse_int(*from_query);
  if (from_json != nullptr) value = parse_json_int(*from_json);
  return from_query != nullptr || from_json != nullptr;
}

std::optional<std::int64_t> Parameters::integer(const char* name) const {
  std::optional<std::int64_t> value;
  if (find_integer(name, value) && !value) {
    malformed(std::string("'") + name + "' must be a 64-bit integer");
  }
  return value;
}

std::int64_t Parameters::integer_within(const char* name, std::int64_t min, std::int64_t max,
                                        std::int64_t fallback) const {
  std::optional<std::int64_t> value;
  if (!find_integer(name, value)) return fallback;
  if (value && *value >= min && *value <= max) return *value;
  const std::string must = std::string("'") + name + "' must be ";
  const std::string range = std::to_string(min) + " to " + std::to_string(max);
  if (!value) malformed(must + "an integer from " + range);
  malformed(must + range + ", not " + std::to_string(*value));
}

std::size_t Parameters::limit() const {
  return static_cast<std::size_t>(integer_within("limit", 1, list_limit_max, list_limit_default));
}

std::optional<std::string> Parameters::text(const char* name) const {
  const auto* from_query = query(name);
  const auto* from_json = json(name);
  refuse_both(name, from_query, from_json);
  if (from_query != nullptr) return *from_query;
  if (from_json == nullptr) return std::nullopt;
  if (!from_json->is_string()) malformed(std::string("'") + name + "' must be a string");
  return from_json->get<std::string>();
}

bool Parameters::flag(const char* name) const {
  const auto* from_query = query(name);
  const auto* from_json = json(name);
  refuse_both(name, from_query, from_json);
  if (from_json != nullptr && from_json->is_boolean()) return from_json->get<bool>();
  const auto word = text(name).value_or("false");
  if (word == "true" || word == "1") return true;
  if (word == "false" || word == "0") return false;
  malformed(std::string("'") + name + "' must be true or false");
}

core::Bounds Parameters::bounds() const {
  const core::Bounds bounds{integer("min"), integer("max")};
  if (bounds.min && bounds.max && *bounds.min > *bounds.max) {
    malformed("'min' must not be greater than 'max'");
  }
  return bounds;
}

std::optional<core::OnLimit> Parameters::on_limit() const {
  const auto word = text("on_limit");
  if (!word) return std::nullopt;
  if (*word == "reject") return core::OnLimit::reject;
  if (*word == "saturate") return core::OnLimit::saturate;
  malformed("'on_limit' must be reject or saturate");
}

std::optional<std::int64_t> Parameters::ttl_s() const {
  const auto seconds = integer("ttl");
  if (seconds && *seconds < 1) malformed("'ttl' must be at least 1 second");
  return seconds;
}

core::TtlMode Parameters::ttl_mode() const {
  const auto word = text("ttl_mode").value_or("set");
  if (word == "set") return core::TtlMode::set;
  if (word == "if-none") return core::TtlMode::if_none;
  if (word == "keep") return core::TtlMode::keep;
  malformed("'ttl_mode' must be set, if-none or keep");
}

std::optional<std::int64_t> Parameters::if_version() const {
  const auto version = integer("if_version");
  if (version && *version < 0) malformed("'if_version' must not be negative");
  return version;
}

Ints ints_of(const http::Request& request) {
  const auto& query = request.http.params;
  const auto word = query.find("ints");
  if (word == query.end()) return Ints::numbers;
  if (query.count("ints") > 1) malformed("'ints' is given more than once");
  if (word->second == "number") return Ints::numbers;
  if (word->second == "string") return Ints::strings;
  malformed("'ints' must be string or number");
}

}  // namespace dcount::api
