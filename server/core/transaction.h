// One decision in the making: notes every key it looks at, sees its own writes, and can take back
// all it wrote but the deletion of what had expired.
//
// Thread-safety: none; lives inside one call of decide.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/counter.h"
#include "server/core/decide.h"

namespace dcount::core {

class Transaction {
 public:
  Transaction(const View& view, Now now) : view_(view), now_(now) {}

  Now now() const { return now_; }
  const View& view() const { return view_; }
  const State& state() const { return view_.state(); }

  /// The value as this decision sees it. The view lasts until the next call.
  std::optional<std::string_view> get(const std::string& key);

  /// The revision of its last committed change; 0: absent.
  Revision revision(const std::string& key) { return touch(key).revision; }

  /// The counter under `key`, tombstones included. An expired one is deleted first, by a write of
  /// its own that stays even if the decision turns into a refusal. nullopt: there never was one.
  std::optional<Counter> counter(const std::string& key);

  void put(const std::string& key, std::string value) { write(key, std::move(value)); }
  void erase(const std::string& key) { write(key, std::nullopt); }

  /// What this server holds of a cached sequence when this is decided.
  void hold(std::string sequence, const Lease& lease) {
    lease_ = HeldLease{std::move(sequence), lease};
  }

  /// Notes that all of [begin, end) was looked at in committed state.
  void looked_at_range(std::string begin, std::string end);

  /// Takes back every write but those that delete expired counters.
  void roll_back();

  Decision finish(Outcome outcome) &&;

 private:
  struct Touched {
    std::string key;
    Revision revision = 0;  ///< as seen, committed
    std::optional<std::string> value;
    bool written = false;
    std::optional<std::string> expiry;  ///< the tombstone, when what was there had expired
  };

  Touched& touch(const std::string& key);
  void write(const std::string& key, std::optional<std::string> value);

  const View& view_;
  Now now_;
  std::vector<Touched> touched_;
  boost::unordered_flat_map<std::string, std::size_t> index_;  ///< only for long ones, see touch
  std::vector<RangeRead> range_reads_;
  std::optional<HeldLease> lease_;
};

}  // namespace dcount::core
