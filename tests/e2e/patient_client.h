// What the crash tests share: clients that wait until a server is up again, and a seed that can be
// set to see the same crashes again.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "client/client.h"
#include "tests/e2e/live_server.h"

namespace dcount::test {

inline std::uint64_t crash_seed() {
  const char* chosen = std::getenv("DCOUNT_CRASH_SEED");
  const std::uint64_t seed =
      chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : std::random_device{}();
  std::printf("again with DCOUNT_CRASH_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

inline client::ClientOptions patient(const LiveServer& server) {
  client::ClientOptions options;
  options.endpoints = {{"127.0.0.1", server.port()}};
  options.retry_time = client::Duration(120'000);
  options.retries_max = 100'000;
  return options;
}

}  // namespace dcount::test
