// The meaning of every command: a pure function of what is known, what is asked and the time. The
// same function serves the embedded engine, the cluster, the deterministic world and the tests.
//
// Thread-safety: pure; a View is read only during the call.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/command.h"
#include "server/core/entry.h"
#include "server/core/outcome.h"
#include "server/core/state.h"

namespace dcount::core {

/// What a decision is made against: committed state, and over it what commands before this one
/// in the same batch have decided and not committed yet.
class View {
 public:
  virtual ~View() = default;

  /// The value with what is decided but not committed; the revision of what is committed, since
  /// that is what a guard can compare.
  virtual Found get(std::string_view key) const = 0;

  /// Whether the tenant has the item. Right as long as the tenant's head has not changed.
  virtual bool has_item(std::string_view tenant_part, std::string_view id) const = 0;

  /// The first key of a free number in [begin, end). Right as long as the sequence's head has not
  /// changed.
  virtual std::optional<std::string> first_free(std::string_view begin,
                                                std::string_view end) const = 0;

  /// Keys of the sequence's open reservations that have expired and were not taken in, the longest
  /// expired first. Right as long as the sequence's head has not changed.
  virtual std::vector<std::string> expired_reservations(std::string_view sequence, Now now,
                                                        std::size_t limit) const = 0;

  /// Committed state. Commands for which needs_settled_view holds look at whole tables here.
  virtual const State& state() const = 0;
};

/// Committed state and nothing over it.
class StateView final : public View {
 public:
  explicit StateView(const State& state) : state_(state) {}
  Found get(std::string_view key) const override { return state_.get(key); }
  bool has_item(std::string_view tenant_part, std::string_view id) const override;
  std::optional<std::string> first_free(std::string_view begin,
                                        std::string_view end) const override;
  std::vector<std::string> expired_reservations(std::string_view sequence, Now now,
                                                std::size_t limit) const override;
  const State& state() const override { return state_; }

 private:
  const State& state_;
};

/// What this server holds of a cached sequence after a decision.
struct HeldLease {
  std::string sequence;
  Lease lease;

  bool operator==(const HeldLease&) const = default;
};

struct Decision {
  Outcome outcome;
  /// Every key looked at, for refusals too: the outcome is right as long as these still hold.
  std::vector<Read> reads;
  std::vector<RangeRead> range_reads;
  /// At most one for each key.
  std::vector<Write> writes;
  /// With a Draw from a cached sequence: what is left of the block, at once when nothing is
  /// written, otherwise if the writes are committed.
  std::optional<HeldLease> lease;
};

/// Decides. While a restore is not complete nothing that changes records is accepted
/// (unavailable). Never throws for anything in the domain; a command whose names are invalid is a
/// programmer's error.
Decision decide(const View& view, const Command& command, Now now);

/// True for commands that look at ranges of keys: they must not be decided while anything decided
/// before them is uncommitted.
bool needs_settled_view(const Command& command);

/// True for commands that tell the revisions of the keys they look at: those must be committed.
bool tells_revisions(const Command& command);

/// True for commands about nodes: those are servers', not users', and go on while users' commands
/// are refused.
bool is_about_nodes(const Command& command);

/// True for keys whose records make sense only together with others' (a tenant's head and its
/// items, a gapless sequence's head and its numbers): one of them may become known only with all
/// that was committed before it.
bool is_part_of_whole(std::string_view key, std::string_view value);

}  // namespace dcount::core
