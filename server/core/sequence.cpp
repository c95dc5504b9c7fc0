#include "server/core/sequence.h"

#include <cstdio>
#include <cstdlib>

#include "server/core/fields.h"

namespace dcount::core {
namespace {

constexpr std::string_view gapless_field = " mode=gapless";

/// What a definition is without the fields that are left out.
Definition defaults_for(std::int64_t increment) {
  Definition definition;
  definition.increment = increment;
  if (increment < 0) definition.start = definition.max;
  return definition;
}

void add_definition(FieldWriter& fields, const Definition& definition) {
  const Definition left_out = defaults_for(definition.increment);
  if (definition.increment != 1) fields.add("inc", definition.increment);
  if (definition.start != left_out.start) fields.add("start", definition.start);
  if (definition.min != left_out.min) fields.add("min", definition.min);
  if (definition.max != left_out.max) fields.add("max", definition.max);
  if (definition.cycle) fields.flag("cycle");
  fields.add("mode", to_string(definition.mode));
  if (definition.cache != 0) fields.add("cache", definition.cache);
}

/// Fields whose absence means a default that depends on the others.
struct Ends {
  std::optional<std::int64_t> start, min, max;
};

bool take_number(Sequence& sequence, Ends& bounds, std::string_view name, std::int64_t number) {
  if (name == "next")
    sequence.at.next = number;
  else if (name == "v")
    sequence.version = number;
  else if (name == "d")
    sequence.drawn = static_cast<std::uint64_t>(number);
  else if (name == "w")
    sequence.wraps = number;
  else if (name == "born")
    sequence.born_ms = number;
  else if (name == "inc")
    sequence.definition.increment = number;
  else if (name == "start")
    bounds.start = number;
  else if (name == "min")
    bounds.min = number;
  else if (name == "max")
    bounds.max = number;
  else if (name == "cache")
    sequence.definition.cache = number;
  else if (name == "open")
    sequence.open = number;
  else if (name == "free")
    sequence.free = number;
  else if (name == "low")
    sequence.low = static_cast<std::uint64_t>(number);
  else if (name == "at")
    sequence.deleted_ms = number;
  else
    return false;
  return true;
}

/// Every field but the numbers.
bool take_word(Sequence& sequence, const FieldReader::Field& field) {
  if (field.name == "mode") {
    const auto mode = sequence_mode_named(field.word);
    sequence.definition.mode = mode.value_or(SequenceMode::strict);
    return mode.has_value();
  }
  if (!field.word.empty()) return false;
  if (field.name == "end") return sequence.at.ended = true;
  if (field.name == "del") return sequence.deleted = true;
  if (field.name == "cycle") return sequence.definition.cycle = true;
  return false;
}

/// Numbers in a store may have been written by hand: what the rules rely on has to hold.
bool is_consistent(const Sequence& sequence) {
  if (sequence.version < 1 || sequence.wraps < 0 || sequence.open < 0 || sequence.free < 0) {
    return false;
  }
  if (sequence.deleted) return true;
  const Definition& definition = sequence.definition;
  return fault_of(definition) == DefinitionFault::none && sequence.at.next >= definition.min &&
         sequence.at.next <= definition.max;
}

}  // namespace

Sequence Sequence::fresh(const Definition& definition) {
  Sequence sequence;
  sequence.definition = definition;
  sequence.at = {definition.start, false};
  return sequence;
}

std::string encode(const Sequence& sequence) {
  FieldWriter fields;
  if (sequence.deleted) {
    return fields.flag("del").add("v", sequence.version).add("at", sequence.deleted_ms).take();
  }
  fields.add("next", sequence.at.next);
  if (sequence.at.ended) fields.flag("end");
  fields.add("v", sequence.version).add("d", static_cast<std::int64_t>(sequence.drawn));
  if (sequence.wraps != 0) fields.add("w", sequence.wraps);
  add_definition(fields, sequence.definition);
  if (sequence.open != 0) fields.add("open", sequence.open);
  if (sequence.free != 0) {
    fields.add("free", sequence.free).add("low", static_cast<std::int64_t>(sequence.low));
  }
  if (sequence.born_ms != 0) fields.add("born", sequence.born_ms);
  return fields.take();
}

std::optional<Sequence> try_decode_sequence(std::string_view text) {
  FieldReader fields(text);
  if (fields.malformed()) return std::nullopt;
  Sequence sequence;
  Ends bounds;
  while (const auto field = fields.next()) {
    const auto number = field->number();
    const bool taken =
        number ? take_number(sequence, bounds, field->name, *number) : take_word(sequence, *field);
    if (!taken) return std::nullopt;
  }
  Definition& definition = sequence.definition;
  const Definition left_out = defaults_for(definition.increment);
  definition.start = bounds.start.value_or(left_out.start);
  definition.min = bounds.min.value_or(left_out.min);
  definition.max = bounds.max.value_or(left_out.max);
  if (!is_consistent(sequence)) return std::nullopt;
  return sequence;
}

Sequence decode_sequence(std::string_view text) {
  const auto sequence = try_decode_sequence(text);
  if (!sequence) {
    std::fprintf(stderr, "dcount: not a sequence: '%.*s'\n", static_cast<int>(text.size()),
                 text.data());
    std::abort();
  }
  return *sequence;
}

std::int64_t sequence_due_ms(std::string_view text, std::int64_t tombstone_ms) {
  if (!text.starts_with("1 del ")) return 0;
  return decode_sequence(text).deleted_ms + tombstone_ms;
}

bool is_gapless(std::string_view text) {
  return text.find(gapless_field) != std::string_view::npos;
}

}  // namespace dcount::core
