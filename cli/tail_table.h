// What a tail has told so far, counter by counter: the value, how it changed last, how fast it
// changes.
//
// Thread-safety: none.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "cli/tail_record.h"
#include "client/clock.h"

namespace dcount::cli {

/// Beyond it, the counter that changed longest ago is forgotten.
inline constexpr std::size_t tail_rows_max = 100'000;

/// How much a value changed in the last few seconds.
class TailRate {
 public:
  static constexpr std::size_t window_s = 10;

  /// `more` may be negative. Times do not go back.
  void add(double more, client::TimePoint now);
  /// Per second, over the window or the time since `start` when that is shorter (but a second at
  /// least).
  double per_second(client::TimePoint start, client::TimePoint now) const;

 private:
  static std::int64_t second_of(client::TimePoint time);

  std::array<double, window_s> seconds_{};  ///< by second modulo window_s
  std::int64_t newest_ = 0;                 ///< the second that was added to last
};

struct TailRow {
  std::string_view counter;
  std::optional<std::int64_t> n;       ///< nothing: deleted
  std::optional<std::int64_t> before;  ///< the value it had before; nothing: not known
  std::int64_t revision = 0;
  client::TimePoint first{};  ///< when it was first told
  client::TimePoint last{};
  TailRate rate;
};

class TailTable {
 public:
  explicit TailTable(std::size_t rows_max = tail_rows_max) : rows_max_(rows_max) {}
  TailTable(const TailTable&) = delete;
  TailTable& operator=(const TailTable&) = delete;

  using Rows = std::list<TailRow>;
  using Names = std::map<std::string, Rows::iterator, std::less<>>;

  /// REQUIRES: it is no bookmark.
  void take(const TailRecord& record, client::TimePoint now);
  void clear();

  /// The one that changed last comes first.
  const Rows& by_change() const { return rows_; }
  const Names& by_name() const { return names_; }
  std::size_t size() const { return names_.size(); }
  /// Not in it for want of room.
  std::uint64_t forgotten() const { return forgotten_; }

 private:
  std::size_t rows_max_;
  Rows rows_;
  Names names_;
  std::uint64_t forgotten_ = 0;
};

}  // namespace dcount::cli
