// Which keys housekeeping has to look at, and when. Keys that are never due are not in it.
//
// Thread-safety: none; one thread's at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/command.h"

namespace dcount::core {

class DueIndex {
 public:
  /// Moves a key from one time to another; 0 is never.
  void move(std::string_view key, std::int64_t from_ms, std::int64_t to_ms) {
    if (from_ms == to_ms) return;
    if (from_ms != 0) due_.erase({from_ms, std::string(key)});
    if (to_ms != 0) due_.emplace(to_ms, key);
  }

  /// Calls visit(key) for those whose time has come, the longest due first, until it returns false.
  template <class Visit>
  void scan_due(Now now, Visit visit) const {
    for (const auto& [due_ms, key] : due_) {
      if (due_ms > now.unix_ms || !visit(key)) return;
    }
  }

  /// Up to `limit` of them.
  std::vector<std::string> due(Now now, std::size_t limit) const {
    std::vector<std::string> keys;
    scan_due(now, [&](const std::string& key) {
      if (keys.size() < limit) keys.push_back(key);
      return keys.size() < limit;
    });
    return keys;
  }

  /// The same, whether or not their time has come.
  std::vector<std::string> first(std::size_t limit) const {
    return due({std::numeric_limits<std::int64_t>::max()}, limit);
  }

  bool empty() const { return due_.empty(); }
  std::size_t size() const { return due_.size(); }

 private:
  std::set<std::pair<std::int64_t, std::string>> due_;
};

}  // namespace dcount::core
