// A property of a slow, real system: so many cases, so much time, and one line that repeats it.
//
// Thread-safety: one thread.
#pragma once

#include <rapidcheck.h>

#include <chrono>
#include <iostream>
#include <string>

namespace dcount::test {

struct Bounded {
  std::string name;  ///< of the property
  int cases = 100;
  int size = 60;                  ///< about how many commands or elements a case has at most
  std::chrono::seconds time{10};  ///< no further case after that; a failure may take as long again
                                  ///< to be shrunk
  bool shrink = true;
};

/// Whether the property holds. The seed is printed, and RC_PARAMS="seed=…" repeats the cases.
template <class Property>
bool holds(const Bounded& bounds, Property property) {
  const auto deadline = std::chrono::steady_clock::now() + bounds.time;
  bool failing = false;
  const auto timed = [&] {
    const auto now = std::chrono::steady_clock::now();
    if (failing && now > deadline + bounds.time) RC_DISCARD("there is no time to shrink further");
    if (!failing && now > deadline) return;
    failing = true;  // unless it comes to its end
    property();
    failing = false;
  };
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  params.maxSuccess = bounds.cases;
  params.maxSize = bounds.size;
  params.disableShrinking |= !bounds.shrink;
  std::cerr << bounds.name << ": again with RC_PARAMS=\"seed=" << params.seed << "\"\n";
  const auto result =
      rc::detail::checkTestable(timed, rc::detail::TestMetadata{bounds.name, bounds.name}, params);
  rc::detail::printResultMessage(result, std::cerr);
  std::cerr << '\n';
  return result.template is<rc::detail::SuccessResult>();
}

}  // namespace dcount::test
