#include "client/decode_sequence.h"

#include <nlohmann/json.hpp>

#include "client/decode.h"

namespace dcount::client {
namespace {

using Json = nlohmann::json;

std::optional<SequenceState> sequence_from(const Json& object) {
  if (!object.is_object()) return std::nullopt;
  auto mode = sequence_mode(text_at(object, "mode"));
  auto start = integer_at(object, "start");
  auto increment = integer_at(object, "increment");
  auto min = integer_at(object, "min");
  auto max = integer_at(object, "max");
  auto cycle = object.find("cycle");
  bool has_cycle = cycle != object.end() && cycle->is_boolean();
  if (!mode || !start || !increment || !min || !max || !has_cycle) return std::nullopt;
  return SequenceState{.name = text_at(object, "name"),
                       .mode = *mode,
                       .start = *start,
                       .increment = *increment,
                       .min = *min,
                       .max = *max,
                       .cycle = cycle->get<bool>(),
                       .next = integer_at(object, "next"),
                       .wraps = integer_at(object, "wraps").value_or(0),
                       .version = integer_at(object, "version").value_or(0),
                       .cache = integer_at(object, "cache"),
                       .gap_max = integer_at(object, "gap_max"),
                       .reserved = integer_at(object, "reserved"),
                       .free = integer_at(object, "free")};
}

}  // namespace

std::optional<std::vector<std::int64_t>> decode_numbers(std::string_view body) {
  Json list = parse_answer(body);
  if (!list.is_array()) return std::nullopt;
  std::vector<std::int64_t> numbers;
  numbers.reserve(list.size());
  for (const Json& item : list) {
    auto number = integer_of(item);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

std::optional<SequenceState> decode_sequence(std::string_view body) {
  return sequence_from(parse_answer(body));
}

std::optional<SequencePage> decode_sequence_page(std::string_view body) {
  Json object = parse_answer(body);
  if (!object.is_object()) return std::nullopt;
  auto list = object.find("sequences");
  if (list == object.end() || !list->is_array()) return std::nullopt;
  SequencePage page{.next = text_at(object, "next"),
                    .revision = integer_at(object, "revision").value_or(0)};
  for (const Json& item : *list) {
    auto sequence = sequence_from(item);
    if (!sequence) return std::nullopt;
    page.sequences.push_back(std::move(*sequence));
  }
  return page;
}

std::optional<Reservation> decode_reservation(std::string_view body) {
  Json object = parse_answer(body);
  if (!object.is_object()) return std::nullopt;
  auto number = integer_at(object, "number");
  std::string token = text_at(object, "token");
  if (!number || token.empty()) return std::nullopt;
  return Reservation{.number = *number,
                     .token = std::move(token),
                     .expires_ms = integer_at(object, "expires").value_or(0)};
}

std::optional<std::int64_t> decode_settled(std::string_view body) {
  Json object = parse_answer(body);
  return object.is_object() ? integer_at(object, "number") : std::nullopt;
}

}  // namespace dcount::client
