// Times as people read them.
//
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>

namespace dcount::cli {

/// "2026-11-22 14:02:21Z"; nothing for a time that nobody knows.
std::string time_text(std::int64_t unix_s);

}  // namespace dcount::cli
