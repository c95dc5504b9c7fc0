// One connection of a subscriber: the order of what it was sent, and what it was not sent though it
// was said to be complete.
//
// Thread-safety: none.
#pragma once

#include <optional>
#include <vector>

#include "sim/check/sightings.h"

namespace dcount::check {

/// What all judges of tails look at.
struct TailView {
  const History& history;
  const std::vector<KnownStates>& states;  ///< by key
  const Sightings& sightings;
  /// By key: until then nothing followed the last state of it that anybody was sent, for one who
  /// was sent that state was followed to its end, and sent no other.
  std::vector<Index> last_until;
};

class TailStream {
 public:
  TailStream(const TailView& view, std::uint32_t tail)
      : view_(view), tail_(view.history.tails[tail]), number_(tail) {}

  /// - Of a record revisions go up; in a stream they never go back over all records, and nothing is
  ///   sent again of what the connection is complete to, or resumed behind.
  /// - Nothing is sent that was not asked for.
  std::optional<Finding> find_disorder(std::size_t connection,
                                       const std::vector<std::uint32_t>& selected);

  /// Complete to a revision, a stream has sent each record as it was then, or later. Whoever's
  /// place was taken by a later state need not come: but only if something that could make one had
  /// been asked for by then.
  std::optional<Finding> find_gap(std::size_t connection,
                                  const std::vector<std::uint32_t>& selected);

 private:
  struct Claim {
    std::int64_t revision = 0;
    std::size_t place = 0;  ///< of Tail::events
    Index asked = 0;        ///< what was answered before that has a lower revision
  };
  /// The events of one record.
  struct Sent {
    std::uint32_t key = 0;
    std::uint32_t place = 0;
  };

  std::optional<Finding> find_disorder_by_key() const;
  std::vector<Claim> claims_of(std::size_t connection) const;
  void sort_by_key(std::size_t connection);
  std::optional<Finding> find_gap(const TailConnection& connection,
                                  const std::vector<Claim>& claims, std::uint32_t key,
                                  std::span<const Sent> sent) const;
  std::optional<Finding> find_gap_by_answers(const TailConnection& connection,
                                             const std::vector<Claim>& claims, std::uint32_t key,
                                             std::span<const Sent> sent) const;
  bool shows(const KnownStates::State& state, const TailConnection& connection, std::uint32_t key,
             std::size_t place, std::span<const Sent> sent) const;
  bool may_be_left_out(const TailConnection& connection, const Sighting& sighting,
                       std::span<const Sent> sent) const;
  std::string sent_text(const TailEvent& event) const;
  std::string began(const TailConnection& connection) const;
  Finding found(const TailEvent& event, std::string text, std::vector<Index> lines) const;

  const TailView& view_;
  const Tail& tail_;
  const std::uint32_t number_;
  std::vector<Sent> by_key_;
};

}  // namespace dcount::check
