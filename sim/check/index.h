// Places in a journal, and the number that stands for nothing.
#pragma once

#include <cstdint>
#include <limits>

namespace dcount::check {

using Index = std::uint32_t;  ///< of a line in the journal
inline constexpr Index never = std::numeric_limits<Index>::max();
inline constexpr std::int64_t none = std::numeric_limits<std::int64_t>::min();

}  // namespace dcount::check
