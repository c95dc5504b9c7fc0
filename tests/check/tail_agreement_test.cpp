// Judge and oracle on small random histories of subscribers: as they should be, and with one
// defect.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>

#include "sim/check/tail_judge.h"
#include "sim/check/verdict.h"
#include "tests/check/tail_model.h"
#include "tests/check/tail_oracle.h"

namespace dcount::check {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t histories = 400;
#else
constexpr std::size_t histories = 1'200;
#endif

/// Of judge_tails alone: other judges have tests of their own.
Finding judged(const History& history) {
  std::vector<Finding> findings = judge_tails(history, KeyViews(history));
  auto worst = std::max_element(findings.begin(), findings.end(),
                                [](const auto& x, const auto& y) { return x.verdict < y.verdict; });
  return *worst;
}

struct Tally {
  std::size_t planted = 0;
  std::size_t visible = 0;  ///< no course of commits explains them
  std::size_t found = 0;
  std::size_t undecided = 0;  ///< by the oracle
};

TEST(TailJudge, AcceptsWhateverAServiceDoesThatIsRight) {
  Random random(seed_of("tails"));
  TailMix mix;
  for (std::size_t i = 0; i < histories; ++i) {
    mix.operations = 3 + random.below(20);
    mix.subscribers = 1 + random.below(4);
    mix.unknown = random.chance(0.5) ? 0 : 0.3;
    bool planted = false;
    History history = make_tails(random, mix, planted);
    Finding finding = judged(history);
    ASSERT_EQ(finding.verdict, Verdict::valid) << finding.witness.text << "\n"
                                               << text_of(history) << text_of_tails(history);
  }
}

using Tallies = std::array<Tally, tail_defects>;  ///< by defect

/// Fails when the judge calls a possible history invalid.
void compare(Random random, Tallies& tallies) {
  for (std::size_t i = 0; i < histories; ++i) {
    TailMix mix;
    mix.operations = 3 + random.below(3);
    mix.subscribers = 1 + random.below(2);
    mix.unknown = random.chance(0.6) ? 0 : 0.3;
    mix.defect = static_cast<TailDefect>(i % tail_defects);
    bool planted = false;
    History history = make_tails(random, mix, planted);
    if (!planted && mix.defect != TailDefect::nothing) continue;
    Tally& tally = tallies[i % tail_defects];
    ++tally.planted;
    auto possible = tails_have_a_course(history);
    if (!possible) {
      ++tally.undecided;
      continue;
    }
    Finding finding = judged(history);
    bool found = finding.verdict == Verdict::invalid;
    ASSERT_FALSE(*possible && found)
        << "history " << i << " is possible, but " << finding.witness.text << "\n"
        << text_of(history) << text_of_tails(history);
    ASSERT_TRUE(mix.defect != TailDefect::nothing || *possible)
        << "nothing is wrong, but the oracle sees no course\n"
        << text_of(history) << text_of_tails(history);
    if (*possible) continue;
    ++tally.visible;
    tally.found += found ? 1 : 0;
    if (!found && std::getenv("CHECK_MISSED") != nullptr) {
      std::cout << "missed, defect " << i % tail_defects << ":\n"
                << text_of(history) << text_of_tails(history) << "\n";
    }
  }
}

TEST(TailJudge, IsNeverWrong) {
  Tallies tallies{};
  compare(Random(seed_of("tail defects")), tallies);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // too few histories to count
TEST(TailJudge, MissesLittle) {
  Tallies tallies{};
  ASSERT_NO_FATAL_FAILURE(compare(Random(fixed_seed), tallies));
  for (std::size_t defect = 0; defect < tail_defects; ++defect) {
    const Tally& tally = tallies[defect];
    std::cout << "defect " << defect << ": " << tally.planted << " planted, " << tally.visible
              << " visible, " << tally.found << " found, " << tally.undecided << " undecided\n";
    if (defect == 0) continue;
    EXPECT_GT(tally.visible, histories / tail_defects / 20) << defect;
    EXPECT_GE(tally.found * 10, tally.visible * 8) << defect;
  }
}
#endif

}  // namespace
}  // namespace dcount::check
