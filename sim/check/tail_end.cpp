#include "sim/check/tail_end.h"

#include <algorithm>

#include "sim/check/selected_keys.h"
#include "sim/check/tail_chain.h"
#include "sim/check/words.h"

namespace dcount::check {
namespace {

/// What a subscriber that ended then has to have been sent happened before that: an unknown
/// operation may happen behind the last read.
Index settled_by(const History& history, const KnownStates& states, Index ended) {
  if (!states.unknown()) return ended;
  if (states.final_read() == KnownStates::no_operation) return 0;
  return std::min(ended, history.operations[states.final_read()].invoked);
}

class TailEnd {
 public:
  TailEnd(const TailView& view, std::uint32_t tail)
      : view_(view), tail_(view.history.tails[tail]), number_(tail), chain_(chain_of(tail_)) {}

  std::optional<Finding> judge(const std::vector<std::uint32_t>& selected);

 private:
  std::optional<Finding> find_older(std::uint32_t key, const TailEvent* last) const;
  std::optional<Finding> find_other(std::uint32_t key, const TailEvent* last) const;
  /// Whether a change asked for then has to come although nothing of the record came.
  bool comes(Index asked) const {
    return chain_.from_the_start ||
           (in_revision_order(begun().format) && asked > begun().connected);
  }
  const TailConnection& begun() const { return tail_.connections[chain_.begin]; }
  std::string followed(const TailEvent* last) const;

  const TailView& view_;
  const Tail& tail_;
  const std::uint32_t number_;
  const TailChain chain_;
};

std::string TailEnd::followed(const TailEvent* last) const {
  std::string until = " until its end (index " + std::to_string(tail_.ended) + ")";
  if (last == nullptr) return tail_.name + " was sent nothing of it" + until;
  return sent_text(view_.history, number_, last->key, last->value, last->version, last->revision,
                   last->index) +
         " and nothing newer of it" + until;
}

std::optional<Finding> TailEnd::judge(const std::vector<std::uint32_t>& selected) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> by_key;  // key, place
  for (std::size_t i = chain_.first_event(tail_); i < tail_.events.size(); ++i) {
    if (tail_.events[i].is_bookmark()) continue;
    by_key.emplace_back(tail_.events[i].key, static_cast<std::uint32_t>(i));
  }
  std::sort(by_key.begin(), by_key.end());
  std::size_t next = 0;
  for (std::uint32_t key : selected) {
    const TailEvent* last = nullptr;
    for (; next < by_key.size() && by_key[next].first <= key; ++next) {
      const TailEvent& event = tail_.events[by_key[next].second];
      if (event.key == key && (last == nullptr || event.revision >= last->revision)) last = &event;
    }
    const KnownStates& states = view_.states[key];
    if (!states.judged() || states.last_answered() > tail_.ended) continue;
    if (auto found = find_other(key, last)) return found;
    if (auto found = find_older(key, last)) return found;
  }
  return std::nullopt;
}

/// Against what is read in the end.
std::optional<Finding> TailEnd::find_other(std::uint32_t key, const TailEvent* last) const {
  const KnownStates& states = view_.states[key];
  if (states.final_read() == KnownStates::no_operation) return std::nullopt;
  const Operation& read = view_.history.operations[states.final_read()];
  if (read.completed > tail_.ended) return std::nullopt;
  std::int64_t value = last == nullptr ? none : last->value;
  if (value == read.result) return std::nullopt;
  if (last == nullptr && !chain_.from_the_start &&
      !(in_revision_order(begun().format) && states.written_after(begun().connected))) {
    return std::nullopt;
  }
  if (last == nullptr && states.unknown() && states.may_be_absent()) {
    return std::nullopt;  // it may have been deleted behind the read, and been left out
  }
  if (last != nullptr && states.unknown() && last->index > read.invoked) {
    std::int64_t version = last->version != none ? last->version : states.version_of(last->value);
    bool older = version != none && read.version != none && version < read.version;
    if (!older) return std::nullopt;  // it may have happened behind the read
  }
  std::vector<Index> lines{read.invoked, tail_.ended};
  if (last != nullptr) lines.push_back(last->index);
  std::sort(lines.begin(), lines.end());
  return tail_violation(
      view_.history.keys[key],
      told(view_.history, read) + ", but " + followed(last) + ": the last state was not sent.",
      std::move(lines));
}

/// Against what others were sent.
std::optional<Finding> TailEnd::find_older(std::uint32_t key, const TailEvent* last) const {
  const KnownStates& states = view_.states[key];
  const Index until = settled_by(view_.history, states, tail_.ended);
  auto sightings = view_.sightings.of(key);
  for (std::size_t i = sightings.size(); i-- > 0;) {
    const Sighting& other = sightings[i];
    if (other.index > until) continue;
    if (last != nullptr && other.revision <= last->revision) return std::nullopt;
    if (last == nullptr) {
      std::uint32_t maker =
          other.version == none ? KnownStates::no_operation : states.maker_of(other.version);
      bool after =
          maker != KnownStates::no_operation && comes(view_.history.operations[maker].invoked);
      // A deletion before it connected may have been left out, and nobody else seen it.
      bool must = chain_.from_the_start ? !states.may_be_absent() : after;
      if (!must) return std::nullopt;
    }
    std::vector<Index> lines{other.index, tail_.ended};
    if (last != nullptr) lines.push_back(last->index);
    std::sort(lines.begin(), lines.end());
    return tail_violation(view_.history.keys[key],
                          sent_text(view_.history, other) + ", but " + followed(last) +
                              ": the last state was not sent.",
                          std::move(lines));
  }
  return std::nullopt;
}

class Table {
 public:
  Table(const TailView& view, std::uint32_t tail)
      : view_(view), tail_(view.history.tails[tail]), table_(*tail_.table), rows_(table_.rows) {
    std::sort(rows_.begin(), rows_.end());
  }
  std::optional<Finding> judge(const std::vector<std::uint32_t>& selected) const;

 private:
  std::optional<Finding> find_wrong_row(std::uint32_t key, bool there, std::int64_t value) const;
  std::string text(std::uint32_t key, bool there, std::int64_t value) const;
  std::optional<Finding> found(std::uint32_t key, std::string text, Index line = never) const {
    std::vector<Index> lines{table_.index};
    if (line != never) lines.insert(lines.begin(), line);
    return tail_violation(view_.history.keys[key], std::move(text), std::move(lines));
  }

  const TailView& view_;
  const Tail& tail_;
  const MirrorTable& table_;
  std::vector<std::pair<std::uint32_t, std::int64_t>> rows_;
};

std::string Table::text(std::uint32_t key, bool there, std::int64_t value) const {
  const std::string& name = view_.history.keys[key];
  std::string text =
      "in the table of " + tail_.name + " (index " + std::to_string(table_.index) + ") ";
  if (!there) return text + "there is no " + name;
  return text + name + " is " + (value == none ? "deleted" : std::to_string(value));
}

std::optional<Finding> Table::judge(const std::vector<std::uint32_t>& selected) const {
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    auto [key, value] = rows_[i];
    if (i > 0 && rows_[i - 1].first == key) {
      return found(key, "The table of " + tail_.name + " (index " + std::to_string(table_.index) +
                            ") has " + view_.history.keys[key] + " twice.");
    }
    if (!contains(selected, key)) {
      return found(key, "It was not asked for, but " + text(key, true, value) + ".");
    }
    if (!view_.states[key].judged() || value == none) continue;
    if (auto why = view_.states[key].why_impossible(value, none, table_.index)) {
      return found(key, "It cannot be that " + text(key, true, value) + ": " + *why + ".");
    }
  }
  std::size_t next = 0;
  for (std::uint32_t key : selected) {
    while (next < rows_.size() && rows_[next].first < key) ++next;
    bool there = next < rows_.size() && rows_[next].first == key;
    if (auto wrong = find_wrong_row(key, there, there ? rows_[next].second : none)) return wrong;
  }
  return std::nullopt;
}

std::optional<Finding> Table::find_wrong_row(std::uint32_t key, bool there,
                                             std::int64_t value) const {
  const KnownStates& states = view_.states[key];
  if (!states.judged() || states.final_read() == KnownStates::no_operation) return std::nullopt;
  const Operation& read = view_.history.operations[states.final_read()];
  if (read.completed > table_.index || value == read.result) return std::nullopt;
  if (states.unknown()) {  // it may have happened behind the read
    std::int64_t version = states.version_of(value);
    if (version == none || read.version == none || version >= read.version) return std::nullopt;
  }
  return found(key, told(view_.history, read) + ", but " + text(key, there, value) + ".",
               read.invoked);
}

}  // namespace

std::vector<Index> last_known_until(const History& history, const std::vector<KnownStates>& states,
                                    const Sightings& sightings) {
  std::vector<Index> until(history.keys.size());
  for (const Tail& tail : history.tails) {
    if (tail.ended == never) continue;
    for (std::size_t i = chain_of(tail).first_event(tail); i < tail.events.size(); ++i) {
      const TailEvent& event = tail.events[i];
      if (event.is_bookmark() || event.revision != sightings.of(event.key).back().revision)
        continue;
      const KnownStates& known = states[event.key];
      if (!known.judged() || known.last_answered() > tail.ended) continue;
      until[event.key] = std::max(until[event.key], settled_by(history, known, tail.ended));
    }
  }
  return until;
}

std::optional<Finding> find_wrong_end(const TailView& view, std::uint32_t tail,
                                      const std::vector<std::uint32_t>& selected) {
  return TailEnd(view, tail).judge(selected);
}

std::optional<Finding> find_wrong_table(const TailView& view, std::uint32_t tail,
                                        const std::vector<std::uint32_t>& selected) {
  return Table(view, tail).judge(selected);
}

}  // namespace dcount::check
