#include "sim/check/sequence_judge.h"

#include <algorithm>

#include "sim/check/gapless_judge.h"
#include "sim/check/ladder.h"
#include "sim/check/sequence_line.h"
#include "sim/check/wide.h"
#include "sim/check/words.h"

namespace dcount::check {
namespace {

constexpr std::string_view judge_name = "sequence";

std::int64_t count_of(const Operation& draw) { return draw.argument == none ? 1 : draw.argument; }

bool draws(const Operation& operation) {
  return operation.function == Function::next && operation.outcome == Outcome::ok;
}

Finding fault(const KeyView& view, std::string text, std::initializer_list<std::uint32_t> shown) {
  return violation(judge_name, view.history, view.key, std::move(text), shown);
}

/// Range, size, and (unless gapless) numbers in a row: what one answer shows by itself.
std::optional<Finding> find_bad_answer(const KeyView& view, const SequenceLine& line, bool in_row) {
  for (std::uint32_t i : view.operations) {
    const Operation& draw = view.at(i);
    if (!draws(draw)) continue;
    auto numbers = view.history.list(draw);
    if (static_cast<std::int64_t>(numbers.size()) != count_of(draw)) {
      return fault(view,
                   told(view.history, draw) + ": it asked for " +
                       counted(static_cast<std::uint64_t>(count_of(draw)), "number") + " and got " +
                       std::to_string(numbers.size()) + ".",
                   {i});
    }
    for (std::size_t k = 0; k < numbers.size(); ++k) {
      if (!line.contains(numbers[k])) {
        return fault(view,
                     told(view.history, draw) + ": " + std::to_string(numbers[k]) +
                         " is not a number of this sequence.",
                     {i});
      }
      if (in_row && k > 0 && line.next(numbers[k - 1]) != numbers[k]) {
        return fault(view,
                     told(view.history, draw) + ": " + std::to_string(numbers[k]) +
                         " does not follow " + std::to_string(numbers[k - 1]) + ".",
                     {i});
      }
    }
  }
  return std::nullopt;
}

/// An earlier draw that got the number, too.
std::uint32_t find_other(const KeyView& view, std::uint32_t draw, std::int64_t number) {
  for (std::uint32_t i : view.operations) {
    if (i == draw || !draws(view.at(i))) continue;
    auto numbers = view.history.list(view.at(i));
    if (std::find(numbers.begin(), numbers.end(), number) != numbers.end()) return i;
  }
  return draw;
}

/// Strict mode: draws as steps of a counter.
class Strict {
 public:
  Strict(const KeyView& view, const SequenceLine& line) : view_(view), line_(line) {}
  Finding judge();

 private:
  std::optional<Finding> place(std::uint32_t draw);
  std::int64_t drawn_before(Index when) const;
  Finding describe(const LadderVerdict& ladder) const;

  const KeyView& view_;
  const SequenceLine& line_;
  std::vector<std::pair<Index, std::int64_t>> ended_;  ///< (completed, highest top so far)
  std::vector<std::pair<Index, std::int64_t>> begun_;  ///< (invoked, all asked for so far)
  std::vector<Rung> rungs_;
  bool ambiguous_ = false;
};

/// How many numbers can have been drawn by then: all that were asked for.
std::int64_t Strict::drawn_before(Index when) const {
  auto found = std::lower_bound(begun_.begin(), begun_.end(), std::pair(when, none));
  return found == begun_.begin() ? 0 : std::prev(found)->second;
}

/// Finds the draw's place; of a sequence that cycles, the lowest above all that ended before.
std::optional<Finding> Strict::place(std::uint32_t i) {
  const Operation& draw = view_.at(i);
  auto size = static_cast<std::int64_t>(draw.list_size);
  auto found = std::lower_bound(ended_.begin(), ended_.end(), std::pair(draw.invoked, none));
  std::int64_t lowest = found == ended_.begin() || !line_.cycles() ? 0 : std::prev(found)->second;
  std::int64_t first = view_.history.list(draw)[0];
  std::int64_t bottom = line_.ordinal(first, lowest).value_or(0);
  std::int64_t drawn = drawn_before(draw.completed);
  if (line_.cycles() && bottom + size > drawn) {
    std::uint32_t other = find_other(view_, i, first);
    std::string text = told(view_.history, draw) + ", but only " + std::to_string(drawn) +
                       " numbers can have been drawn by then, and a lap has " +
                       std::to_string(line_.lap()) + ".";
    if (other == i) return fault(view_, std::move(text), {i});
    return fault(view_, told(view_.history, view_.at(other)) + ", and " + text, {other, i});
  }
  if (line_.cycles() && bottom + line_.lap() + size <= drawn) ambiguous_ = true;
  std::int64_t top = bottom + size;
  rungs_.push_back({bottom, top, draw.invoked, draw.completed, i});
  std::int64_t highest = ended_.empty() ? 0 : ended_.back().second;
  ended_.emplace_back(draw.completed, std::max(highest, top));
  return std::nullopt;
}

Finding Strict::describe(const LadderVerdict& ladder) const {
  const History& history = view_.history;
  switch (ladder.fault) {
    case LadderFault::overlap: {
      auto a = history.list(view_.at(ladder.first));
      auto b = history.list(view_.at(ladder.second));
      std::int64_t twice = b[0];
      for (std::int64_t number : b) {
        if (std::find(a.begin(), a.end(), number) != a.end()) twice = number;
      }
      return fault(view_,
                   told(history, view_.at(ladder.first)) + ", and " +
                       told(history, view_.at(ladder.second)) + ": " + std::to_string(twice) +
                       " was handed out twice.",
                   {ladder.first, ladder.second});
    }
    case LadderFault::went_back:
      return went_back(judge_name, history, view_.key, ladder.first, ladder.second,
                       "a strict sequence hands out numbers in the order of time");
    case LadderFault::gap: {
      std::string text = "Nobody was answered with the numbers from " +
                         std::to_string(line_.number(ladder.from)) + " to " +
                         std::to_string(line_.number(ladder.to - 1)) + ", although " +
                         told(history, view_.at(ladder.second)) +
                         ", and the unknown draws that had begun by then do not explain it.";
      if (!ladder.has_first) return fault(view_, std::move(text), {ladder.second});
      return fault(view_, told(history, view_.at(ladder.first)) + ". " + text,
                   {ladder.first, ladder.second});
    }
    default:
      break;
  }
  Finding finding{.judge = std::string(judge_name), .key = view_.name()};
  if (ladder.fault == LadderFault::nothing) return finding;
  finding.verdict = Verdict::unknown;
  finding.summary = "the search for the unknown draws that explain what is missing gave up";
  return finding;
}

Finding Strict::judge() {
  std::vector<Filler> fillers;
  std::vector<std::uint32_t> by_end;
  std::int64_t asked = 0;
  for (std::uint32_t i : view_.operations) {
    const Operation& draw = view_.at(i);
    if (draw.function != Function::next || draw.outcome == Outcome::fail) continue;
    asked += count_of(draw);
    begun_.emplace_back(draw.invoked, asked);
    if (draw.outcome == Outcome::unknown) {
      fillers.push_back({.operation = i, .invoked = draw.invoked, .argument = count_of(draw)});
    } else if (draw.list_size > 0) {
      by_end.push_back(i);
    }
  }
  std::sort(by_end.begin(), by_end.end(), [&](std::uint32_t a, std::uint32_t b) {
    return view_.at(a).completed < view_.at(b).completed;
  });
  for (std::uint32_t i : by_end) {
    if (auto found = place(i)) return std::move(*found);
  }
  std::size_t unknown = fillers.size();
  Finding finding = describe(judge_ladder(0, rungs_, std::move(fillers)));
  if (finding.verdict == Verdict::invalid && ambiguous_) {
    finding.verdict = Verdict::unknown;
    finding.summary = "the cycle is so short that draws cannot be told from those a lap later";
    finding.witness = {};
  }
  if (finding.verdict == Verdict::valid) {
    finding.summary = counted(rungs_.size(), "draw") + ", " + counted(unknown, "unknown one");
  }
  return finding;
}

/// What was drawn of a cached sequence, number by number.
struct Drawn {
  std::int64_t number = 0;
  std::uint32_t operation = 0;
};

Finding judge_cached(const KeyView& view, const SequenceLine& line) {
  std::vector<Drawn> drawn;
  std::int64_t asked_by_unknown = 0;
  std::int64_t skipped = 0;
  std::int64_t highest = -1;
  for (std::uint32_t i : view.operations) {
    const Operation& draw = view.at(i);
    if (draw.function != Function::next) continue;
    if (draw.outcome == Outcome::unknown) asked_by_unknown += count_of(draw);
    if (!draws(draw)) continue;
    skipped += count_of(draw) - 1;
    for (std::int64_t number : view.history.list(draw)) {
      drawn.push_back({number, i});
      highest = std::max(highest, line.ordinal(number, 0).value_or(0));
    }
  }
  std::sort(drawn.begin(), drawn.end(), [](const Drawn& a, const Drawn& b) {
    return a.number != b.number ? a.number < b.number : a.operation < b.operation;
  });
  const std::int64_t gap_max = view.facts().gap_max;
  auto faults = static_cast<std::int64_t>(view.history.faults.size());
  Wide lost_max = asked_by_unknown + skipped;
  if (gap_max != none) lost_max += static_cast<Wide>(gap_max) * (1 + faults);
  auto got = static_cast<std::int64_t>(drawn.size());
  std::int64_t laps = 1;  // how often a number can have come
  if (line.cycles())
    laps += gap_max == none ? got : static_cast<std::int64_t>((got + lost_max) / line.lap());
  for (std::size_t i = 0; i + static_cast<std::size_t>(laps) < drawn.size(); ++i) {
    std::size_t again = i + static_cast<std::size_t>(laps);
    if (drawn[i].number != drawn[again].number) continue;
    std::uint32_t first = drawn[again - 1].operation;
    return fault(view,
                 told(view.history, view.at(first)) + ", and " +
                     told(view.history, view.at(drawn[again].operation)) + ": " +
                     std::to_string(drawn[i].number) + " was handed out twice" +
                     (laps > 1 ? " more than laps allow" : "") + ".",
                 {first, drawn[again].operation});
  }
  Finding finding{.judge = std::string(judge_name), .key = view.name()};
  finding.summary = counted(drawn.size(), "number") + " drawn from a cached sequence";
  std::int64_t missing = highest + 1 - got;
  if (gap_max == none || laps > 1 || missing <= 0) return finding;
  finding.summary += ", " + std::to_string(missing) + " of those below the highest not seen";
  if (missing <= lost_max) return finding;
  return fault(view,
               "Of the numbers up to " + std::to_string(line.number(highest)) + ", " +
                   std::to_string(missing) + " were handed out to nobody. Unknown draws, " +
                   "calls for several numbers, gap_max " + std::to_string(gap_max) + " and " +
                   counted(static_cast<std::uint64_t>(faults), "fault") + " explain no more than " +
                   std::to_string(static_cast<std::int64_t>(lost_max)) + ".",
               {});
}

}  // namespace

Finding judge_sequence(const KeyView& view) {
  SequenceLine line(view.facts());
  bool gapless = view.facts().mode == KeyFacts::Mode::gapless;
  if (auto found = find_bad_answer(view, line, !gapless)) return std::move(*found);
  switch (view.facts().mode) {
    case KeyFacts::Mode::cached:
      return judge_cached(view, line);
    case KeyFacts::Mode::gapless:
      return judge_gapless(view, line);
    case KeyFacts::Mode::strict:
      break;
  }
  return Strict(view, line).judge();
}

}  // namespace dcount::check
