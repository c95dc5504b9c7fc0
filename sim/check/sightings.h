// Every state of a record that any subscriber was sent: one for each record and revision.
//
// Thread-safety: none; what is made may be read by several threads.
#pragma once

#include <span>
#include <vector>

#include "sim/check/known_states.h"
#include "sim/check/verdict.h"

namespace dcount::check {

inline constexpr std::string_view tail_judge_name = "tails";

struct Sighting {
  std::int64_t revision = 0;
  std::int64_t value = none;    ///< none: deleted
  std::int64_t version = none;  ///< as somebody was told, or as answers tell of that value
  std::uint32_t key = 0;
  Index index = 0;         ///< when it was first sent to anybody
  std::uint32_t tail = 0;  ///< that was
  bool told = false;       ///< the version

  std::int64_t told_version() const { return told ? version : none; }
};

/// "tail-1 was sent c/a = 7 of revision 12 (index 40)".
std::string sent_text(const History& history, std::uint32_t tail, std::uint32_t key,
                      std::int64_t value, std::int64_t version, std::int64_t revision, Index index);
std::string sent_text(const History& history, const Sighting& sighting);

class Sightings {
 public:
  /// Sorts what was sent: O(n log n). What contradicts itself, or what answers tell, goes to
  /// `findings`: at most one for each record.
  Sightings(const History& history, const std::vector<KnownStates>& states,
            std::vector<Finding>& findings);

  /// By revision.
  std::span<const Sighting> of(std::uint32_t key) const {
    return std::span(all_).subspan(begins_[key], begins_[key + 1] - begins_[key]);
  }
  std::size_t size() const { return all_.size(); }

  /// Of all states up to that revision the one whose change was asked for last; nullptr: it is not
  /// known of any. What was answered before that has a lower revision.
  const Sighting* asked_last(std::int64_t revision) const;
  /// Its change, or no_operation.
  std::uint32_t maker_of(const Sighting& sighting) const {
    return sighting.version == none ? KnownStates::no_operation
                                    : states_[sighting.key].maker_of(sighting.version);
  }

 private:
  void order_by_asking();
  std::string sent(const Sighting& sighting) const { return sent_text(history_, sighting); }
  Finding found(const Sighting& sighting, std::string text, std::vector<Index> lines) const;
  bool find_two_states(std::size_t begin, std::size_t end, std::vector<Finding>& findings) const;
  bool find_phantom(const Sighting& sighting, const KnownStates& states,
                    std::vector<Finding>& findings) const;
  bool find_back(std::span<const Sighting> sightings, std::vector<Finding>& findings) const;

  const History& history_;
  const std::vector<KnownStates>& states_;
  std::vector<Sighting> all_;
  std::vector<std::size_t> asked_;  ///< by revision, those asked for behind all before
  std::vector<std::size_t> begins_;
};

Finding tail_violation(std::string key, std::string text, std::vector<Index> lines);

}  // namespace dcount::check
