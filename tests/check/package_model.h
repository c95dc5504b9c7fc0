// A dumb package service: small histories of it as it should be, and as a broken one would make
// them.
#pragma once

#include "tests/check/random_history.h"

namespace dcount::check {

struct PackageMix {
  std::size_t operations = 6;
  std::size_t processes = 3;
  double unknown = 0.25;
  double wrong = 0.7;  ///< of histories: something goes wrong in them, perhaps unseen
};

History make_packages(Random& random, const PackageMix& mix);

/// The lists of packages, in words.
std::string text_of_packages(const History& history);

}  // namespace dcount::check
