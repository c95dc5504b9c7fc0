// Names and definitions of sequences, checked: what leaves here is a valid command's.
//
// Thread-safety: pure. All throw BadRequest.
#pragma once

#include <string>

#include "server/api/parameters.h"
#include "server/core/definition.h"

namespace dcount::api {

std::string sequence_input(const std::string& name);

/// start (where the range begins), increment (1), min (1), max (2^63-1), cycle (false),
/// mode (strict), cache (of a cached one: 100). A definition that makes no sense is refused as
/// inconsistent_definition, with the fault's name.
core::Definition definition_input(const Parameters& parameters);

}  // namespace dcount::api
