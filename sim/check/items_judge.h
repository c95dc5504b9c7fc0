// Distinct items of tenants: additions of batches of ids, counts, lists of members.
//
// - A count lies between the distinct ids that were acknowledged before it began and those that
//   anybody had asked to add before it ended. Counts do not go back.
// - Members hold every id acknowledged before, none that nobody asked for, none twice.
// - All or nothing: every member comes with a request all of whose ids are members. A request whose
//   id was seen, and that nobody else can have brought, has happened by the end of that read, for
//   all tenants of it. A count that no set of whole requests gives is a violation (looked at while
//   few requests are open and none shares an id with another).
// - How many were new, where answers tell: at most those that were not there before, at least those
//   that nobody else asked for; in all as many as there are ids.
//
// Sound, near-linear. Not complete for counts where requests overlap.
//
// Thread-safety: pure functions.
#pragma once

#include "sim/check/item_proofs.h"
#include "sim/check/key_view.h"

namespace dcount::check {

Finding judge_items(const KeyView& view, const ItemProofs& proofs);

}  // namespace dcount::check
