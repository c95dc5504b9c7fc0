#include "sim/check/items_judge.h"

#include <algorithm>
#include <bitset>

#include "sim/check/real_time.h"
#include "sim/check/words.h"

namespace dcount::check {
namespace {

constexpr std::string_view judge_name = "items";
constexpr std::size_t open_max = 64;  ///< requests whose subsets are looked at
constexpr std::size_t sums_max = 1 << 14;

/// Everything about one id.
struct Item {
  std::int64_t id = 0;
  Index asked = never;     ///< by somebody, first
  Index happened = never;  ///< certainly, by then
  std::uint32_t asker = 0;
  std::uint32_t bringer = 0;  ///< of `happened`
  std::size_t begin = 0;      ///< of those who brought it
  std::size_t end = 0;
};

class Items {
 public:
  Items(const KeyView& view, const ItemProofs& proofs)
      : view_(view), proofs_(proofs), brought_(brought_to(view)) {}
  Finding judge();

 private:
  void collect();
  std::optional<Finding> find_wrong_count();
  std::optional<Finding> find_half_count(std::uint32_t read, std::int64_t certain,
                                         const std::vector<std::uint32_t>& open) const;
  std::optional<Finding> find_wrong_members() const;
  std::optional<Finding> find_wrong_members(std::uint32_t read) const;
  std::optional<Finding> find_half(std::uint32_t read, const std::vector<std::int64_t>& ids) const;
  std::optional<Finding> find_back() const;
  std::optional<Finding> find_wrong_new() const;
  std::optional<Finding> find_wrong_sum() const;
  const Item* find(std::int64_t id) const;
  bool is_count(const Operation& operation) const {
    return operation.outcome == Outcome::ok &&
           (operation.function == Function::members ||
            (operation.function == Function::count && operation.result != none));
  }
  std::int64_t count_of(const Operation& operation) const {
    return operation.function == Function::members ? operation.list_size : operation.result;
  }
  const Operation& at(std::uint32_t i) const { return view_.at(i); }
  Finding fault(std::string text, std::initializer_list<std::uint32_t> shown) const {
    return violation(judge_name, view_.history, view_.key, std::move(text), shown);
  }
  /// "process 1's items [a, b] was answered …", with what proves it when that is a read.
  std::string proven(std::uint32_t bringer) const;

  const KeyView& view_;
  const ItemProofs& proofs_;
  std::vector<Brought> brought_;  ///< by id
  std::vector<Item> items_;       ///< by id
};

const Item* Items::find(std::int64_t id) const {
  auto found = std::lower_bound(items_.begin(), items_.end(), id,
                                [](const Item& item, std::int64_t i) { return item.id < i; });
  return found == items_.end() || found->id != id ? nullptr : &*found;
}

std::string Items::proven(std::uint32_t bringer) const {
  std::string text = told(view_.history, at(bringer));
  std::uint32_t proof = proofs_.proof(bringer);
  if (proof == bringer) return text;
  const Operation& read = view_.history.operations[proof];
  return text + "; it had happened, for " + told(view_.history, read) + " (tenant " +
         view_.history.keys[read.key] + ")";
}

void Items::collect() {
  for (std::size_t begin = 0; begin < brought_.size();) {
    Item item{.id = brought_[begin].id, .begin = begin, .end = begin};
    for (; item.end < brought_.size() && brought_[item.end].id == item.id; ++item.end) {
      std::uint32_t operation = brought_[item.end].operation;
      if (at(operation).invoked < item.asked) {
        item.asked = at(operation).invoked;
        item.asker = operation;
      }
      if (proofs_.happened(operation) < item.happened) {
        item.happened = proofs_.happened(operation);
        item.bringer = operation;
      }
    }
    begin = item.end;
    items_.push_back(item);
  }
}

/// Counts against what must and what may be there, in the order of the journal.
std::optional<Finding> Items::find_wrong_count() {
  std::vector<Index> certain;
  std::vector<Index> asked;
  for (const Item& item : items_) {
    if (item.happened != never) certain.push_back(item.happened);
    asked.push_back(item.asked);
  }
  std::sort(certain.begin(), certain.end());
  std::sort(asked.begin(), asked.end());
  auto before = [](const std::vector<Index>& sorted, Index when) {
    return std::lower_bound(sorted.begin(), sorted.end(), when) - sorted.begin();
  };
  std::vector<std::uint32_t> open;  // requests that may or may not have happened
  bool few = true;
  std::size_t next = 0;
  for (std::uint32_t i : view_.operations) {
    const Operation& read = at(i);
    if (!is_count(read)) continue;
    std::int64_t lowest = before(certain, read.invoked);
    std::int64_t highest = before(asked, read.completed);
    std::int64_t count = count_of(read);
    if (count < lowest || count > highest) {
      return fault(
          told(view_.history, read) + ", but " +
              (count < lowest ? counted(static_cast<std::uint64_t>(lowest), "distinct id") +
                                    " had been acknowledged before it began: " +
                                    std::to_string(lowest - count) + " lost."
                              : "before it ended only " +
                                    counted(static_cast<std::uint64_t>(highest), "distinct id") +
                                    " had been asked for: something was counted twice."),
          {i});
    }
    if (!few) continue;
    for (; next < view_.operations.size(); ++next) {
      std::uint32_t operation = view_.operations[next];
      if (at(operation).invoked > read.completed) break;
      if (adds_items(at(operation))) open.push_back(operation);
    }
    std::vector<std::uint32_t> mine;
    for (std::uint32_t o : open) {
      if (at(o).invoked < read.completed && proofs_.happened(o) > read.invoked) mine.push_back(o);
    }
    few = mine.size() <= open_max;
    // What had happened before this read began had so for all that begin later, too.
    if (mine.size() < open.size() / 2) {
      std::erase_if(open, [&](std::uint32_t o) { return proofs_.happened(o) < read.invoked; });
    }
    if (auto found = few ? find_half_count(i, lowest, mine) : std::nullopt) return found;
  }
  return std::nullopt;
}

/// Whether some of the open requests, each whole, give the count.
std::optional<Finding> Items::find_half_count(std::uint32_t read, std::int64_t certain,
                                              const std::vector<std::uint32_t>& open) const {
  std::int64_t more = count_of(at(read)) - certain;
  if (more == 0 || more >= static_cast<std::int64_t>(sums_max)) return std::nullopt;
  std::bitset<sums_max> sums;
  sums.set(0);
  for (std::uint32_t operation : open) {
    std::vector<std::int64_t> ids(view_.history.list(at(operation)).begin(),
                                  view_.history.list(at(operation)).end());
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    std::size_t fresh = 0;
    for (std::int64_t id : ids) {
      const Item* item = find(id);
      if (item->happened < at(read).invoked) continue;
      if (item->end - item->begin > 1) return std::nullopt;
      ++fresh;
    }
    if (fresh >= sums_max) continue;
    sums |= sums << fresh;
  }
  if (sums.test(static_cast<std::size_t>(more))) return std::nullopt;
  std::string text = told(view_.history, at(read)) + ": " + std::to_string(certain) +
                     " were acknowledged before it began, and no set of whole requests among the " +
                     std::to_string(open.size()) + " still open makes up the other " +
                     std::to_string(more) + ". A request was applied in part";
  if (open.size() == 1) {
    return fault(text + ": " + named(view_.history, at(open[0])) + ".", {open[0], read});
  }
  return fault(text + ".", {read});
}

std::optional<Finding> Items::find_half(std::uint32_t read,
                                        const std::vector<std::int64_t>& ids) const {
  auto has = [&](std::int64_t id) { return std::binary_search(ids.begin(), ids.end(), id); };
  for (std::int64_t id : ids) {
    const Item& item = *find(id);
    std::uint32_t half = 0;
    std::int64_t absent = none;
    bool whole = false;
    for (std::size_t i = item.begin; i < item.end && !whole; ++i) {
      std::uint32_t operation = brought_[i].operation;
      if (at(operation).invoked > at(read).completed) continue;
      auto list = view_.history.list(at(operation));
      auto missing = std::find_if_not(list.begin(), list.end(), has);
      whole = missing == list.end();
      half = operation;
      if (!whole) absent = *missing;
    }
    if (whole) continue;
    return fault(told(view_.history, at(read)) + ": '" +
                     view_.history.names[static_cast<std::size_t>(id)] + "' is there and '" +
                     view_.history.names[static_cast<std::size_t>(absent)] + "' is not, though " +
                     named(view_.history, at(half)) + " asked for both, all or nothing.",
                 {half, read});
  }
  return std::nullopt;
}

std::optional<Finding> Items::find_wrong_members(std::uint32_t read) const {
  auto list = view_.history.list(at(read));
  std::vector<std::int64_t> ids(list.begin(), list.end());
  std::sort(ids.begin(), ids.end());
  auto name = [&](std::int64_t id) {
    return "'" + view_.history.names[static_cast<std::size_t>(id)] + "'";
  };
  auto twice = std::adjacent_find(ids.begin(), ids.end());
  if (twice != ids.end()) {
    return fault(told(view_.history, at(read)) + ": " + name(*twice) + " is there twice.", {read});
  }
  for (std::int64_t id : ids) {
    const Item* item = find(id);
    if (item != nullptr && item->asked < at(read).completed) continue;
    return fault(told(view_.history, at(read)) + ": nobody had asked for " + name(id) + ".",
                 {read});
  }
  for (const Item& item : items_) {
    if (item.happened > at(read).invoked) continue;
    if (std::binary_search(ids.begin(), ids.end(), item.id)) continue;
    return fault(proven(item.bringer) + ". Only after that, " + told(view_.history, at(read)) +
                     ": " + name(item.id) + " was lost.",
                 {item.bringer, read});
  }
  return find_half(read, ids);
}

std::optional<Finding> Items::find_wrong_members() const {
  for (std::uint32_t i : view_.operations) {
    if (at(i).function != Function::members || at(i).outcome != Outcome::ok) continue;
    if (auto found = find_wrong_members(i)) return found;
  }
  return std::nullopt;
}

std::optional<Finding> Items::find_back() const {
  std::vector<Placed> placed;
  for (std::uint32_t i : view_.operations) {
    if (is_count(at(i))) placed.push_back({count_of(at(i)), at(i).invoked, at(i).completed, i});
  }
  sort_by_position(placed);
  auto inversion = find_inversion(placed);
  if (!inversion) return std::nullopt;
  return went_back(judge_name, view_.history, view_.key, inversion->ended_first,
                   inversion->began_after, "ids are never removed");
}

/// How many were new, one answer by itself.
std::optional<Finding> Items::find_wrong_new() const {
  for (std::uint32_t i : view_.operations) {
    const Operation& add = at(i);
    if (add.function != Function::items || add.outcome != Outcome::ok || add.result == none) {
      continue;
    }
    std::vector<std::int64_t> ids(view_.history.list(add).begin(), view_.history.list(add).end());
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    std::int64_t least = 0;
    std::int64_t most = 0;
    for (std::int64_t id : ids) {
      const Item& item = *find(id);
      bool there = false;  // before this began, certainly
      bool contested = false;
      for (std::size_t k = item.begin; k < item.end; ++k) {
        std::uint32_t other = brought_[k].operation;
        if (other == i) continue;
        there |= proofs_.happened(other) < add.invoked;
        contested |= at(other).invoked < add.completed;
      }
      most += there ? 0 : 1;
      least += contested ? 0 : 1;
    }
    if (add.result >= least && add.result <= most) continue;
    return fault(told(view_.history, add) + ", but of its ids " +
                     (add.result > most ? "only " + std::to_string(most) + " can"
                                        : std::to_string(least) + " must") +
                     " have been new.",
                 {i});
  }
  return std::nullopt;
}

/// How many were new, all answers together: every id was new once.
std::optional<Finding> Items::find_wrong_sum() const {
  std::int64_t told_new = 0;
  for (std::uint32_t i : view_.operations) {
    const Operation& add = at(i);
    if (add.function != Function::items || add.outcome == Outcome::fail) continue;
    if (add.outcome == Outcome::ok && add.result == none) return std::nullopt;
    if (add.outcome == Outcome::ok) told_new += add.result;
  }
  std::int64_t least = 0;
  std::int64_t most = 0;
  for (const Item& item : items_) {
    bool answered = false;
    bool unknown = false;
    for (std::size_t k = item.begin; k < item.end; ++k) {
      bool ok = at(brought_[k].operation).outcome == Outcome::ok;
      (ok ? answered : unknown) = true;
    }
    most += answered ? 1 : 0;
    least += answered && !unknown ? 1 : 0;
  }
  if (told_new >= least && told_new <= most) return std::nullopt;
  return fault("All answers together say that " + std::to_string(told_new) +
                   " ids were new, but of the ids that were acknowledged " +
                   (told_new > most ? "there are only " + std::to_string(most)
                                    : std::to_string(least) + " can have been new to nobody else") +
                   ".",
               {});
}

Finding Items::judge() {
  collect();
  std::optional<Finding> found = find_wrong_members();
  if (!found) found = find_wrong_count();
  if (!found) found = find_back();
  if (!found) found = find_wrong_new();
  if (!found) found = find_wrong_sum();
  if (found) return std::move(*found);
  Finding finding{.judge = std::string(judge_name), .key = view_.name()};
  finding.summary = counted(items_.size(), "distinct id") + " asked for";
  return finding;
}

}  // namespace

Finding judge_items(const KeyView& view, const ItemProofs& proofs) {
  return Items(view, proofs).judge();
}

}  // namespace dcount::check
