// What has changed since a revision, read from the state bit by bit: how a subscriber begins, and
// how one that was too slow to be told as it happens comes up with the rest.
//
// It costs nothing while its subscriber does not read: what changed meanwhile is found by where it
// stands in the order of revisions, each record once, as it is then.
//
// Thread-safety: made and asked for its numbers anywhere; go_on and the destructor on the engine's
// thread (Feed sees to it).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/state.h"
#include "server/tails/filter.h"
#include "server/tails/times.h"

namespace dcount::tails {

/// The next part of it. Revisions are those that clients see.
struct Piece {
  enum class Status {
    changes,
    gone,       ///< deletions since then may have been forgotten, or a restore lies between
    ahead,      ///< the state is not so far yet, or never will be
    restoring,  ///< what there is is not all
  };
  Status status = Status::changes;
  std::vector<ChangePtr> changes;  ///< in the order of revisions, and none is cut in two
  Revision complete_to = 0;        ///< nothing up to here is missing now
  Revision oldest = 0;             ///< what can be resumed from at the least
  bool at_end = false;             ///< there is no more now
};

class CatchUp {
 public:
  /// Changes above `after`; nullopt: none, only how far the state is. Everything (after <= 0): as
  /// records are, without those that were deleted, up to `deletions_after` or else before it began.
  CatchUp(Filter filter, std::optional<Revision> after,
          std::optional<Revision> deletions_after = std::nullopt);

  /// Looks at some records, for a fraction of a millisecond. Nothing: more of that is needed
  /// before there is a piece. After the last piece: not any more.
  std::optional<Piece> go_on(const core::State& state, const Times& times);

  const Filter& filter() const { return filter_; }

 private:
  static constexpr std::size_t records_per_visit = 1000;
  static constexpr std::size_t changes_per_piece = 256;

  std::optional<Piece> begin(const core::State& state);
  bool has_lost_deletions(const core::State& state) const;
  static bool is_before_restore(const core::State& state, Revision after);
  std::optional<Piece> look_up(const core::State& state, const Times& times);
  void look_up(const core::State& state, const Times& times, std::string_view record_key,
               std::vector<ChangePtr>& found) const;
  /// Returns how many records it has looked at.
  std::size_t look_up_id(const core::State& state, const Times& times, std::string_view id,
                         std::vector<ChangePtr>& found) const;
  std::optional<Piece> walk(const core::State& state, const Times& times);
  ChangePtr wanted(const core::State& state, const Times& times, std::string_view key,
                   std::string_view value, Revision revision) const;
  Piece finish(Revision complete_to, bool at_end);

  const Filter filter_;
  std::optional<Revision> after_;  ///< as clients see it; goes on with every piece
  const bool everything_;
  /// Everything: what was deleted later may have been shown before.
  std::optional<Revision> deletions_after_;
  bool begun_ = false;
  bool back_there_ = false;
  std::string next_key_;         ///< of the filter's, to be looked up
  Revision looked_up_from_ = 0;  ///< how far the state was then
  std::unique_ptr<core::Table::Place> place_;
  Piece piece_;  ///< in the making
};

}  // namespace dcount::tails
