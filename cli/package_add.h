// `dcount package add`.
//
// Thread-safety: the main thread.
#pragma once

#include "cli/command.h"

namespace dcount::cli {

/// Bars are for people at a terminal.
inline bool shows_progress(const Context& context) {
  return context.output.err_is_terminal() && !context.output.json();
}

void add_package_adding(CLI::App& group, Context& context);

}  // namespace dcount::cli
