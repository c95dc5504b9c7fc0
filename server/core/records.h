// Every kind of record there is, told by its key: for what comes from outside (a dump).
//
// Thread-safety: pure functions.
#pragma once

#include <string_view>

namespace dcount::core {

/// Whether this is a record that this version would have written itself: a key of a kind it knows,
/// and a value it can read, with all its numbers in range.
bool is_readable(std::string_view key, std::string_view value);

/// Whether a dump holds it: what users have made, and not what servers note for themselves (nodes,
/// traces of restores).
bool is_dumped(std::string_view key);

}  // namespace dcount::core
