// Small histories as a concurrent service would make them, and as a broken one would.
#pragma once

#include <random>
#include <vector>

#include "sim/check/history_builder.h"

namespace dcount::check {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  /// From 0 to below `limit`.
  std::size_t below(std::size_t limit) { return engine_() % limit; }
  bool chance(double share) { return static_cast<double>(engine_() >> 11) * 0x1.0p-53 < share; }
  template <class T>
  const T& one_of(const std::vector<T>& all) {
    return all[below(all.size())];
  }

 private:
  std::mt19937_64 engine_;
};

/// What the counters of a history are like.
struct CounterMix {
  std::vector<Function> functions{Function::add, Function::add, Function::read};
  std::vector<std::int64_t> deltas{1};
  std::vector<std::int64_t> firsts{0};  ///< values of create
  KeyFacts facts{.kind = KeyFacts::Kind::counter};
  std::size_t keys = 1;
  std::size_t processes = 3;
  std::size_t operations = 6;
  double unknown = 0.25;
  double blind = 0;
  double batches = 0;  ///< of adds, over all keys
  double creates = 0;  ///< of adds
  double wrong = 0.8;  ///< of histories: something goes wrong in them, perhaps unseen
  bool versions = false;
};

History make_counters(Random& random, const CounterMix& mix);

struct DrawMix {
  KeyFacts facts;
  std::size_t processes = 3;
  std::size_t operations = 6;
  std::int64_t count_max = 2;
  double unknown = 0.25;
  double wrong = 0.8;
};

/// next of a strict sequence; of a gapless one also reserve, confirm, release.
History make_draws(Random& random, const DrawMix& mix);

struct ItemMix {
  std::size_t tenants = 2;
  std::size_t ids = 4;
  std::size_t processes = 3;
  std::size_t operations = 6;
  bool says_new = false;
  double unknown = 0.25;
  double wrong = 0.8;
};

History make_items(Random& random, const ItemMix& mix);

/// The history, line by line, for a failed test's output.
std::string text_of(const History& history);

/// Prints the seed of a test; CHECK_SEED in the environment sets it.
std::uint64_t seed_of(std::string_view test);

/// Of samples that are measured: figures of random ones would pass a limit on some days only.
inline constexpr std::uint64_t fixed_seed = 1;

}  // namespace dcount::check
