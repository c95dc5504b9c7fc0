#include "server/core/definition.h"

#include <algorithm>
#include <array>
#include <utility>

namespace dcount::core {
namespace {

bool ascends(const Definition& definition) { return definition.increment > 0; }

std::uint64_t step_size(const Definition& definition) {
  const auto increment = static_cast<std::uint64_t>(definition.increment);
  return ascends(definition) ? increment : 0 - increment;
}

/// How many numbers come after `next` before the range ends. (Their number itself, one more, does
/// not fit when the range is all of int64.)
std::uint64_t left_after(const Definition& definition, std::int64_t next) {
  const auto from = static_cast<std::uint64_t>(next);
  const auto distance = ascends(definition) ? static_cast<std::uint64_t>(definition.max) - from
                                            : from - static_cast<std::uint64_t>(definition.min);
  return distance / step_size(definition);
}

std::int64_t stepped(std::int64_t from, std::int64_t increment, std::uint64_t steps) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(from) +
                                   static_cast<std::uint64_t>(increment) * steps);
}

std::int64_t wrap_start(const Definition& definition) {
  return ascends(definition) ? definition.min : definition.max;
}

constexpr std::array<std::pair<SequenceMode, std::string_view>, 3> mode_names{
    {{SequenceMode::strict, "strict"},
     {SequenceMode::cached, "cached"},
     {SequenceMode::gapless, "gapless"}}};

}  // namespace

DefinitionFault fault_of(const Definition& definition) {
  if (definition.increment == 0) return DefinitionFault::increment_zero;
  if (definition.min > definition.max) return DefinitionFault::min_above_max;
  if (definition.start < definition.min) return DefinitionFault::start_below_min;
  if (definition.start > definition.max) return DefinitionFault::start_above_max;
  const bool cached = definition.mode == SequenceMode::cached;
  if (!cached && definition.cache != 0) return DefinitionFault::cache_without_cached;
  if (cached && (definition.cache < 1 || definition.cache > cache_max)) {
    return DefinitionFault::cache_out_of_range;
  }
  if (definition.mode == SequenceMode::gapless && definition.cycle) {
    return DefinitionFault::gapless_cycle;
  }
  return DefinitionFault::none;
}

std::string_view to_string(DefinitionFault fault) {
  switch (fault) {
    case DefinitionFault::none:
      return "none";
    case DefinitionFault::increment_zero:
      return "increment_zero";
    case DefinitionFault::min_above_max:
      return "min_above_max";
    case DefinitionFault::start_below_min:
      return "start_below_min";
    case DefinitionFault::start_above_max:
      return "start_above_max";
    case DefinitionFault::cache_out_of_range:
      return "cache_out_of_range";
    case DefinitionFault::cache_without_cached:
      return "cache_without_cached";
    case DefinitionFault::gapless_cycle:
      return "gapless_cycle";
  }
  return "";
}

std::string_view to_string(SequenceMode mode) {
  for (const auto& [known, name] : mode_names) {
    if (known == mode) return name;
  }
  return "";
}

std::optional<SequenceMode> sequence_mode_named(std::string_view name) {
  for (const auto& [mode, known] : mode_names) {
    if (known == name) return mode;
  }
  return std::nullopt;
}

std::optional<Definition> fixed_definition(std::string_view name) {
  Definition definition;
  definition.cycle = true;
  if (name == "forward") return definition;
  if (name != "reverse") return std::nullopt;
  definition.start = definition.max;
  definition.increment = -1;
  return definition;
}

std::int64_t left_up_to(const Definition& definition, const Position& at, std::int64_t count_max) {
  if (definition.cycle) return count_max;
  if (at.ended || count_max < 1) return 0;
  const auto wanted_after = static_cast<std::uint64_t>(count_max - 1);
  return static_cast<std::int64_t>(std::min(left_after(definition, at.next), wanted_after)) + 1;
}

bool has_left(const Definition& definition, const Position& at, std::int64_t count) {
  return left_up_to(definition, at, count) == count;
}

Walk walk(const Definition& definition, const Position& at, std::int64_t count) {
  Walk walk;
  walk.after = at;
  while (count > 0) {
    if (walk.after.ended) {
      walk.after = {wrap_start(definition), false};
      ++walk.wraps;
    }
    const std::uint64_t after = left_after(definition, walk.after.next);
    const auto wanted_after = static_cast<std::uint64_t>(count - 1);
    const std::uint64_t taken_after = std::min(after, wanted_after);
    const auto taken = static_cast<std::int64_t>(taken_after) + 1;
    walk.runs.push_back({walk.after.next, definition.increment, taken});
    const std::int64_t last = stepped(walk.after.next, definition.increment, taken_after);
    const bool ended = taken_after == after;
    walk.after = {ended ? last : stepped(last, definition.increment, 1), ended};
    count -= taken;
  }
  return walk;
}

Advance advance(const Definition& definition, const Position& at, std::int64_t count) {
  Position from = at;
  std::int64_t wraps = 0;
  if (from.ended) {
    from = {wrap_start(definition), false};
    wraps = 1;
  }
  auto steps = static_cast<std::uint64_t>(count - 1);  // from one number to the last
  if (steps > left_after(definition, from.next)) {
    steps -= left_after(definition, from.next) + 1;
    from.next = wrap_start(definition);
    ++wraps;
    // A whole round of 2^64 numbers does not fit; nor is it ever gone all the way.
    if (const std::uint64_t after = left_after(definition, from.next); steps > after) {
      wraps += static_cast<std::int64_t>(steps / (after + 1));
      steps %= after + 1;
    }
  }
  const std::int64_t last = stepped(from.next, definition.increment, steps);
  const bool ended = steps == left_after(definition, from.next);
  return {{ended ? last : stepped(last, definition.increment, 1), ended}, wraps};
}

std::int64_t number_at(const Definition& definition, std::uint64_t place) {
  return stepped(definition.start, definition.increment, place);
}

std::optional<std::int64_t> next_number(const Definition& definition, const Position& at) {
  if (!at.ended) return at.next;
  if (!definition.cycle) return std::nullopt;
  return wrap_start(definition);
}

void append_number(std::vector<NumberRun>& runs, std::int64_t number, std::int64_t step) {
  if (!runs.empty()) {
    NumberRun& last = runs.back();
    const auto follows = stepped(last.first, last.step, static_cast<std::uint64_t>(last.count));
    if (last.step == step && follows == number) {
      ++last.count;
      return;
    }
  }
  runs.push_back({number, step, 1});
}

}  // namespace dcount::core
