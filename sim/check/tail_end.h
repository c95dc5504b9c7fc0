// What subscribers and mirrors have in the end.
//
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <vector>

#include "sim/check/tail_stream.h"

namespace dcount::check {

/// TailView::last_until.
std::vector<Index> last_known_until(const History& history, const std::vector<KnownStates>& states,
                                    const Sightings& sightings);

/// A subscriber that was followed to its end was sent the last state of each record: as it is read
/// then, and none older than what others were sent. An unknown operation may still happen behind
/// that read. Wants Tail::ended.
std::optional<Finding> find_wrong_end(const TailView& view, std::uint32_t tail,
                                      const std::vector<std::uint32_t>& selected);

/// A mirror's table is what is read. Wants Tail::table.
std::optional<Finding> find_wrong_table(const TailView& view, std::uint32_t tail,
                                        const std::vector<std::uint32_t>& selected);

}  // namespace dcount::check
