// Packages by trying every order, and every package that an unknown upload can have become: slow,
// plain, and of nobody's code but its own. For small histories without expiry and final holders.
#pragma once

#include "sim/check/history.h"

namespace dcount::check {

bool packages_have_an_order(const History& history);

}  // namespace dcount::check
