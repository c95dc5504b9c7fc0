// Violations of packages, at most one of each.
//
// Thread-safety: none.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/check/package_states.h"
#include "sim/check/package_words.h"
#include "sim/check/verdict.h"

namespace dcount::check {

class PackageFindings {
 public:
  explicit PackageFindings(const PackageStates& states)
      : states_(states), found_(states.all().size()) {}

  /// `places` are put in the order of their story. Nothing happens when the package has one
  /// already.
  void add(const PackageState& state, std::string text, std::vector<Place> places) {
    const auto number = static_cast<std::size_t>(&state - states_.all().data());
    if (found_[number]) return;
    found_[number] = true;
    findings_.push_back(
        package_violation(states_.history(), state.package, std::move(text), std::move(places)));
  }
  bool has(const PackageState& state) const {
    return found_[static_cast<std::size_t>(&state - states_.all().data())];
  }
  std::vector<Finding> take() { return std::move(findings_); }

 private:
  const PackageStates& states_;
  std::vector<bool> found_;
  std::vector<Finding> findings_;
};

}  // namespace dcount::check
