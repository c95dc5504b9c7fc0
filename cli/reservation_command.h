// `dcount sequence reserve|confirm|release`: numbers of gapless sequences, in two steps.
#pragma once

#include "cli/command.h"

namespace dcount::cli {

/// Adds them to the group `dcount sequence`.
void add_reservations(CLI::App& group, Context& context);

}  // namespace dcount::cli
