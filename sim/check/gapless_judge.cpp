#include "sim/check/gapless_judge.h"

#include <algorithm>

#include "sim/check/words.h"

namespace dcount::check {
namespace {

constexpr std::string_view judge_name = "sequence";

/// Something that happened to one number.
struct Event {
  std::int64_t ordinal = 0;
  std::uint32_t operation = 0;
};

/// Everything about one number, each by invocation.
struct Number {
  std::int64_t ordinal = 0;
  std::vector<std::uint32_t> draws, reserves, confirms, releases, unknown_releases;
};

/// A number that an unknown operation has to have taken, before the operation `above` ended.
struct Hole {
  Index before = never;
  std::int64_t ordinal = 0;
  std::uint32_t above = 0;
  std::uint32_t release = std::numeric_limits<std::uint32_t>::max();  ///< that made it free
};

/// Over takings by invocation: the one that ended first of those invoked after a moment.
class EarliestEnd {
 public:
  EarliestEnd(const KeyView& view, std::vector<std::uint32_t> takings)
      : view_(view), takings_(std::move(takings)), tree_(takings_.size() + 1, nobody) {
    std::sort(takings_.begin(), takings_.end());
  }
  static constexpr std::uint32_t nobody = std::numeric_limits<std::uint32_t>::max();

  void add(std::uint32_t operation) {
    auto place = static_cast<std::size_t>(
        std::lower_bound(takings_.begin(), takings_.end(), operation) - takings_.begin());
    for (std::size_t i = takings_.size() - place; i < tree_.size(); i += i & (~i + 1)) {
      tree_[i] = earlier(tree_[i], operation);
    }
  }
  std::uint32_t after(std::int64_t moment) const {
    auto place = static_cast<std::size_t>(
        std::partition_point(takings_.begin(), takings_.end(),
                             [&](std::uint32_t i) { return view_.at(i).invoked <= moment; }) -
        takings_.begin());
    std::uint32_t best = nobody;
    for (std::size_t i = takings_.size() - place; i > 0; i &= i - 1) best = earlier(best, tree_[i]);
    return best;
  }

 private:
  std::uint32_t earlier(std::uint32_t a, std::uint32_t b) const {
    if (a == nobody) return b;
    if (b == nobody) return a;
    return view_.at(a).completed <= view_.at(b).completed ? a : b;
  }
  const KeyView& view_;
  std::vector<std::uint32_t> takings_;  ///< places in the history go with invocation
  std::vector<std::uint32_t> tree_;     ///< Fenwick, from the last one down
};

class Gapless {
 public:
  Gapless(const KeyView& view, const SequenceLine& line) : view_(view), line_(line) {}
  Finding judge();

 private:
  std::optional<Finding> collect();
  void collect_numbers();
  std::optional<Finding> find_used_twice(const Number& number) const;
  std::optional<Finding> find_used_again(const Number& number) const;
  std::optional<Finding> find_still_reserved(const Number& number) const;
  std::optional<Finding> find_unreserved(const Number& number) const;
  std::optional<Finding> find_hole();
  std::vector<Hole> holes() const;
  std::vector<std::uint32_t> freeing(const Number& number) const;
  void add_free(const Number& number, const EarliestEnd& above, std::vector<Hole>& holes) const;
  void add_unseen(std::int64_t from, std::int64_t to, std::uint32_t above,
                  std::vector<Hole>& holes) const;
  Finding fault(std::string text, std::initializer_list<std::uint32_t> shown) const {
    return violation(judge_name, view_.history, view_.key, std::move(text), shown);
  }
  Finding both(std::uint32_t a, std::uint32_t b, std::int64_t ordinal, std::string_view why) const {
    return fault(told(view_.history, view_.at(a)) + ", and " + told(view_.history, view_.at(b)) +
                     ": number " + std::to_string(line_.number(ordinal)) + " " + std::string(why) +
                     ".",
                 {a, b});
  }
  std::vector<std::uint32_t> takings(const Number& number) const;

  const KeyView& view_;
  const SequenceLine& line_;
  std::vector<Event> events_;
  std::vector<Number> numbers_;  ///< by ordinal
  std::vector<Index> unknown_;   ///< one for each number an unknown operation may have taken
  std::vector<std::uint32_t> unknown_reserves_;
  std::size_t unseen_max_ = 0;
};

/// What the operations say, number by number; a number outside the sequence is a violation.
std::optional<Finding> Gapless::collect() {
  for (std::uint32_t i : view_.operations) {
    const Operation& operation = view_.at(i);
    bool takes = operation.function == Function::next || operation.function == Function::reserve;
    if (operation.outcome == Outcome::fail) continue;
    if (operation.outcome == Outcome::unknown && takes) {
      std::int64_t count = operation.function == Function::reserve || operation.argument == none
                               ? 1
                               : operation.argument;
      if (operation.function == Function::reserve) unknown_reserves_.push_back(i);
      unknown_.insert(unknown_.end(), static_cast<std::size_t>(count), operation.invoked);
      continue;
    }
    auto add = [&](std::int64_t number) {
      auto ordinal = line_.ordinal(number, 0);
      if (ordinal) events_.push_back({*ordinal, i});
      return ordinal.has_value();
    };
    bool good = true;
    if (operation.function == Function::next) {
      for (std::int64_t number : view_.history.list(operation)) good &= add(number);
    } else {
      std::int64_t number =
          operation.function == Function::reserve ? operation.result : operation.argument;
      if (number == none) number = operation.result;
      if (number != none) good = add(number);
    }
    if (!good) {
      return fault(told(view_.history, operation) + ": that is not a number of this sequence.",
                   {i});
    }
  }
  return std::nullopt;
}

void Gapless::collect_numbers() {
  std::sort(unknown_.begin(), unknown_.end());
  std::sort(events_.begin(), events_.end(), [](const Event& a, const Event& b) {
    return a.ordinal != b.ordinal ? a.ordinal < b.ordinal : a.operation < b.operation;
  });
  for (const Event& event : events_) {
    if (numbers_.empty() || numbers_.back().ordinal != event.ordinal) {
      numbers_.push_back({.ordinal = event.ordinal});
    }
    Number& number = numbers_.back();
    const Operation& operation = view_.at(event.operation);
    bool ok = operation.outcome == Outcome::ok;
    if (operation.function == Function::next) number.draws.push_back(event.operation);
    if (operation.function == Function::reserve) number.reserves.push_back(event.operation);
    if (operation.function == Function::confirm && ok) number.confirms.push_back(event.operation);
    if (operation.function == Function::release) {
      (ok ? number.releases : number.unknown_releases).push_back(event.operation);
    }
  }
}

std::vector<std::uint32_t> Gapless::takings(const Number& number) const {
  std::vector<std::uint32_t> all = number.draws;
  all.insert(all.end(), number.reserves.begin(), number.reserves.end());
  std::sort(all.begin(), all.end());
  return all;
}

/// Drawn or confirmed by two.
std::optional<Finding> Gapless::find_used_twice(const Number& number) const {
  constexpr std::string_view why = "was handed out for good twice";
  if (number.draws.size() > 1) {
    return both(number.draws[0], number.draws[1], number.ordinal, why);
  }
  if (!number.draws.empty() && !number.confirms.empty()) {
    return both(number.draws[0], number.confirms[0], number.ordinal, why);
  }
  for (std::size_t i = 1; i < number.confirms.size(); ++i) {
    const Operation& a = view_.at(number.confirms[0]);
    const Operation& b = view_.at(number.confirms[i]);
    bool tokens = a.list_size == 1 && b.list_size == 1;
    bool other =
        tokens ? view_.history.list(a)[0] != view_.history.list(b)[0] : a.process != b.process;
    if (other) return both(number.confirms[0], number.confirms[i], number.ordinal, why);
  }
  return std::nullopt;
}

/// Taken after it had been used.
std::optional<Finding> Gapless::find_used_again(const Number& number) const {
  std::vector<std::uint32_t> uses = number.draws;
  uses.insert(uses.end(), number.confirms.begin(), number.confirms.end());
  for (std::uint32_t use : uses) {
    for (std::uint32_t taking : takings(number)) {
      if (view_.at(use).completed < view_.at(taking).invoked) {
        return both(use, taking, number.ordinal, "came again after it had been used for good");
      }
    }
  }
  return std::nullopt;
}

/// Taken again without a release in between.
std::optional<Finding> Gapless::find_still_reserved(const Number& number) const {
  if (view_.facts().expires) return std::nullopt;
  std::vector<std::uint32_t> all = takings(number);
  std::sort(all.begin(), all.end(), [&](std::uint32_t a, std::uint32_t b) {
    return view_.at(a).completed < view_.at(b).completed;
  });
  std::vector<std::uint32_t> releases = number.releases;
  releases.insert(releases.end(), number.unknown_releases.begin(), number.unknown_releases.end());
  // When the i-th has ended, all of the i before were released.
  for (std::size_t i = 1; i < all.size(); ++i) {
    auto freed = std::count_if(releases.begin(), releases.end(), [&](std::uint32_t release) {
      return view_.at(release).invoked < view_.at(all[i]).completed;
    });
    if (freed < static_cast<std::ptrdiff_t>(i)) {
      return both(all[i - 1], all[i], number.ordinal, "was reserved already and never released");
    }
  }
  return std::nullopt;
}

/// Confirmed or released by nobody's right.
std::optional<Finding> Gapless::find_unreserved(const Number& number) const {
  std::vector<std::uint32_t> settles = number.confirms;
  settles.insert(settles.end(), number.releases.begin(), number.releases.end());
  for (std::uint32_t settle : settles) {
    const Operation& settling = view_.at(settle);
    auto mine = [&](const Operation& reserve) {
      if (reserve.invoked > settling.completed) return false;
      bool tokens = reserve.list_size == 1 && settling.list_size == 1;
      return tokens ? view_.history.list(reserve)[0] == view_.history.list(settling)[0]
                    : reserve.process == settling.process || settling.list_size == 1;
    };
    bool known = std::any_of(number.reserves.begin(), number.reserves.end(),
                             [&](std::uint32_t i) { return mine(view_.at(i)); });
    bool unknown = std::any_of(unknown_reserves_.begin(), unknown_reserves_.end(),
                               [&](std::uint32_t i) { return mine(view_.at(i)); });
    if (!known && !unknown) {
      return fault(told(view_.history, settling) + ", but " +
                       (settling.list_size == 1 ? "nobody" : "that process never") +
                       " had reserved it.",
                   {settle});
    }
  }
  bool once = number.reserves.size() == 1 && unknown_.empty();
  if (once && !number.confirms.empty() && !number.releases.empty()) {
    return both(number.confirms[0], number.releases[0], number.ordinal,
                "was reserved once, and both confirmed and released");
  }
  return std::nullopt;
}

/// Numbers [from, to) that nobody was answered with, below `above`.
void Gapless::add_unseen(std::int64_t from, std::int64_t to, std::uint32_t above,
                         std::vector<Hole>& holes) const {
  if (above == EarliestEnd::nobody) return;
  for (std::int64_t i = from; i < to && holes.size() < unseen_max_; ++i) {
    holes.push_back({view_.at(above).completed, i, above, EarliestEnd::nobody});
  }
}

/// Releases after which the number was free: not those that only repeat one.
std::vector<std::uint32_t> Gapless::freeing(const Number& number) const {
  std::vector<std::uint32_t> freeing;
  for (std::uint32_t release : number.releases) {
    const Operation& operation = view_.at(release);
    std::uint32_t own = EarliestEnd::nobody;  // the last reservation by the same process
    for (std::uint32_t reserve : number.reserves) {
      if (reserve < release && view_.at(reserve).process == operation.process) own = reserve;
    }
    bool repeats = std::any_of(freeing.begin(), freeing.end(), [&](std::uint32_t before) {
      return before > own && view_.at(before).process == operation.process;
    });
    if (own != EarliestEnd::nobody && !repeats) freeing.push_back(release);
  }
  return freeing;
}

/// Times when nobody who was answered can have held the number, and a higher one was taken.
void Gapless::add_free(const Number& number, const EarliestEnd& above,
                       std::vector<Hole>& holes) const {
  std::vector<std::uint32_t> taken = takings(number);
  auto look = [&](std::int64_t from, Index held_again, std::uint32_t release) {
    std::uint32_t over = above.after(from);
    if (over == EarliestEnd::nobody || view_.at(over).completed >= held_again) return;
    holes.push_back({view_.at(over).completed, number.ordinal, over, release});
  };
  if (!taken.empty()) {
    look(-1, view_.at(taken[0]).invoked, EarliestEnd::nobody);
  } else {
    // Somebody settled what an unknown reservation took.
    std::vector<std::uint32_t> settled = number.confirms;
    settled.insert(settled.end(), number.releases.begin(), number.releases.end());
    for (std::uint32_t settle : settled) {
      holes.push_back({view_.at(settle).completed, number.ordinal, settle, EarliestEnd::nobody});
      break;
    }
  }
  for (std::uint32_t release : freeing(number)) {
    Index again = never;
    for (std::uint32_t taking : taken) {
      if (view_.at(taking).completed > view_.at(release).invoked) {
        again = std::min(again, view_.at(taking).invoked);
      }
    }
    look(view_.at(release).completed, again, release);
  }
}

std::vector<Hole> Gapless::holes() const {
  std::vector<std::uint32_t> all;
  for (const Number& number : numbers_) {
    std::vector<std::uint32_t> taken = takings(number);
    all.insert(all.end(), taken.begin(), taken.end());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  EarliestEnd above(view_, std::move(all));
  std::vector<Hole> holes;
  std::int64_t below = 0;  // the number seen before, going down
  for (std::size_t i = numbers_.size(); i-- > 0;) {
    add_unseen(numbers_[i].ordinal + 1, below, above.after(-1), holes);
    add_free(numbers_[i], above, holes);
    for (std::uint32_t taking : takings(numbers_[i])) above.add(taking);
    below = numbers_[i].ordinal;
  }
  add_unseen(0, below, above.after(-1), holes);
  return holes;
}

std::optional<Finding> Gapless::find_hole() {
  unseen_max_ = unknown_.size() + numbers_.size() + 1;
  std::vector<Hole> open = holes();
  std::sort(open.begin(), open.end(), [](const Hole& a, const Hole& b) {
    return a.before != b.before ? a.before < b.before : a.ordinal < b.ordinal;
  });
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (i < unknown_.size() && unknown_[i] < open[i].before) continue;
    const Hole& hole = open[i];
    std::string number = std::to_string(line_.number(hole.ordinal));
    std::string text = told(view_.history, view_.at(hole.above)) + " while " + number;
    bool released = hole.release != EarliestEnd::nobody;
    text += released ? ", released before that began, was free" : " was held by nobody";
    text += ", and with " + counted(unknown_.size(), "number") +
            " asked for by unknown draws and reservations in all, none is left to explain it: "
            "the sequence has a hole.";
    if (!released) return fault(std::move(text), {hole.above});
    return fault(told(view_.history, view_.at(hole.release)) + ". " + text,
                 {hole.release, hole.above});
  }
  return std::nullopt;
}

Finding Gapless::judge() {
  if (auto found = collect()) return std::move(*found);
  collect_numbers();
  for (const Number& number : numbers_) {
    if (auto found = find_used_twice(number)) return std::move(*found);
    if (auto found = find_used_again(number)) return std::move(*found);
    if (auto found = find_still_reserved(number)) return std::move(*found);
    if (auto found = find_unreserved(number)) return std::move(*found);
  }
  if (auto found = find_hole()) return std::move(*found);
  Finding finding{.judge = std::string(judge_name), .key = view_.name()};
  finding.summary = counted(numbers_.size(), "number") + " of a gapless sequence, " +
                    counted(unknown_.size(), "unknown one");
  return finding;
}

}  // namespace

Finding judge_gapless(const KeyView& view, const SequenceLine& line) {
  return Gapless(view, line).judge();
}

}  // namespace dcount::check
