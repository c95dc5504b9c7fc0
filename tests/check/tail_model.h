// A dumb service with subscribers: small histories of it as it should be, and with one defect.
#pragma once

#include "tests/check/random_history.h"

namespace dcount::check {

enum class TailDefect : std::uint8_t {
  nothing,
  lost_on_resume,  ///< what a subscriber resumed for is forgotten, in part
  lost,            ///< what it waits for is forgotten
  twice,           ///< an event comes again
  swapped,         ///< the second comes first
  wrong_value,     ///< an event is off by one
  complete_early,  ///< a bookmark, or the last of a revision, with something still to come
  wrong_row,       ///< of a mirror
  dropped_at_end,  ///< what is left to send in the end is not sent
};
inline constexpr std::size_t tail_defects = 9;

struct TailMix {
  std::size_t operations = 5;
  std::size_t subscribers = 2;
  double unknown = 0.2;
  TailDefect defect = TailDefect::nothing;
};

/// `planted`: whether the defect did something.
History make_tails(Random& random, const TailMix& mix, bool& planted);

/// The lines of subscribers, in words.
std::string text_of_tails(const History& history);

}  // namespace dcount::check
