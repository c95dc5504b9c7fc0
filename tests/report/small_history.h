// Small histories by hand: the time of a line is a millisecond for each line before it.
#pragma once

#include <algorithm>
#include <vector>

#include "sim/check/history.h"
#include "sim/report/time_axis.h"

namespace dcount::report {

struct SmallHistory {
  check::History history;
  JournalTimes times;
  TimeAxis axis;
};

/// One key, "k", a counter; bins of a millisecond, as long as there are fewer than 400 lines.
inline SmallHistory small_history(std::vector<check::Operation> operations,
                                  check::KeyFacts facts = {}) {
  SmallHistory small;
  check::Index last = 0;
  for (const auto& operation : operations) {
    last = std::max(last, operation.invoked);
    if (operation.completed != check::never) last = std::max(last, operation.completed);
  }
  small.history.operations = std::move(operations);
  small.history.keys = {"k"};
  small.history.facts = {facts};
  small.history.nodes = {"", "node-1", "node-2"};
  for (check::Index line = 0; line <= last; ++line) small.times.at.push_back(line * 1'000'000L);
  small.times.latest = small.times.at.back();
  small.times.timed = true;
  small.axis = axis_of(small.times);
  return small;
}

inline check::Operation added(check::Index invoked, check::Index completed, std::int64_t delta,
                              std::int64_t value, std::uint32_t process = 0) {
  return {.invoked = invoked,
          .completed = completed,
          .process = process,
          .function = check::Function::add,
          .outcome = check::Outcome::ok,
          .argument = delta,
          .result = value};
}
inline check::Operation unknown_add(check::Index invoked, std::int64_t delta,
                                    std::uint32_t process = 0) {
  return {.invoked = invoked,
          .process = process,
          .function = check::Function::add,
          .outcome = check::Outcome::unknown,
          .argument = delta};
}
inline check::Operation was_read(check::Index invoked, check::Index completed, std::int64_t value,
                                 std::uint32_t process = 0) {
  return {.invoked = invoked,
          .completed = completed,
          .process = process,
          .function = check::Function::read,
          .outcome = check::Outcome::ok,
          .result = value};
}

}  // namespace dcount::report
