#include "server/api/sequence_input.h"

#include "server/api/bad_request.h"
#include "server/core/names.h"

namespace dcount::api {
namespace {

using core::Definition;
using core::DefinitionFault;
using core::SequenceMode;

/// "'min' (10)"
std::string quoted(const char* name, std::int64_t value) {
  return std::string("'") + name + "' (" + std::to_string(value) + ")";
}

std::string sentence_for(DefinitionFault fault, const Definition& definition) {
  const std::string start = quoted("start", definition.start);
  const std::string min = quoted("min", definition.min);
  const std::string max = quoted("max", definition.max);
  const std::string cache = quoted("cache", definition.cache);
  switch (fault) {
    case DefinitionFault::none:
      break;
    case DefinitionFault::increment_zero:
      return "'increment' must not be 0";
    case DefinitionFault::min_above_max:
      return min + " is above " + max;
    case DefinitionFault::start_below_min:
      return start + " is below " + min;
    case DefinitionFault::start_above_max:
      return start + " is above " + max;
    case DefinitionFault::cache_out_of_range:
      return cache + " must be 1 to " + std::to_string(core::cache_max);
    case DefinitionFault::cache_without_cached:
      return cache + " is for mode cached, not " + std::string(core::to_string(definition.mode));
    case DefinitionFault::gapless_cycle:
      return "a gapless sequence cannot cycle: a confirmed number must never come again";
  }
  return "";
}

SequenceMode mode_input(const Parameters& parameters) {
  const auto word = parameters.text("mode");
  if (!word) return SequenceMode::strict;
  const auto mode = core::sequence_mode_named(*word);
  if (!mode) malformed("'mode' must be strict, cached or gapless");
  return *mode;
}

}  // namespace

std::string sequence_input(const std::string& name) {
  if (!core::is_sequence_name(name)) {
    malformed(
        "a sequence's name is 1 to 128 letters, digits, '_', '.' or '-', and not '.', '..', "
        "'reset' or 'batch'");
  }
  return name;
}

Definition definition_input(const Parameters& parameters) {
  Definition definition;
  definition.increment = parameters.integer("increment").value_or(definition.increment);
  definition.min = parameters.integer("min").value_or(definition.min);
  definition.max = parameters.integer("max").value_or(definition.max);
  const std::int64_t begin = definition.increment < 0 ? definition.max : definition.min;
  definition.start = parameters.integer("start").value_or(begin);
  definition.cycle = parameters.flag("cycle");
  definition.mode = mode_input(parameters);
  const bool cached = definition.mode == SequenceMode::cached;
  definition.cache = parameters.integer("cache").value_or(cached ? core::cache_default : 0);

  const DefinitionFault fault = core::fault_of(definition);
  if (fault != DefinitionFault::none) {
    BadRequest bad("inconsistent_definition", sentence_for(fault, definition));
    bad.members = R"({"fault":")" + std::string(core::to_string(fault)) + R"("})";
    throw bad;
  }
  return definition;
}

}  // namespace dcount::api
