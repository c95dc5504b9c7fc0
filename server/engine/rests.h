// Keys that are left alone for a moment: to other servers after we have won them, or until the feed
// brings what a conflict has told of. Commands that look at one wait, and those that share keys
// with them.
//
// Thread-safety: none; the sequencer's.
#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <span>
#include <string>

#include "server/core/entry.h"

namespace dcount::engine {

class Rests {
 public:
  void leave(const std::string& key, std::int64_t until_ms) { until_ms_[key] = until_ms; }

  /// Until the feed has brought `key` as of this revision; till then at most.
  void await(const std::string& key, Revision revision, std::int64_t until_ms) {
    until_ms_[key] = until_ms;
    awaited_[key] = revision;
  }

  /// True when one of these rests; then all of them do, as long, so that no command overtakes
  /// another on any key.
  bool spread(std::span<const Read> reads, std::int64_t now_ms) {
    if (until_ms_.empty()) return false;
    std::int64_t until_ms = 0;
    for (const Read& read : reads) {
      const auto at = until_ms_.find(read.key);
      if (at != until_ms_.end()) until_ms = std::max(until_ms, at->second);
    }
    if (until_ms <= now_ms) return false;
    for (const Read& read : reads) until_ms_[read.key] = until_ms;
    return true;
  }

  void end(const std::string& key) { until_ms_.erase(key); }

  /// What the feed brings. True: it was awaited, and rests no longer.
  bool heard(const Entry& entry) {
    if (awaited_.empty()) return false;
    const auto at = awaited_.find(entry.key);
    if (at == awaited_.end() || entry.revision < at->second) return false;
    awaited_.erase(at);
    until_ms_.erase(entry.key);
    if (awaited_.empty()) until_ms_.clear();  // with it what had to rest because of it
    return true;
  }

  void forget_past(std::int64_t now_ms) {
    erase_if(until_ms_, [&](const auto& rest) { return rest.second <= now_ms; });
  }

  void clear() {
    until_ms_.clear();
    awaited_.clear();
  }

 private:
  boost::unordered_flat_map<std::string, std::int64_t> until_ms_;
  boost::unordered_flat_map<std::string, Revision> awaited_;  // resting till then
};

}  // namespace dcount::engine
