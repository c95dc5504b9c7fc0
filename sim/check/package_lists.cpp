#include "sim/check/package_lists.h"

#include <algorithm>
#include <map>

namespace dcount::check {
namespace {

class Sweep {
 public:
  Sweep(const PackageStates& states, std::vector<const PackageState*> packages,
        PackageFindings& findings)
      : states_(states),
        findings_(findings),
        packages_(std::move(packages)),
        shown_in_(states.all().size(), no_place) {
    std::sort(packages_.begin(), packages_.end(), [](const PackageState* a, const PackageState* b) {
      return a->there_from < b->there_from;
    });
  }

  /// Of lists in the order in which they began.
  void judge(Place list) {
    take_shown(list);
    const Operation& operation = states_.at(list);
    for (; next_ < packages_.size() && packages_[next_]->there_from < operation.invoked; ++next_) {
      there_.push_back(packages_[next_]);
    }
    std::erase_if(there_, [&](const PackageState* state) {
      if (state->gone_from < operation.invoked || findings_.has(*state)) return true;
      if (shown_in_[number(*state)] == list) return false;
      if (!states_.contradicts_absence(*state, list)) return went(*state, operation);
      report_lost(states_, *state, list, findings_);
      return true;
    });
  }

 private:
  std::size_t number(const PackageState& state) const {
    return static_cast<std::size_t>(&state - states_.all().data());
  }
  /// Whether no later list has to have it: it may have expired, and nobody saw it after that.
  bool went(const PackageState& state, const Operation& list) const {
    const bool seen = state.seen() && states_.at(state.last_seen).invoked >= list.completed;
    return !seen && state.gone_from == never;
  }

  void take_shown(Place list) {
    for (const ListedPackage& shown : states_.listed(list)) {
      const PackageState& state = *states_.find(shown.package);
      if (shown_in_[number(state)] == list) {
        findings_.add(
            state,
            states_.told(list) + ": " + states_.history().names[state.package] + " is in it twice.",
            {list});
      }
      shown_in_[number(state)] = list;
    }
  }

  const PackageStates& states_;
  PackageFindings& findings_;
  std::vector<const PackageState*> packages_;  ///< by when they were there
  std::vector<Place> shown_in_;                ///< by package: the last list that had it
  std::vector<const PackageState*> there_;
  std::size_t next_ = 0;
};

}  // namespace

void report_lost(const PackageStates& states, const PackageState& state, Place absent,
                 PackageFindings& findings) {
  const std::string& id = states.history().names[state.package];
  const bool acknowledged =
      state.upload != no_place && states.at(state.upload).completed < states.at(absent).invoked;
  const Place before = acknowledged ? state.upload : state.first_seen;
  std::string text = states.told(before) + ". Only after that, " + states.told(absent) + ": ";
  if (!state.seen() || states.at(state.last_seen).invoked < states.at(absent).completed) {
    findings.add(state, text + id + " was lost.", {before, absent});
    return;
  }
  findings.add(state,
               text + id + " was gone. Only after that had ended, " + states.told(state.last_seen) +
                   ": it was there again.",
               {before, absent, state.last_seen});
}

void judge_lists(const PackageStates& states, PackageFindings& findings) {
  std::map<Name, std::vector<Place>> lists;
  std::vector<Place> records;
  for (Place place = 0; place < states.parts().size(); ++place) {
    if (states.at(place).outcome != Outcome::ok) continue;
    if (states.at(place).function == Function::list_packages) {
      lists[states.part(place).owner].push_back(place);
    }
    if (states.at(place).function == Function::final_packages) records.push_back(place);
  }
  std::map<Name, std::vector<const PackageState*>> packages;
  std::vector<const PackageState*> all;
  for (const PackageState& state : states.all()) {
    if (state.there_from == never) continue;
    all.push_back(&state);
    if (state.owner != no_name) packages[state.owner].push_back(&state);
  }
  for (const auto& [owner, places] : lists) {
    Sweep sweep(states, packages[owner], findings);
    for (Place list : places) sweep.judge(list);
  }
  Sweep sweep(states, std::move(all), findings);
  for (Place list : records) sweep.judge(list);
}

}  // namespace dcount::check
