// Linearizability by trying every order: slow, plain, and of nobody's code but its own.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/check/history.h"

namespace dcount::check {

/// Whether some order of the steps that respects time is accepted by `apply(step, state)`, which
/// returns whether the step could have been answered as it was. A step is the operations of one
/// group. Unknown ones may be left out.
template <class State, class Apply>
class EveryOrder {
 public:
  EveryOrder(const History& history, State start, Apply apply)
      : history_(history), start_(std::move(start)), apply_(std::move(apply)) {
    for (std::uint32_t i = 0; i < history.operations.size(); ++i) {
      const Operation& operation = history.operations[i];
      if (operation.outcome == Outcome::fail && !operation.refused) continue;
      bool same = !steps_.empty() && operation.group != 0 &&
                  history.operations[steps_.back().front()].group == operation.group;
      if (!same) steps_.emplace_back();
      steps_.back().push_back(i);
    }
    done_.resize(steps_.size());
  }

  bool exists() { return go_on(start_); }

 private:
  const Operation& first(std::size_t step) const {
    return history_.operations[steps_[step].front()];
  }
  bool go_on(const State& state) {
    Index ended = never;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (!done_[i]) ended = std::min(ended, first(i).completed);
    }
    if (ended == never) return true;  // only unknown ones are left
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (done_[i] || first(i).invoked > ended) continue;
      State next = state;
      bool possible = true;
      for (std::uint32_t part : steps_[i]) {
        possible = possible && apply_(history_.operations[part], next);
      }
      if (!possible) continue;
      done_[i] = true;
      if (go_on(next)) return true;
      done_[i] = false;
    }
    return false;
  }

  const History& history_;
  const State start_;
  const Apply apply_;
  std::vector<std::vector<std::uint32_t>> steps_;
  std::vector<bool> done_;
};

/// All counters of a history, as docs/api.md tells what they do.
bool counters_have_an_order(const History& history);

/// Sequences (one key) as docs/api.md tells: strict ones, and gapless ones.
bool draws_have_an_order(const History& history);

/// Items of all tenants.
bool items_have_an_order(const History& history);

}  // namespace dcount::check
