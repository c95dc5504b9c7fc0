#include "server/core/counter.h"

#include <cstdio>
#include <cstdlib>

#include "server/core/fields.h"

namespace dcount::core {

std::string encode(const Counter& counter) {
  FieldWriter fields;
  if (counter.deleted) {
    return fields.flag("del").add("v", counter.version).add("at", counter.deleted_ms).take();
  }
  fields.add("n", counter.n).add("v", counter.version);
  if (counter.bounds.min) fields.add("min", *counter.bounds.min);
  if (counter.bounds.max) fields.add("max", *counter.bounds.max);
  if (counter.on_limit == OnLimit::saturate) fields.flag("sat");
  if (counter.expires_ms != 0) fields.add("e", counter.expires_ms);
  return fields.take();
}

std::optional<Counter> try_decode_counter(std::string_view text) {
  FieldReader fields(text);
  if (fields.malformed()) return std::nullopt;
  Counter counter;
  while (const auto field = fields.next()) {
    if (field->name == "del") {
      counter.deleted = true;
      continue;
    }
    if (field->name == "sat") {
      counter.on_limit = OnLimit::saturate;
      continue;
    }
    const auto number = field->number();
    if (!number) return std::nullopt;
    if (field->name == "n")
      counter.n = *number;
    else if (field->name == "v")
      counter.version = *number;
    else if (field->name == "min")
      counter.bounds.min = *number;
    else if (field->name == "max")
      counter.bounds.max = *number;
    else if (field->name == "e")
      counter.expires_ms = *number;
    else if (field->name == "at")
      counter.deleted_ms = *number;
    else
      return std::nullopt;
  }
  if (counter.version < 1) return std::nullopt;
  return counter;
}

Counter decode_counter(std::string_view text) {
  const auto counter = try_decode_counter(text);
  if (!counter) {
    std::fprintf(stderr, "dcount: not a counter: '%.*s'\n", static_cast<int>(text.size()),
                 text.data());
    std::abort();
  }
  return *counter;
}

std::int64_t counter_due_ms(std::string_view text, std::int64_t tombstone_ms) {
  const bool tombstone = text.starts_with("1 del ");
  if (!tombstone && text.find(" e=") == std::string_view::npos) return 0;
  const Counter counter = decode_counter(text);
  return tombstone ? counter.deleted_ms + tombstone_ms : counter.expires_ms;
}

}  // namespace dcount::core
