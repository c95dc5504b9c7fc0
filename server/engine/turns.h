// Whose turn it is at keys that several servers want. Who is nearer to the store would always be
// first, and never learn that others want the key, too: so who has lost it three times in a row
// asks for it, by a small entry beside its batch ("wanted/<slot>"), which every server hears on the
// feed. A server that wins a key others have asked for then leaves it alone until one of them has
// had it. Nothing depends on it but who waits how long.
//
// Thread-safety: none; the sequencer's.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/entry.h"
#include "server/core/fields.h"
#include "server/core/names.h"
#include "server/store/store.h"

namespace dcount::engine {

class Turns {
 public:
  enum class Rest {
    none,
    moment,       ///< we had lost it before: others may be near
    until_other,  ///< others have asked for it: until one of them has changed it
  };

  /// A command that writes met a newer `key`.
  void lost(const std::string& key) {
    if (losses_.size() > keys_max) losses_.clear();
    if (++losses_[key] >= losses_before_asking) asks_.insert(key);
  }

  /// What to write beside the batch with this mark, so that others hear of it.
  std::vector<Write> take_asks(const store::Mark& mark) {
    std::vector<Write> writes;
    boost::unordered_flat_set<std::size_t> slots;
    for (const std::string& key : asks_) {
      const std::size_t slot = std::hash<std::string>{}(key) % slots_max;
      if (!slots.insert(slot).second) continue;  // it will lose again, and ask again
      writes.push_back({std::string(core::wanted_prefix) + std::to_string(slot),
                        core::FieldWriter().add("by", name_of(mark)).add("key", key).take()});
      if (writes.size() == asks_max) break;
    }
    asks_.clear();
    if (own_.size() > keys_max) own_.clear();  // of lost batches we never hear
    if (!writes.empty()) own_.insert(name_of(mark));
    return writes;
  }

  /// A command of ours has changed `key`, at this revision.
  Rest won(const std::string& key, Revision revision) {
    const bool had_lost = !losses_.empty() && losses_.erase(key) > 0;
    if (!wanted_.empty() && wanted_.erase(key) > 0) {
      if (left_.size() > keys_max) left_.clear();  // those that nobody takes
      left_[key] = revision;
      return Rest::until_other;
    }
    return had_lost ? Rest::moment : Rest::none;
  }

  /// What the feed brings. True: a key that was left to others has been changed by one of them.
  bool heard(const Entry& entry) {
    if (entry.key.starts_with(core::wanted_prefix)) {
      if (entry.value) take_in(*entry.value);
      return false;
    }
    if (left_.empty()) return false;
    const auto at = left_.find(entry.key);
    if (at == left_.end() || entry.revision <= at->second) return false;
    left_.erase(at);
    return true;
  }

 private:
  static constexpr int losses_before_asking = 3;
  static constexpr std::size_t slots_max = 64;  ///< such entries there are at most, in all
  static constexpr std::size_t asks_max = 4;    ///< with one batch
  static constexpr std::size_t keys_max = 10'000;

  static std::string name_of(const store::Mark& mark) {
    return std::to_string(mark.incarnation) + "." + std::to_string(mark.batch);
  }

  void take_in(std::string_view ask) {
    std::string by, key;
    core::FieldReader reader(ask);
    while (const auto field = reader.next()) {
      if (field->name == "by") by = field->word;
      if (field->name == "key") key = field->word;
    }
    if (own_.erase(by) > 0 || key.empty()) return;
    if (wanted_.size() > keys_max) wanted_.clear();
    wanted_.insert(std::move(key));
  }

  boost::unordered_flat_map<std::string, int> losses_;  ///< in a row
  boost::unordered_flat_set<std::string> asks_;         ///< to be told
  boost::unordered_flat_set<std::string> own_;          ///< told, and not heard yet
  boost::unordered_flat_set<std::string> wanted_;       ///< by others
  boost::unordered_flat_map<std::string, Revision>
      left_;  ///< to others, and what we had made of it
};

}  // namespace dcount::engine
