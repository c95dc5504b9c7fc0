#include "sim/check/package_states.h"

#include <algorithm>

#include "sim/check/words.h"

namespace dcount::check {
namespace {

constexpr std::uint32_t no_state = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t second_ns = 1'000'000'000;

bool refused_with(const Operation& operation, std::int64_t status) {
  return operation.refused && operation.result == status;
}

}  // namespace

PackageStates::PackageStates(const History& history)
    : history_(history), place_of_(history.names.size(), no_state) {
  // A server whose clock jumps expires when it thinks fit.
  clock_ = history.packages.began_s != none &&
           std::none_of(history.faults.begin(), history.faults.end(),
                        [](const Fault& fault) { return fault.kind == "clock"; });
  take_uploads();
  take_owners();
  take_sightings();
  take_unknown_expiry();
  take_records();
  take_bounds();
}

const PackageState* PackageStates::find(Name package) const {
  if (package == no_name || place_of_[package] == no_state) return nullptr;
  return &states_[place_of_[package]];
}

std::string PackageStates::told(Place place) const { return check::told(history_, at(place)); }

PackageState& PackageStates::state_of(Name package) {
  std::uint32_t& place = place_of_[package];
  if (place == no_state) {
    place = static_cast<std::uint32_t>(states_.size());
    states_.emplace_back().package = package;
  }
  return states_[place];
}

void PackageStates::take_uploads() {
  for (Place place = 0; place < parts().size(); ++place) {
    const Operation& operation = at(place);
    if (operation.function != Function::add_package || operation.outcome != Outcome::ok) continue;
    PackageState& state = state_of(part(place).package);
    if (state.upload != no_place) {
      if (state.second_upload == no_place) state.second_upload = place;
      continue;
    }
    state.upload = state.owner_told = state.digest_told = place;
    state.owner = part(place).owner;
    state.digest = part(place).digest;
    state.expire = part(place).expire;
  }
}

void PackageStates::tell_owner(Name package, Name owner, Name digest, Place by) {
  PackageState& state = state_of(package);
  if (state.owner == no_name && owner != no_name) {
    state.owner = owner;
    state.owner_told = by;
  }
  if (state.digest == no_name && digest != no_name) {
    state.digest = digest;
    state.digest_told = by;
  }
}

/// Of packages whose upload stays unknown.
void PackageStates::take_owners() {
  for (Place place = 0; place < parts().size(); ++place) {
    const PackageOperation& operation = part(place);
    if (at(place).outcome != Outcome::ok) continue;
    const bool took = at(place).function == Function::remove_package && at(place).result == 1;
    if (took || at(place).function == Function::get_package) {
      tell_owner(operation.package, operation.owner, operation.digest, place);
    } else if (at(place).function == Function::list_packages) {
      for (const ListedPackage& shown : listed(place)) {
        tell_owner(shown.package, operation.owner, shown.digest, place);
      }
    } else if (at(place).function == Function::final_packages) {
      for (const ListedPackage& shown : listed(place)) {
        tell_owner(shown.package, shown.owner, shown.digest, place);
      }
    }
  }
}

void PackageStates::see(PackageState& state, Place by) {
  if (state.first_seen == no_place || at(by).completed < at(state.first_seen).completed) {
    state.first_seen = by;
  }
  if (state.last_seen == no_place || at(by).invoked > at(state.last_seen).invoked) {
    state.last_seen = by;
  }
}

void PackageStates::take_answer(Place place) {
  const Operation& operation = at(place);
  const Name asker = part(place).owner;
  PackageState& state = state_of(part(place).package);
  if (operation.refused) {
    // Told to a stranger: it is there. To its owner it is a violation, and says nothing more.
    if (refused_with(operation, 403) && asker != state.owner) see(state, place);
    return;
  }
  if (operation.outcome != Outcome::ok) return;
  if (operation.function == Function::get_package) {
    see(state, place);
    return;
  }
  if (operation.result == 1) {
    see(state, place);
    (state.took == no_place ? state.took : state.took_again) = place;
  }
}

void PackageStates::take_sightings() {
  for (Place place = 0; place < parts().size(); ++place) {
    switch (at(place).function) {
      case Function::get_package:
      case Function::remove_package:
        take_answer(place);
        break;
      case Function::list_packages:
        for (const ListedPackage& shown : listed(place)) see(state_of(shown.package), place);
        break;
      default:
        break;
    }
  }
}

void PackageStates::take_records() {
  for (Place place = 0; place < parts().size(); ++place) {
    if (at(place).function != Function::final_packages) continue;
    for (const ListedPackage& shown : listed(place)) {
      PackageState& state = state_of(shown.package);
      if (!state.seen() || proves_presence(state, place)) see(state, place);
    }
  }
}

/// Whose upload stays unknown may have any expiry that such an upload has asked for.
void PackageStates::take_unknown_expiry() {
  bool expiring = false;
  for (Place place = 0; place < parts().size(); ++place) {
    expiring |= at(place).function == Function::add_package &&
                at(place).outcome == Outcome::unknown && part(place).expire != 0;
  }
  for (PackageState& state : states_) {
    state.expire_known = state.upload != no_place || !expiring;
  }
}

/// After which removal it is certainly not there. Where a second attempt found nothing, a first one
/// may have removed the package: but one that was there.
void PackageStates::take_end(PackageState& state, Place removal) {
  const Operation& remove = at(removal);
  const bool owner = state.owner == no_name || state.owner == part(removal).owner;
  const bool ends = remove.outcome == Outcome::ok &&
                    (remove.result == 1 || (owner && remove.invoked > state.there_from));
  if (!ends) return;
  if (state.removed == no_place || remove.completed < at(state.removed).completed) {
    state.removed = removal;
  }
}

void PackageStates::take_bounds() {
  for (PackageState& state : states_) {
    if (state.upload != no_place) state.there_from = at(state.upload).completed;
    if (state.seen()) {
      state.there_from = std::min(state.there_from, at(state.first_seen).completed);
    }
    if (state.took != no_place) {
      state.gone_from = std::max(at(state.took).invoked, at(state.last_seen).invoked);
    }
  }
  for (Place place = 0; place < parts().size(); ++place) {
    const Operation& remove = at(place);
    if (remove.function != Function::remove_package || remove.outcome == Outcome::fail) continue;
    PackageState& state = state_of(part(place).package);
    take_end(state, place);
    const bool owner = state.owner == no_name || state.owner == part(place).owner;
    if (state.took != no_place || !owner) continue;
    const Index seen = state.seen() ? at(state.last_seen).invoked : 0;
    if (remove.completed < seen) continue;  // somebody saw the package after this one
    state.gone_from = std::min(state.gone_from, std::max(remove.invoked, seen));
  }
}

bool PackageStates::may_have_expired(const PackageState& state, Place by) const {
  if (!state.expire_known) return true;
  if (state.expire == 0) return false;
  const std::int64_t answered_ns = part(by).answered_ns;
  if (!clock_ || answered_ns == none) return true;
  return history_.packages.began_s + answered_ns / second_ns >= state.expire - expiry_tolerance_s;
}

bool PackageStates::proves_presence(const PackageState& state, Place by) const {
  return at(by).function != Function::final_packages || !may_have_expired(state, by);
}

bool PackageStates::had_expired(const PackageState& state, Place before) const {
  const std::int64_t asked_ns = part(before).asked_ns;
  if (!state.expire_known || state.expire == 0 || !clock_ || asked_ns == none) return false;
  return history_.packages.began_s + asked_ns / second_ns > state.expire + expiry_tolerance_s;
}

bool PackageStates::contradicts_absence(const PackageState& state, Place absent) const {
  const Operation& operation = at(absent);
  if (state.there_from == never || operation.invoked <= state.there_from) return false;
  const bool seen_later = state.seen() && at(state.last_seen).invoked >= operation.completed &&
                          proves_presence(state, state.last_seen);
  if (seen_later) return true;
  return operation.completed <= state.gone_from && !may_have_expired(state, absent);
}

}  // namespace dcount::check
