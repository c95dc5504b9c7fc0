// What is wrong with a scenario that only its whole can tell: each field by itself is right.
//
// Thread-safety: a pure function.
#pragma once

#include <string>

#include "sim/scenario/scenario.h"

namespace dcount::sim {

/// The first contradiction, with its place, for people; "": there is none. A fault that could never
/// take effect is one: left alone it would be left out of every run, and nobody would hear of it.
std::string contradiction(const Scenario& scenario);

}  // namespace dcount::sim
