#include "client/random.h"

#include <algorithm>
#include <array>

namespace dcount::client {

std::string random_key() {
  static constexpr char hex[] = "0123456789abcdef";
  // libstdc++'s reads the CPU's generator or getrandom: unpredictable, without state to share.
  std::random_device device;
  std::string key;
  for (int word = 0; word < 4; ++word) {
    std::uint32_t bits = device();
    for (int digit = 0; digit < 8; ++digit, bits >>= 4) key += hex[bits & 15];
  }
  return key;
}

bool is_valid_key(const std::string& key) {
  return !key.empty() && key.size() <= 255 &&
         std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 127; });
}

Jitter::Jitter() : Jitter(std::random_device{}()) {}

Jitter::Jitter(std::uint64_t seed)
    : random_(static_cast<std::minstd_rand::result_type>(seed % 2147483646 + 1)) {}

Duration Jitter::delay(std::size_t failures) {
  std::size_t doublings = std::min<std::size_t>(failures > 0 ? failures - 1 : 0, 10);
  auto full = std::min(retry_delay_max, retry_delay_min * (1 << doublings));
  std::uniform_int_distribution<Duration::rep> between(full.count() / 2, full.count());
  return Duration(between(random_));
}

}  // namespace dcount::client
