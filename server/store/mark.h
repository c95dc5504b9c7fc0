// The writer's mark as every store keeps it: under which key, in which words, and what it says of
// a batch. Also which keys are the stores' own.
//
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/store/store.h"

namespace dcount::store {

inline constexpr std::string_view mark_prefix = "writer/";
inline constexpr std::string_view own_prefix = "store/";

/// Keys that a store keeps for itself: no entry has one, load and watch do not show them.
bool is_own_key(std::string_view key);

/// "writer/<node>"
std::string mark_key(std::string_view node);

/// "1 incarnation=3 batch=17"; the leading 1 is the format's version. The other way: nothing when
/// the text is not one.
std::string to_text(const Mark& mark);
std::optional<Mark> parse_mark(std::string_view text);

/// What became, or may become, of a batch, given the mark that its writer's key holds.
enum class Standing {
  open,     ///< its guard holds: it has not applied, and may yet
  applied,  ///< it has
  passed,   ///< it has not and cannot any more: something else of this incarnation came first
  fenced,   ///< as passed, by a newer incarnation (of a lost batch: it may have applied before)
};
Standing standing(const Mark& held, const Batch& batch);

/// The answer to commit or settle of `batch` that follows from the mark now held, once nothing is
/// open any more. When committed, the revision and the groups are the caller's to add.
CommitResult answer_by_mark(const Mark& held, const Batch& batch);

/// Aborts when the batch breaks the caller's side of the contract: a mark that does not follow the
/// previous one, or a write to a key of the store's own.
void check_batch(const Batch& batch);

}  // namespace dcount::store
