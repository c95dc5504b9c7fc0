// Every judge against the trying of every order, on small random histories.
#include <gtest/gtest.h>

#include <iostream>

#include "sim/check/batch_judge.h"
#include "sim/check/blind_judge.h"
#include "sim/check/counter_judge.h"
#include "sim/check/increments_judge.h"
#include "sim/check/items_judge.h"
#include "sim/check/search_judge.h"
#include "sim/check/sequence_judge.h"
#include "sim/check/versions_judge.h"
#include "tests/check/oracle.h"
#include "tests/check/random_history.h"

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
  std::size_t unknown = 0;  ///< the judge's
  std::size_t missed = 0;   ///< invalid, and the judge says valid

  /// There have to be enough of both.
  void expect_both() const {
    std::cout << valid << " valid, " << invalid << " invalid; the judge: " << unknown
              << " unknown, " << missed << " missed" << std::endl;
    EXPECT_GT(valid, histories / 7);
    EXPECT_GT(invalid, histories / 7);
  }
};

/// What a judge that is not complete may miss.
enum class Misses {
  none,  ///< and the histories are other ones in each run
  some,
  /// They are counted: the histories are the same in each run, so that the count is a fact of the
  /// judge and not of a seed.
  counted,
};

/// Makes histories and asks both; no judge may call a possible history invalid.
template <class Make, class Oracle, class Judge>
Tally compare(std::string_view test, const Make& make, const Oracle& oracle, const Judge& judge,
              Misses misses = Misses::none) {
  const bool complete = misses == Misses::none;
  Random random(misses == Misses::counted ? fixed_seed : seed_of(test));
  Tally tally;
  for (std::size_t i = 0; i < histories; ++i) {
    History history = make(random);
    bool possible = oracle(history);
    Finding finding = judge(history);
    ++(possible ? tally.valid : tally.invalid);
    if (finding.verdict == Verdict::unknown) ++tally.unknown;
    if (!possible && finding.verdict == Verdict::valid) ++tally.missed;
    if (std::getenv("CHECK_MISSED") != nullptr && !possible && finding.verdict == Verdict::valid &&
        tally.missed < 5) {
      std::cout << "missed:\n" << text_of(history);
    }
    bool wrong = possible ? finding.verdict == Verdict::invalid
                          : complete && finding.verdict == Verdict::valid;
    if (wrong) {
      ADD_FAILURE() << "history " << i << " is " << (possible ? "possible" : "impossible")
                    << ", but " << finding.judge << " says: " << finding.summary << " "
                    << finding.witness.text << "\n"
                    << text_of(history);
      break;
    }
  }
  tally.expect_both();
  return tally;
}

template <class Judge>
auto on_first_key(const Judge& judge) {
  return [judge](const History& history) {
    KeyViews views(history);
    KeyView view = views[0];
    return judge(view, shape_of(view));
  };
}

Finding searched(const History& history) {
  KeyViews views(history);
  std::vector<KeyView> all;
  for (std::uint32_t key = 0; key < views.size(); ++key) all.push_back(views[key]);
  return judge_search(all, {});
}

CounterMix everything() {
  CounterMix mix;
  mix.functions = {Function::add,   Function::add,    Function::add,   Function::read,
                   Function::reset, Function::remove, Function::create};
  mix.deltas = {1, 2, -1};
  mix.firsts = {0, 2};
  mix.facts.version = 1;
  mix.versions = true;
  mix.creates = 0.2;
  return mix;
}

TEST(SearchJudge, AgreesWithEveryOrder) {
  CounterMix mix = everything();
  mix.versions = false;
  mix.facts.min = 0;
  mix.facts.max = 3;
  auto make = [&](Random& random) {
    mix.facts.saturates = random.chance(0.3);
    mix.facts.exists = random.chance(0.7);
    mix.facts.version = mix.facts.exists ? 1 : 0;
    mix.versions = random.chance(0.3);
    mix.blind = random.chance(0.3) ? 0.5 : 0;
    return make_counters(random, mix);
  };
  Tally tally = compare("search", make, counters_have_an_order, searched);
  EXPECT_EQ(tally.unknown, 0u);
}

TEST(SearchJudge, AgreesWithEveryOrderOfBatches) {
  CounterMix mix;
  mix.keys = 2;
  mix.batches = 0.6;
  mix.deltas = {1, 2};
  mix.facts.version = 1;
  auto make = [&](Random& random) {
    mix.operations = random.chance(0.1) ? 8 : 6;
    mix.processes = random.chance(0.3) ? 4 : 3;
    mix.versions = random.chance(0.6);
    return make_counters(random, mix);
  };
  Tally tally = compare("batches", make, counters_have_an_order, searched);
  EXPECT_EQ(tally.unknown, 0u);
}

TEST(IncrementsJudge, AgreesWithEveryOrder) {
  CounterMix mix;
  mix.operations = 7;
  auto make = [&](Random& random) {
    mix.deltas = {random.chance(0.8) ? 1 : random.chance(0.5) ? 3 : -1};
    mix.versions = random.chance(0.3);
    mix.facts.version = mix.versions && random.chance(0.7) ? 1 : none;
    mix.facts.initial = random.chance(0.5) ? 0 : 5;
    mix.unknown = random.chance(0.5) ? 0.2 : 0.5;
    return make_counters(random, mix);
  };
  Tally tally = compare("increments", make, counters_have_an_order, on_first_key(judge_increments));
  EXPECT_EQ(tally.unknown, 0u);
}

TEST(IncrementsJudge, AgreesWithEveryOrderOfVariedDeltas) {
  CounterMix mix;
  mix.operations = 7;
  mix.deltas = {1, 2, 3};
  mix.unknown = 0.4;
  Tally tally = compare(
      "varied", [&](Random& random) { return make_counters(random, mix); }, counters_have_an_order,
      on_first_key(judge_increments));
  EXPECT_EQ(tally.unknown, 0u);
}

TEST(VersionsJudge, AgreesWithEveryOrder) {
  CounterMix mix = everything();
  auto make = [&](Random& random) {
    mix.facts.exists = random.chance(0.7);
    mix.facts.version = mix.facts.exists ? 1 : 0;
    mix.creates = random.chance(0.3) ? 0.3 : 0;
    mix.blind = random.chance(0.2) ? 0.3 : 0;
    return make_counters(random, mix);
  };
  Tally tally = compare("versions", make, counters_have_an_order, on_first_key(judge_versions));
  EXPECT_LT(tally.unknown, histories / 20);
}

TEST(VersionsJudge, AgreesWithEveryOrderWithinBounds) {
  CounterMix mix = everything();
  mix.functions = {Function::add, Function::add, Function::add, Function::read, Function::reset};
  mix.deltas = {1, 2, -1, -3};
  mix.facts.min = -1;
  mix.facts.max = 3;
  auto make = [&](Random& random) {
    mix.facts.saturates = random.chance(0.4);
    return make_counters(random, mix);
  };
  Tally tally = compare("bounds", make, counters_have_an_order, on_first_key(judge_versions));
  EXPECT_EQ(tally.unknown, 0u);
}

TEST(BlindJudge, AgreesWithEveryOrder) {
  CounterMix mix;
  mix.operations = 7;
  mix.wrong = 1;
  mix.functions = {Function::add, Function::add, Function::read};
  auto make = [&](Random& random) {
    mix.blind = random.chance(0.5) ? 1 : 0.5;
    mix.deltas = {random.chance(0.8) ? 1 : -2};
    return make_counters(random, mix);
  };
  auto judge = [](const KeyView& view, const CounterShape& shape) {
    return judge_blind(view, shape, {});
  };
  Tally tally = compare("blind", make, counters_have_an_order, on_first_key(judge));
  EXPECT_EQ(tally.unknown, 0u);
}

TEST(BlindJudge, AgreesWithEveryOrderOfVariedDeltas) {
  CounterMix mix;
  mix.operations = 7;
  mix.wrong = 1;
  mix.functions = {Function::add, Function::add, Function::read};
  auto make = [&](Random& random) {
    mix.blind = random.chance(0.5) ? 1 : 0.5;
    mix.deltas = random.chance(0.7) ? std::vector<std::int64_t>{1, 2, 3}
                                    : std::vector<std::int64_t>{1, 2, -1};
    return make_counters(random, mix);
  };
  auto judge = [](const KeyView& view, const CounterShape& shape) {
    return judge_blind(view, shape, {});
  };
  Tally tally = compare("blind varied", make, counters_have_an_order, on_first_key(judge));
  EXPECT_EQ(tally.unknown, 0u);
}

TEST(CounterJudge, AgreesWithEveryOrderWhateverItIsGiven) {
  auto make = [](Random& random) {
    CounterMix mix = everything();
    mix.versions = random.chance(0.5);
    mix.blind = random.chance(0.3) ? 0.5 : 0;
    if (random.chance(0.4)) mix.functions = {Function::add, Function::read};
    if (random.chance(0.3)) mix.deltas = {1};
    if (random.chance(0.3)) mix.facts.max = 2;
    mix.facts.saturates = random.chance(0.3);
    mix.facts.exists = random.chance(0.7);
    mix.facts.version = mix.facts.exists ? 1 : 0;
    return make_counters(random, mix);
  };
  auto judge = [](const KeyView& view, const CounterShape&) { return judge_counter(view, {}); };
  Tally tally = compare("counter", make, counters_have_an_order, on_first_key(judge));
  EXPECT_EQ(tally.unknown, 0u);
}

/// All of them, as check() does: each counter by itself, then the batches.
Finding linked(const History& history, const SearchLimits& limits) {
  KeyViews views(history);
  Finding worst;
  auto take = [&](const Finding& finding) {
    if (finding.verdict > worst.verdict) worst = finding;
  };
  for (std::uint32_t key = 0; key < views.size(); ++key) take(judge_counter(views[key], {}));
  if (worst.verdict != Verdict::valid) return worst;
  for (const Finding& finding : judge_batches(history, views, limits)) take(finding);
  return worst;
}

CounterMix batches() {
  CounterMix mix;
  mix.keys = 2;
  mix.batches = 0.6;
  mix.deltas = {1, 2};
  mix.facts.version = 1;
  mix.versions = true;
  return mix;
}

TEST(BatchJudge, AgreesWithEveryOrder) {
  CounterMix mix = batches();
  Tally tally = compare(
      "linked", [&](Random& random) { return make_counters(random, mix); }, counters_have_an_order,
      [](const History& history) { return linked(history, {}); });
  EXPECT_EQ(tally.unknown, 0u);
}

Tally compare_without_search(Misses misses) {
  CounterMix mix = batches();
  SearchLimits nothing;
  nothing.steps_max = 0;
  return compare(
      "linked, no search", [&](Random& random) { return make_counters(random, mix); },
      counters_have_an_order, [&](const History& history) { return linked(history, nothing); },
      misses);
}

TEST(BatchJudge, WithoutSearchIsNeverWrong) { compare_without_search(Misses::some); }

TEST(BatchJudge, WithoutSearchMissesLittle) {
  const Tally tally = compare_without_search(Misses::counted);
  EXPECT_LT(tally.missed, tally.invalid / 30);
}

TEST(SequenceJudge, AgreesWithEveryOrderOfStrictDraws) {
  DrawMix mix{.facts = {.kind = KeyFacts::Kind::sequence, .min = 1}};
  mix.operations = 7;
  auto make = [&](Random& random) {
    mix.facts.cycle = random.chance(0.3);
    mix.facts.max = mix.facts.cycle ? 12 : 1000;
    mix.facts.start = random.chance(0.5) ? 1 : 4;
    mix.count_max = random.chance(0.5) ? 1 : 3;
    return make_draws(random, mix);
  };
  Tally tally =
      compare("strict", make, draws_have_an_order,
              on_first_key([](const KeyView& view, auto) { return judge_sequence(view); }));
  EXPECT_LT(tally.unknown, histories / 50);
}

Tally compare_gapless(Misses misses) {
  DrawMix mix{.facts = {.kind = KeyFacts::Kind::sequence, .min = 1}};
  mix.facts.mode = KeyFacts::Mode::gapless;
  mix.facts.expires = false;
  mix.operations = 7;
  Tally tally = compare(
      "gapless", [&](Random& random) { return make_draws(random, mix); }, draws_have_an_order,
      on_first_key([](const KeyView& view, auto) { return judge_sequence(view); }), misses);
  EXPECT_EQ(tally.unknown, 0u);
  return tally;
}

TEST(SequenceJudge, OfGaplessDrawsIsNeverWrong) { compare_gapless(Misses::some); }

TEST(SequenceJudge, OfGaplessDrawsMissesLittle) {
  const Tally tally = compare_gapless(Misses::counted);
  EXPECT_LT(tally.missed, tally.invalid / 10);
}

Tally compare_items(Misses misses) {
  ItemMix mix;
  auto make = [&](Random& random) {
    mix.says_new = random.chance(0.3);
    mix.ids = random.chance(0.5) ? 4 : 12;
    return make_items(random, mix);
  };
  auto judge = [](const History& history) {
    KeyViews views(history);
    ItemProofs proofs(history, views);
    Finding worst;
    for (std::uint32_t key = 0; key < views.size(); ++key) {
      Finding finding = judge_items(views[key], proofs);
      if (finding.verdict > worst.verdict) worst = finding;
    }
    return worst;
  };
  Tally tally = compare("items", make, items_have_an_order, judge, misses);
  EXPECT_EQ(tally.unknown, 0u);
  return tally;
}

TEST(ItemsJudge, IsNeverWrong) { compare_items(Misses::some); }

TEST(ItemsJudge, MissesLittle) {
  const Tally tally = compare_items(Misses::counted);
  EXPECT_LT(tally.missed, tally.invalid / 10);
}

}  // namespace
}  // namespace dcount::check
