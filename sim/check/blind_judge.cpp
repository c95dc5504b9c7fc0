#include "sim/check/blind_judge.h"

#include <algorithm>

#include "sim/check/counter_ladder.h"
#include "sim/check/wide.h"
#include "sim/check/words.h"

namespace dcount::check {
namespace {

constexpr std::string_view judge_name = "blind";
using Sum = Wide;

/// Running sums of deltas by a moment in the journal.
class Sums {
 public:
  void add(Index when, std::int64_t delta) { entries_.push_back({when, delta}); }
  void finish() {
    std::sort(entries_.begin(), entries_.end(),
              [](const Entry& a, const Entry& b) { return a.when < b.when; });
    Sum sum = 0;
    for (Entry& entry : entries_) entry.sum = sum += entry.sum;
  }
  Sum before(Index when) const {
    auto found = std::lower_bound(entries_.begin(), entries_.end(), when,
                                  [](const Entry& e, Index w) { return e.when < w; });
    return found == entries_.begin() ? 0 : std::prev(found)->sum;
  }

 private:
  struct Entry {
    Index when;
    Sum sum;
  };
  std::vector<Entry> entries_;
};

/// What must have been added when a read begins, and what may have been when it ends.
struct Possible {
  Sums acknowledged_up, acknowledged_down;  ///< by completion
  Sums asked_up, asked_down;                ///< by invocation

  explicit Possible(const KeyView& view, std::size_t skipped) {
    for (std::uint32_t i : view.operations.subspan(skipped)) {
      const Operation& add = view.at(i);
      if (add.function != Function::add || add.outcome == Outcome::fail) continue;
      bool up = add.argument > 0;
      (up ? asked_up : asked_down).add(add.invoked, add.argument);
      if (add.outcome != Outcome::ok) continue;
      (up ? acknowledged_up : acknowledged_down).add(add.completed, add.argument);
    }
    for (Sums* sums : {&acknowledged_up, &acknowledged_down, &asked_up, &asked_down}) {
      sums->finish();
    }
  }
  Sum lowest(const Operation& read) const {
    return acknowledged_up.before(read.invoked) + asked_down.before(read.completed);
  }
  Sum highest(const Operation& read) const {
    return asked_up.before(read.completed) + acknowledged_down.before(read.invoked);
  }
};

/// The last addition that ended before the read began; the read itself: there is none.
std::uint32_t last_before(const KeyView& view, std::uint32_t read) {
  std::uint32_t last = read;
  for (std::uint32_t i : view.operations) {
    const Operation& add = view.at(i);
    if (add.function != Function::add || add.outcome != Outcome::ok) continue;
    if (add.completed > view.at(read).invoked) continue;
    if (last == read || add.completed > view.at(last).completed) last = i;
  }
  return last;
}

std::optional<Finding> find_impossible_read(const KeyView& view, const CounterShape& shape) {
  Possible possible(view, shape.skipped);
  for (std::uint32_t i : view.operations.subspan(shape.skipped)) {
    const Operation& read = view.at(i);
    if (!saw_something(read) || read.result == none) continue;
    Sum value = static_cast<Sum>(read.result) - shape.base;
    Sum lowest = possible.lowest(read);
    Sum highest = possible.highest(read);
    if (value >= lowest && value <= highest) continue;
    auto text = [&](Sum sum) {
      return std::to_string(static_cast<std::int64_t>(sum + shape.base));
    };
    if (value > highest) {
      return violation(judge_name, view.history, view.key,
                       told(view.history, read) +
                           ", but with everything that had been asked for "
                           "before it ended the value was at most " +
                           text(highest) + ": something was counted twice.",
                       {i});
    }
    std::uint32_t last = last_before(view, i);
    std::string told_text = told(view.history, read) +
                            ", but with everything that had been "
                            "acknowledged before it began the value was at least " +
                            text(lowest);
    if (last == i) return violation(judge_name, view.history, view.key, told_text + ".", {i});
    return violation(judge_name, view.history, view.key,
                     told_text + "; the last of that: " + told(view.history, view.at(last)) +
                         ". Acknowledged additions were lost.",
                     {last, i});
  }
  return std::nullopt;
}

}  // namespace

Finding judge_blind(const KeyView& view, const CounterShape& shape, const SearchLimits& limits) {
  if (auto found = find_bound_violation(judge_name, view)) return std::move(*found);
  bool cut = view.facts().saturates;
  for (std::uint32_t i : view.operations) cut |= view.at(i).saturated;
  if (!cut) {
    if (auto found = find_impossible_read(view, shape)) return std::move(*found);
  }
  return shape.ascending ? judge_counter_ladder(judge_name, view, shape)
                         : judge_search(view, limits);
}

}  // namespace dcount::check
