// The judge of packages against the trying of every order, on small random histories.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "sim/check/package_judge.h"
#include "tests/check/package_model.h"
#include "tests/check/package_oracle.h"

namespace dcount::check {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t histories = 2'000;
#else
constexpr std::size_t histories = 20'000;
#endif

struct Tally {
  std::size_t valid = 0;
  std::size_t invalid = 0;
  std::size_t missed = 0;  ///< invalid, and the judge says valid
};

/// Fails when the judge calls a possible history invalid.
void compare(Random random, Tally& tally) {
  for (std::size_t i = 0; i < histories; ++i) {
    PackageMix mix;
    mix.operations = 4 + random.below(4);
    mix.unknown = random.chance(0.3) ? 0 : 0.3;
    History history = make_packages(random, mix);
    bool possible = packages_have_an_order(history);
    std::vector<Finding> findings = judge_packages(history);
    auto found = std::find_if(findings.begin(), findings.end(), [](const Finding& finding) {
      return finding.verdict == Verdict::invalid;
    });
    ASSERT_FALSE(possible && found != findings.end())
        << "history " << i << " is possible, but " << found->witness.text << "\n"
        << text_of(history) << text_of_packages(history);
    ++(possible ? tally.valid : tally.invalid);
    if (possible || found != findings.end()) continue;
    ++tally.missed;
    if (std::getenv("CHECK_MISSED") != nullptr && tally.missed < 10) {
      std::cout << "missed:\n" << text_of(history) << text_of_packages(history) << "\n";
    }
  }
  std::cout << tally.valid << " valid, " << tally.invalid << " invalid, " << tally.missed
            << " missed" << std::endl;
  EXPECT_GT(tally.valid, histories / 7);
  EXPECT_GT(tally.invalid, histories / 7);
}

TEST(PackageJudge, IsNeverWrong) {
  Tally tally;
  compare(Random(seed_of("packages")), tally);
}

TEST(PackageJudge, MissesLittle) {
  Tally tally;
  ASSERT_NO_FATAL_FAILURE(compare(Random(fixed_seed), tally));
  EXPECT_LT(tally.missed, tally.invalid / 50);
}

}  // namespace
}  // namespace dcount::check
