// Randomness for keys and for jitter.
//
// Thread-safety: random_key from any thread; a Jitter is one thread's.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "client/clock.h"

namespace dcount::client {

/// 128 random bits as 32 hex digits: an Idempotency-Key that nobody else has.
std::string random_key();

/// What one may send as an Idempotency-Key: 1 to 255 visible ASCII characters.
bool is_valid_key(const std::string& key);

inline constexpr Duration retry_delay_min{25};
inline constexpr Duration retry_delay_max{1'000};

/// How long to wait before the next try: doubled each time, so that a server in trouble is left in
/// peace, and jittered, so that many clients do not come back together.
class Jitter {
 public:
  Jitter();
  explicit Jitter(std::uint64_t seed);
  /// After `failures` of them (from 1): between half and all of the doubled delay.
  Duration delay(std::size_t failures);

 private:
  std::minstd_rand random_;
};

}  // namespace dcount::client
