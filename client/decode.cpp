#include "client/decode.h"

#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

namespace dcount::client {
namespace {

using Json = nlohmann::json;

/// dcount's answers are two levels deep; nlohmann recurses when it destroys deeper ones.
constexpr int depth_max = 64;

Json parse(std::string_view body) {
  bool too_deep = false;
  auto watch = [&](int depth, Json::parse_event_t, Json&) {
    too_deep |= depth > depth_max;
    return !too_deep;
  };
  Json value = Json::parse(body, watch, false);
  return too_deep ? Json(Json::value_t::discarded) : value;
}

std::string text_at(const Json& object, const char* name) {
  auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<Added> added_from(const Json& object) {
  if (!object.is_object()) return std::nullopt;
  auto n = integer_at(object, "n");
  if (!n) return std::nullopt;
  return Added{.n = *n,
               .applied = integer_at(object, "applied").value_or(0),
               .version = integer_at(object, "version").value_or(0)};
}

std::optional<CounterState> counter_from(const Json& object) {
  if (!object.is_object()) return std::nullopt;
  auto n = integer_at(object, "n");
  if (!n) return std::nullopt;
  return CounterState{.collection = text_at(object, "collection"),
                      .id = text_at(object, "id"),
                      .n = *n,
                      .version = integer_at(object, "version").value_or(0)};
}

}  // namespace

std::optional<std::int64_t> integer_at(const Json& object, const char* name) {
  auto found = object.find(name);
  if (found == object.end()) return std::nullopt;
  if (found->is_number_unsigned()) {
    auto value = found->get<std::uint64_t>();
    if (value > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) return std::nullopt;
    return static_cast<std::int64_t>(value);
  }
  if (found->is_number_integer()) return found->get<std::int64_t>();
  if (!found->is_string()) return std::nullopt;
  const auto& text = found->get_ref<const std::string&>();
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Problem decode_problem(std::string_view body) {
  Json object = parse(body);
  if (!object.is_object()) return {};
  Problem problem{.code = text_at(object, "code"),
                  .detail = text_at(object, "detail"),
                  .index = integer_at(object, "index")};
  if (problem.detail.empty()) problem.detail = text_at(object, "title");
  return problem;
}

std::optional<CounterState> decode_counter(std::string_view body) {
  return counter_from(parse(body));
}

std::optional<Added> decode_added(std::string_view body) { return added_from(parse(body)); }

std::optional<bool> decode_removed(std::string_view body) {
  Json object = parse(body);
  if (!object.is_object()) return std::nullopt;
  auto count = integer_at(object, "del");
  if (!count) return std::nullopt;
  return *count != 0;
}

std::optional<CounterPage> decode_page(std::string_view body) {
  Json object = parse(body);
  if (!object.is_object()) return std::nullopt;
  auto list = object.find("counters");
  if (list == object.end() || !list->is_array()) return std::nullopt;
  CounterPage page{.next = text_at(object, "next"),
                   .revision = integer_at(object, "revision").value_or(0)};
  for (const Json& item : *list) {
    auto counter = counter_from(item);
    if (!counter) return std::nullopt;
    page.counters.push_back(std::move(*counter));
  }
  return page;
}

std::optional<std::vector<Added>> decode_results(std::string_view body) {
  Json object = parse(body);
  if (!object.is_object()) return std::nullopt;
  auto list = object.find("results");
  if (list == object.end() || !list->is_array()) return std::nullopt;
  std::vector<Added> results;
  for (const Json& item : *list) {
    auto added = added_from(item);
    if (!added) return std::nullopt;
    results.push_back(*added);
  }
  return results;
}

}  // namespace dcount::client
