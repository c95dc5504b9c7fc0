// tail_load hold: subscribers that are there while something else is measured.
//
// Thread-safety: one thread.
#pragma once

#include "tail_options.h"

namespace dcount::bench_tails {

/// Subscribes, prints a line of JSON, and reads, or does not, until standard input ends. "resume"
/// on a line of it makes them read from then on, and when nothing more comes what they were told is
/// printed. Throws std::runtime_error when they could not subscribe.
int hold(const Options& options);

}  // namespace dcount::bench_tails
