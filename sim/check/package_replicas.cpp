#include "sim/check/package_replicas.h"

#include <algorithm>

#include "sim/check/words.h"

namespace dcount::check {
namespace {

class Holders {
 public:
  Holders(const PackageStates& states, PackageFindings& findings)
      : states_(states),
        findings_(findings),
        reports_(states.history().nodes.size(), no_place),
        dead_(states.history().nodes.size()),
        good_(states.all().size()),
        record_(states.all().size(), nullptr) {}
  void judge();

 private:
  void take_reports();
  void take_records();
  void judge_copies(Place report);
  void judge_count(const PackageState& state);
  /// Acknowledged before anybody looked, and certainly there until all had.
  bool must_be_there(const PackageState& state) const;
  std::size_t number(const PackageState& state) const {
    return static_cast<std::size_t>(&state - states_.all().data());
  }
  /// By the store's record (where there is one) and, as far as is known, on its disk.
  bool may_hold(const PackageState& state, std::uint16_t node) const;

  const PackageStates& states_;
  PackageFindings& findings_;
  std::vector<Place> reports_;  ///< by node: its last answer
  std::vector<bool> dead_;      ///< by node: it did not answer
  Place first_ = no_place;      ///< of the reports, by when it began
  Place last_ = no_place;       ///< by when it ended
  std::size_t alive_ = 0;
  std::vector<std::vector<std::uint16_t>> good_;  ///< by package: nodes that have its bytes
  std::vector<const ListedPackage*> record_;      ///< by package: the store's, if it was read
  Place records_ = no_place;
};

void Holders::take_reports() {
  for (Place place = 0; place < states_.parts().size(); ++place) {
    if (states_.at(place).function != Function::final_holder) continue;
    const std::uint16_t node = states_.part(place).holder;
    if (states_.at(place).outcome == Outcome::ok) reports_[node] = place;
    if (states_.at(place).outcome != Outcome::unknown) {
      dead_[node] = states_.at(place).outcome == Outcome::fail;
    }
  }
  for (std::size_t node = 0; node < reports_.size(); ++node) {
    Place& report = reports_[node];
    if (dead_[node]) report = no_place;
    if (report == no_place) continue;
    ++alive_;
    if (first_ == no_place || report < first_) first_ = report;
    if (last_ == no_place || states_.at(report).completed > states_.at(last_).completed) {
      last_ = report;
    }
  }
}

void Holders::take_records() {
  for (Place place = 0; place < states_.parts().size(); ++place) {
    const Operation& operation = states_.at(place);
    if (operation.function == Function::final_packages && operation.outcome == Outcome::ok) {
      records_ = place;
    }
  }
  if (records_ == no_place) return;
  for (const ListedPackage& listed : states_.listed(records_)) {
    if (listed.holder_count > 0) record_[number(*states_.find(listed.package))] = &listed;
  }
}

bool Holders::must_be_there(const PackageState& state) const {
  return state.upload != no_place &&
         states_.at(state.upload).completed < states_.at(first_).invoked &&
         state.gone_from >= states_.at(last_).completed && !states_.may_have_expired(state, last_);
}

void Holders::judge_copies(Place report) {
  for (const ListedPackage& held : states_.listed(report)) {
    const PackageState* state = states_.find(held.package);
    if (state == nullptr || !must_be_there(*state)) continue;
    if (held.digest == state->digest) {
      good_[number(*state)].push_back(states_.part(report).holder);
    } else if (held.digest != no_name) {
      findings_.add(*state,
                    states_.told(state->upload) + ", but " + states_.told(report) +
                        ": its copy of " + states_.history().names[state->package] + " has " +
                        digest_text(states_.history(), held.digest) + ".",
                    {state->upload, report});
    }
  }
}

bool Holders::may_hold(const PackageState& state, std::uint16_t node) const {
  const auto& good = good_[number(state)];
  if (dead_[node]) return false;
  if (reports_[node] != no_place && std::find(good.begin(), good.end(), node) == good.end()) {
    return false;
  }
  const ListedPackage* record = record_[number(state)];
  if (record == nullptr) return true;
  const auto& holders = states_.history().packages.holders;
  auto begin = holders.begin() + record->holders;
  return std::find(begin, begin + record->holder_count, node) != begin + record->holder_count;
}

void Holders::judge_count(const PackageState& state) {
  const History& history = states_.history();
  std::int64_t asked = history.packages.replicas;
  if (asked == none) asked = states_.part(state.upload).replicas;
  if (asked == none) return;
  const auto needed = std::min(static_cast<std::size_t>(asked), alive_);
  std::size_t held = 0;
  std::string holders;
  for (std::uint16_t node = 1; node < history.nodes.size(); ++node) {
    if (!may_hold(state, node)) continue;
    ++held;
    holders += (holders.empty() ? "" : ", ") + history.nodes[node];
  }
  if (held >= needed) return;
  std::vector<Place> places{state.upload, last_};
  if (record_[number(state)] != nullptr) places.push_back(records_);
  findings_.add(state,
                states_.told(state.upload) + ". At the end " + counted(alive_, "node") +
                    " alive told what they hold: " + history.names[state.package] + " is on " +
                    (held == 0 ? "none" : holders) + ", and " + std::to_string(needed) +
                    (needed == 1 ? " has" : " have") + " to hold it.",
                std::move(places));
}

void Holders::judge() {
  take_reports();
  if (alive_ == 0) return;
  take_records();
  for (Place report : reports_) {
    if (report != no_place) judge_copies(report);
  }
  for (const PackageState& state : states_.all()) {
    if (must_be_there(state)) judge_count(state);
  }
}

}  // namespace

void judge_holders(const PackageStates& states, PackageFindings& findings) {
  Holders(states, findings).judge();
}

}  // namespace dcount::check
