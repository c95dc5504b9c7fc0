// A batch while commands are decided into it: the overlay that later commands see, and the groups
// of commands that share keys.
//
// Thread-safety: none; the sequencer's.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/decide.h"
#include "server/engine/pending_items.h"
#include "server/store/store.h"

namespace dcount::engine {

/// How commands become groups.
enum class Grouping {
  by_shared_keys,  ///< what can fail alone stands alone
  one,             ///< for a store whose groups cannot fail: no guards, nothing to tell apart
};

class FormingBatch final : public core::View {
 public:
  FormingBatch(const core::State& state, Grouping grouping, store::Limits limits = {})
      : state_(state), grouping_(grouping), limits_(limits) {}

  core::Found get(std::string_view key) const override;
  bool has_item(std::string_view tenant_part, std::string_view id) const override;
  std::optional<std::string> first_free(std::string_view begin,
                                        std::string_view end) const override;
  std::vector<std::string> expired_reservations(std::string_view sequence, core::Now now,
                                                std::size_t limit) const override;
  const core::State& state() const override { return state_; }

  /// True when the decision has looked at something that is written in this batch: its outcome
  /// holds only if the batch does.
  bool depends_on_batch(const core::Decision& decision) const;

  /// Whether the batch would still be within the store's limits with it.
  bool fits(const core::Decision& decision) const;

  /// Takes the decision's reads and writes in; commands are numbered from 0 in the order of calls.
  /// A decision that has looked at nothing is a programmer's error.
  void add(core::Decision&& decision);

  std::size_t commands() const { return slot_of_command_.size(); }
  std::size_t bytes() const { return bytes_; }  ///< as the store will be sent them, at most
  bool empty() const { return slot_of_command_.empty(); }

  /// Ends the forming: the groups for the store, and for each group its commands' numbers.
  struct Formed {
    std::vector<store::Group> groups;
    std::vector<std::vector<std::size_t>> commands;
  };
  Formed take();

 private:
  /// A key this batch has to do with. Slots are the nodes of a union-find forest: keys that a
  /// command has used together end up under one root, which is a group.
  struct Slot {
    std::string key;
    Revision seen = 0;
    std::optional<std::string> value;
    bool written = false;
    std::size_t parent = 0;
    std::size_t guards = 0;  ///< of a root: those of its group
  };

  std::size_t slot_for(std::string&& key, Revision seen);
  void write(std::size_t slot, std::optional<std::string>&& value);
  bool is_written(std::string_view key) const;
  std::size_t root_of(std::size_t slot);
  std::size_t root_of(std::size_t slot) const;
  Formed take_groups();

  const core::State& state_;
  const Grouping grouping_;
  const store::Limits limits_;
  std::deque<Slot> slots_;  // a deque: the index points into the keys
  boost::unordered_flat_map<std::string_view, std::size_t> index_;
  std::vector<std::size_t> slot_of_command_;
  std::vector<std::pair<std::size_t, RangeRead>> ranges_;
  std::size_t bytes_ = 0;
  std::size_t groups_ = 0;
  std::size_t guards_max_ = 0;               ///< of any group
  mutable PendingItems items_;               // reads chunks when asked
  std::set<std::string_view> free_numbers_;  // keys written here that have a value
  /// A stretch of committed free numbers all of which have been written here, for each list, by its
  /// end: many draws of one batch need not go over it again and again.
  struct Passed {
    std::string begin;
    std::string end;
  };
  mutable boost::unordered_flat_map<std::string, Passed> passed_;
};

}  // namespace dcount::engine
