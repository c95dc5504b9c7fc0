// What the answers of clients tell about the states that a counter went through.
//
// Thread-safety: none; what is made may be read by several threads.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/check/key_view.h"
#include "sim/check/wide.h"

namespace dcount::check {

class KnownStates {
 public:
  struct State {
    std::int64_t version = 0;
    std::int64_t value = none;
    std::uint32_t operation = no_operation;  ///< that tells it
    Index asked = 0;                         ///< not before that
    bool made = false;                       ///< by `operation`
  };

  explicit KnownStates(const KeyView& view);

  /// Whether it is a counter of which something is known: otherwise nothing can be said.
  bool judged() const { return judged_; }

  /// By version, one for each that an answer tells.
  std::span<const State> all() const { return states_; }
  /// The version of the only state that has the value (none: there is no counter); none: there may
  /// be several, or it is not known.
  std::int64_t version_of(std::int64_t value) const;
  /// Nothing is asked for, before that, that could follow on the version.
  Index next_asked(std::int64_t version) const;
  /// Why the state cannot have been seen by then, in words; nothing: it can. A version that is not
  /// known is `none`.
  std::optional<std::string> why_impossible(std::int64_t value, std::int64_t version,
                                            Index by) const;
  /// The operation that made the version, or no_operation.
  std::uint32_t maker_of(std::int64_t version) const;
  /// The first operation, by version, that made a higher one.
  std::uint32_t maker_behind(std::int64_t version) const;
  /// A write that has this place or a later one in the journal was invoked and acknowledged.
  bool written_after(Index place) const { return last_acknowledged_asked_ > place; }

  /// Of the last acknowledged write; 0: there is none.
  Index last_answered() const { return last_answered_; }
  /// There may have been no counter, at some time.
  bool may_be_absent() const { return reaches_.back().absent; }
  /// Some write is unknown: it may happen at any time.
  bool unknown() const { return unknown_; }
  /// The last read that began behind last_answered(), or no_operation.
  std::uint32_t final_read() const { return final_read_; }

  static constexpr std::uint32_t no_operation = never;

 private:
  /// How far all that had been asked for can have brought the counter.
  struct Reach {
    Index asked = 0;
    Wide low = 0;
    Wide high = 0;
    std::int64_t versions = 0;  ///< at most so many changes
    bool absent = false;        ///< there may be no counter
  };

  void take(std::uint32_t place);
  void take_state(std::uint32_t place);
  void order_states();
  void reach();
  void find_final_read();
  const State* state_at(std::int64_t version) const;
  std::optional<std::string> out_of_reach(std::int64_t value, std::int64_t version, Index by) const;

  KeyView view_;
  bool judged_ = false;
  bool all_told_ = true;  ///< every write is answered with value and version
  bool one_way_ = false;  ///< no value comes twice
  bool unknown_ = false;
  bool start_exists_ = true;
  std::int64_t start_value_ = 0;
  std::int64_t start_version_ = none;
  Index untold_asked_ = never;  ///< of the first write that does not tell what it made
  Index last_answered_ = 0;
  Index last_acknowledged_asked_ = 0;
  std::uint32_t final_read_ = no_operation;
  std::vector<State> states_;        ///< by version, one for each
  std::vector<Index> asked_behind_;  ///< the first of states_[i] and what follows
  std::vector<std::uint32_t> by_value_;
  std::vector<Reach> reaches_;
};

}  // namespace dcount::check
