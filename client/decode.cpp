#include "client/decode.h"

#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

namespace dcount::client {
namespace {

using Json = nlohmann::json;

/// dcount's answers are two levels deep; nlohmann recurses when it destroys deeper ones.
constexpr int depth_max = 64;

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

Json parse_answer(std::string_view body) {
  bool too_deep = false;
  auto watch = [&](int depth, Json::parse_event_t, Json&) {
    too_deep |= depth > depth_max;
    return !too_deep;
  };
  Json value = Json::parse(body, watch, false);
  return too_deep ? Json(Json::value_t::discarded) : value;
}

std::optional<std::int64_t> integer_of(const Json& value) {
  if (value.is_number_unsigned()) {
    auto number = value.get<std::uint64_t>();
    if (number > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) return std::nullopt;
    return static_cast<std::int64_t>(number);
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  std::int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::int64_t> integer_at(const Json& object, const char* name) {
  auto found = object.find(name);
  return found == object.end() ? std::nullopt : integer_of(*found);
}

std::string text_at(const Json& object, const char* name) {
  auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Problem decode_problem(std::string_view body) {
  Json object = parse_answer(body);
  if (!object.is_object()) return {};
  Problem problem{.code = text_at(object, "code"),
                  .detail = text_at(object, "detail"),
                  .index = integer_at(object, "index"),
                  .value = integer_at(object, "value"),
                  .fault = text_at(object, "fault"),
                  .rule = text_at(object, "rule")};
  if (problem.detail.empty()) problem.detail = text_at(object, "title");
  return problem;
}

std::optional<CounterState> decode_counter(std::string_view body) {
  return counter_from(parse_answer(body));
}

std::optional<Added> decode_added(std::string_view body) { return added_from(parse_answer(body)); }

std::optional<bool> decode_removed(std::string_view body) {
  Json object = parse_answer(body);
  if (!object.is_object()) return std::nullopt;
  auto count = integer_at(object, "del");
  if (!count) return std::nullopt;
  return *count != 0;
}

std::optional<CounterPage> decode_page(std::string_view body) {
  Json object = parse_answer(body);
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
  Json object = parse_answer(body);
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
