// Where counters stand in the order of changes, as a server lists them: what subscribers and
// mirrors have to come to.
//
// Thread-safety: pure functions, and a request of its own for each call.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "server/store/result.h"
#include "sim/scenario/load.h"

namespace dcount::sim {

using Revisions = std::map<std::string, std::int64_t>;  ///< by "collection/id"

/// Those of them that a journal's `keys` select: "*", "collection/", "collection/id".
Revisions selected(const Revisions& all, const std::vector<std::string>& selection);

/// All counters of a server, by a lockstep feed with an end. Error: no answer within the time.
Result<Revisions> list_revisions(const ServerPlace& server, std::chrono::milliseconds at_most);

}  // namespace dcount::sim
