// A seed that no run of the tests had before, or the one that is asked for.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>

namespace dcount::world {

/// DCOUNT_WORLD_SEED says which; printed by who uses it.
inline std::uint64_t fresh_seed() {
  if (const char* chosen = std::getenv("DCOUNT_WORLD_SEED")) {
    return std::strtoull(chosen, nullptr, 10);
  }
  std::random_device random;
  return (std::uint64_t{random()} << 16) & 0xffff'ffff'0000;
}

}  // namespace dcount::world
