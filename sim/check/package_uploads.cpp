#include "sim/check/package_uploads.h"

#include <algorithm>
#include <map>

namespace dcount::check {
namespace {

using Bytes = std::pair<Name, Name>;  // owner, digest

class Uploads {
 public:
  Uploads(const PackageStates& states, PackageFindings& findings)
      : states_(states), findings_(findings) {}
  void judge();

 private:
  void judge_answered(const PackageState& state);
  void judge_bytes();
  void judge_the_rest();
  void judge_ownerless(const PackageState& state);
  void report(const PackageState& state);
  /// Of packages without an upload, those that were seen first come first.
  void sort_by_deadline(std::vector<const PackageState*>& packages) const;
  Index deadline(const PackageState& state) const { return states_.at(state.first_seen).completed; }

  int rank(Place upload) const {
    switch (states_.at(upload).outcome) {
      case Outcome::ok:
        return 0;
      case Outcome::unknown:
        return 1;
      case Outcome::fail:
        break;
    }
    return 2;
  }

  const PackageStates& states_;
  PackageFindings& findings_;
  std::map<Bytes, std::vector<Place>> unknown_;  ///< uploads, by when they were asked for
  std::map<Bytes, Place> telling_;  ///< an upload of these bytes: ok, else unknown, else failed
  std::map<Bytes, std::vector<const PackageState*>> of_bytes_;
  std::map<Name, std::vector<const PackageState*>> of_owner_;  ///< of no known digest
  std::map<Name, std::vector<Place>> left_;                    ///< of an owner's unknown uploads
};

void Uploads::judge_answered(const PackageState& state) {
  if (state.second_upload != no_place) {
    findings_.add(state,
                  states_.told(state.upload) + ", and " + states_.told(state.second_upload) +
                      ": two uploads got one id.",
                  {state.upload, state.second_upload});
    return;
  }
  if (!state.seen() || deadline(state) > states_.at(state.upload).invoked) return;
  findings_.add(state,
                states_.told(state.first_seen) + ". Only after that had ended, " +
                    states_.told(state.upload) + ": it was seen before anybody had uploaded it.",
                {state.first_seen, state.upload});
}

void Uploads::sort_by_deadline(std::vector<const PackageState*>& packages) const {
  std::sort(packages.begin(), packages.end(), [&](const PackageState* a, const PackageState* b) {
    return deadline(*a) != deadline(*b) ? deadline(*a) < deadline(*b) : a->package < b->package;
  });
}

/// Each package takes the last upload that it can be, so that the first ones stay for those of
/// which nobody knows the bytes.
void Uploads::judge_bytes() {
  for (auto& [bytes, uploads] : unknown_) {
    std::vector<Place>& left = left_[bytes.first];
    std::vector<Place> free;
    std::size_t next = 0;
    auto found = of_bytes_.find(bytes);
    if (found != of_bytes_.end()) {
      for (const PackageState* state : found->second) {
        for (; next < uploads.size() && states_.at(uploads[next]).invoked < deadline(*state);
             ++next) {
          free.push_back(uploads[next]);
        }
        if (free.empty()) {
          report(*state);
        } else {
          free.pop_back();
        }
      }
      of_bytes_.erase(found);
    }
    left.insert(left.end(), free.begin(), free.end());
    left.insert(left.end(), uploads.begin() + static_cast<std::ptrdiff_t>(next), uploads.end());
  }
  for (const auto& [bytes, packages] : of_bytes_) {
    for (const PackageState* state : packages) report(*state);
  }
}

void Uploads::judge_the_rest() {
  for (auto& [owner, packages] : of_owner_) {
    std::vector<Place>& left = left_[owner];
    std::sort(left.begin(), left.end());  // by when they were asked for
    std::size_t taken = 0;
    for (const PackageState* state : packages) {
      if (taken < left.size() && states_.at(left[taken]).invoked < deadline(*state)) {
        ++taken;
      } else {
        report(*state);
      }
    }
  }
}

/// Of a package that only strangers heard of.
void Uploads::judge_ownerless(const PackageState& state) {
  const Name stranger = states_.part(state.first_seen).owner;
  for (const auto& [bytes, uploads] : unknown_) {
    if (bytes.first == stranger) continue;
    if (states_.at(uploads.front()).invoked < deadline(state)) return;
  }
  report(state);
}

void Uploads::report(const PackageState& state) {
  const std::string seen = states_.told(state.first_seen);
  const std::string& id = states_.history().names[state.package];
  Place same = no_place;
  if (auto found = telling_.find({state.owner, state.digest}); found != telling_.end()) {
    if (states_.at(found->second).invoked < deadline(state)) same = found->second;
  }
  if (same == no_place) {
    findings_.add(state,
                  seen + ": nobody had uploaded " + id +
                      ". No upload was answered that id, and none of its owner stays unknown that "
                      "it could be.",
                  {state.first_seen});
    return;
  }
  std::vector<Place> places{same, state.first_seen};
  if (states_.at(same).outcome == Outcome::fail) {
    findings_.add(state, states_.told(same) + ", but " + seen + ": it is there as " + id + ".",
                  std::move(places));
    return;
  }
  const std::string told =
      state.digest_told == state.first_seen
          ? ""
          : ", with the bytes that " + states_.told(state.digest_told) + " tells";
  if (state.digest_told != state.first_seen) places.push_back(state.digest_told);
  findings_.add(state,
                states_.told(same) + ", but " + seen + told +
                    ": the same bytes are there again as " + id +
                    ", and one upload became two packages.",
                std::move(places));
}

void Uploads::judge() {
  for (Place place = 0; place < states_.parts().size(); ++place) {
    if (states_.at(place).function != Function::add_package) continue;
    const Bytes bytes{states_.part(place).owner, states_.part(place).digest};
    auto telling = telling_.emplace(bytes, place).first;
    if (rank(place) < rank(telling->second)) telling->second = place;
    if (states_.at(place).outcome == Outcome::unknown) unknown_[bytes].push_back(place);
  }
  std::vector<const PackageState*> ownerless;
  for (const PackageState& state : states_.all()) {
    if (state.upload != no_place) {
      judge_answered(state);
    } else if (!state.seen()) {
      continue;
    } else if (state.owner == no_name) {
      ownerless.push_back(&state);
    } else if (state.digest != no_name) {
      of_bytes_[{state.owner, state.digest}].push_back(&state);
    } else {
      of_owner_[state.owner].push_back(&state);
    }
  }
  for (auto& [bytes, packages] : of_bytes_) sort_by_deadline(packages);
  for (auto& [owner, packages] : of_owner_) sort_by_deadline(packages);
  judge_bytes();
  judge_the_rest();
  for (const PackageState* state : ownerless) judge_ownerless(*state);
}

}  // namespace

void find_phantoms(const PackageStates& states, PackageFindings& findings) {
  Uploads(states, findings).judge();
}

}  // namespace dcount::check
