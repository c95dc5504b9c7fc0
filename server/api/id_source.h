// Ids for counters that are created without one: 24 hex digits of time, process and count, unique
// without coordination and rising in time.
//
// Thread-safety: next from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>

namespace dcount::api {

class IdSource {
 public:
  /// Seconds since 1970, a number drawn at random for this process, a count: 8 digits each.
  std::string next() {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
                             std::chrono::system_clock::now().time_since_epoch())
                             .count();
    char id[25];
    std::snprintf(id, sizeof id, "%08x%08x%08x", static_cast<unsigned>(seconds), process_,
                  count_.fetch_add(1, std::memory_order_relaxed));
    return id;
  }

 private:
  const std::uint32_t process_ = std::random_device{}();
  std::atomic<std::uint32_t> count_{std::random_device{}()};
};

}  // namespace dcount::api
