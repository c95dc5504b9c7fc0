// Everything that a history tells of each package: who uploaded it, who saw it and when, and from
// when to when it must have been there.
//
// A package is a register that becomes true once and false once: at its upload's moment, and at the
// moment of its removal or expiry. Somebody who began after `there_from`, and ended before
// `gone_from`, cannot have found nothing.
//
// Thread-safety: none; it points into a History, which has to outlive it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sim/check/history.h"

namespace dcount::check {

/// A place in PackageHistory::operations.
using Place = std::uint32_t;
inline constexpr Place no_place = std::numeric_limits<Place>::max();

/// Servers' and the recorder's clocks may differ by so much.
inline constexpr std::int64_t expiry_tolerance_s = 60;

struct PackageState {
  Name package = no_name;
  Name owner = no_name;            ///< of its upload, else whoever was first shown to own it
  Name digest = no_name;           ///< of its upload, else the first that was told
  Place upload = no_place;         ///< the one that was answered its id
  Place second_upload = no_place;  ///< another one that was
  Place owner_told = no_place;     ///< by that
  Place digest_told = no_place;
  Place first_seen = no_place;  ///< of those who saw it, the first to end
  Place last_seen = no_place;   ///< of those who saw it, the last to begin
  Place removed = no_place;     ///< of the removals that end it, the first to be answered
  Place took = no_place;        ///< a removal that found it
  Place took_again = no_place;  ///< another one
  std::int64_t expire = 0;
  bool expire_known = true;  ///< false: of an upload that stays unknown, and may have set one
  Index there_from = never;  ///< it was there, at the latest
  Index gone_from = never;   ///< by a removal, at the earliest

  bool seen() const { return first_seen != no_place; }
};

class PackageStates {
 public:
  explicit PackageStates(const History& history);

  std::span<const PackageState> all() const { return states_; }
  /// Nothing: nobody ever spoke of it.
  const PackageState* find(Name package) const;

  const History& history() const { return history_; }
  std::span<const PackageOperation> parts() const { return history_.packages.operations; }
  const PackageOperation& part(Place place) const { return parts()[place]; }
  const Operation& at(Place place) const { return history_.operations[part(place).operation]; }
  std::span<const ListedPackage> listed(Place place) const {
    return std::span(history_.packages.lists).subspan(part(place).list, part(place).list_size);
  }
  std::string told(Place place) const;

  /// Whether it may have expired by the end of that operation.
  bool may_have_expired(const PackageState& state, Place by) const;
  /// Whether who saw it there saw that it had not gone: the store's records keep what has expired
  /// until a sweep buries it.
  bool proves_presence(const PackageState& state, Place by) const;
  /// Whether it had certainly expired before that operation began.
  bool had_expired(const PackageState& state, Place before) const;
  /// Whether somebody who did not find it contradicts what is known.
  bool contradicts_absence(const PackageState& state, Place absent) const;

 private:
  PackageState& state_of(Name package);
  void take_uploads();
  void take_owners();
  void tell_owner(Name package, Name owner, Name digest, Place by);
  void take_sightings();
  void take_records();
  void see(PackageState& state, Place by);
  void take_answer(Place place);
  void take_unknown_expiry();
  void take_end(PackageState& state, Place removal);
  void take_bounds();

  const History& history_;
  std::vector<std::uint32_t> place_of_;  ///< by name: in states_
  std::vector<PackageState> states_;
  bool clock_ = false;  ///< the recorder's clock tells when packages expire
};

}  // namespace dcount::check
