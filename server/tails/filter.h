// Which records a subscriber wants to hear of.
//
// Thread-safety: a plain value.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "server/core/names.h"
#include "server/tails/change.h"

namespace dcount::tails {

/// Of counters: "*" (all), "collection/", "collection/id", or an id alone, in any collection.
/// Ranges are the first two. Of other kinds there is only all.
class Filter {
 public:
  static Filter everything(Kind kind);

  /// False: that is no key.
  static bool is_key(std::string_view key);
  static bool is_range(std::string_view key) { return key == "*" || key.ends_with('/'); }

  /// `key` must be one. False: it was there, or was not.
  bool add(std::string_view key) { return keys_.emplace(key).second; }
  bool remove(std::string_view key);

  bool matches(const Change& change) const;
  bool matches_counter(std::string_view collection, std::string_view id) const;

  Kind kind() const { return kind_; }
  /// Whether it can only be answered by walking over changes.
  bool has_ranges() const;
  const std::set<std::string, std::less<>>& keys() const { return keys_; }
  std::size_t size() const { return keys_.size(); }

 private:
  Kind kind_ = Kind::counter;
  std::set<std::string, std::less<>> keys_;
};

}  // namespace dcount::tails
