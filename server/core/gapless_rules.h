// The rules of gapless sequences: whatever of their numbers comes back is handed out again, lowest
// first, so that no number is missing once nothing is reserved any more.
//
// Every change rewrites the head, and with it the guard of every decision that looked at the free
// numbers or the reservations.
//
// Thread-safety: pure but for the transaction, which is the caller's.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "server/core/found_sequence.h"
#include "server/core/outcome.h"
#include "server/core/transaction.h"

namespace dcount::core {

/// How many expired reservations a draw takes in, the longest expired first. With more, the rest
/// follow with the next draws or with housekeeping, unless the draw needs their numbers.
inline constexpr std::size_t expiries_at_a_time = 1000;

/// The lowest numbers that are free: those that came back (expired ones among them), then new ones.
Outcome draw_gapless(Transaction& transaction, FoundSequence& found, const Draw& draw);

Outcome apply(Transaction& transaction, const Reserve& reserve);
Outcome apply(Transaction& transaction, const Confirm& confirm);
Outcome apply(Transaction& transaction, const Release& release);

/// Housekeeping for reservations of any sequences that have expired: frees their numbers, or erases
/// what is left of a sequence that is gone.
void expire(Transaction& transaction, const std::vector<std::string>& keys);

/// Housekeeping for free numbers of deleted sequences: erases up to `records_max` keys. Returns how
/// many.
std::size_t purge(Transaction& transaction, std::size_t records_max);

}  // namespace dcount::core
