#include "cli/tail_table.h"

#include <algorithm>
#include <iterator>

namespace dcount::cli {

std::int64_t TailRate::second_of(client::TimePoint time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

void TailRate::add(double more, client::TimePoint now) {
  const std::int64_t second = second_of(now);
  const auto passed = static_cast<std::size_t>(
      std::clamp<std::int64_t>(second - newest_, 0, static_cast<std::int64_t>(window_s)));
  for (std::size_t i = 0; i < passed; ++i) {
    seconds_[static_cast<std::size_t>(second - static_cast<std::int64_t>(i)) % window_s] = 0;
  }
  newest_ = std::max(newest_, second);
  seconds_[static_cast<std::size_t>(newest_) % window_s] += more;
}

double TailRate::per_second(client::TimePoint start, client::TimePoint now) const {
  const std::int64_t second = second_of(now);
  double sum = 0;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(window_s); ++i) {
    if (newest_ - i > second - static_cast<std::int64_t>(window_s)) {
      sum += seconds_[static_cast<std::size_t>(newest_ - i) % window_s];
    }
  }
  const double age = std::chrono::duration<double>(now - start).count();
  return sum / std::clamp(age, 1.0, static_cast<double>(window_s));
}

void TailTable::take(const TailRecord& record, client::TimePoint now) {
  auto [name, fresh] = names_.try_emplace(record.counter);
  if (fresh) {
    name->second = rows_.insert(rows_.begin(), TailRow{.counter = name->first, .first = now});
  } else {
    rows_.splice(rows_.begin(), rows_, name->second);
  }
  TailRow& row = rows_.front();
  row.before = row.n;
  row.n = record.n;
  row.revision = record.revision;
  row.last = now;
  if (row.before && row.n) {
    row.rate.add(static_cast<double>(*row.n) - static_cast<double>(*row.before), now);
  }
  if (rows_.size() > rows_max_) {
    names_.erase(names_.find(rows_.back().counter));
    rows_.pop_back();
    ++forgotten_;
  }
}

void TailTable::clear() {
  names_.clear();
  rows_.clear();
  forgotten_ = 0;
}

}  // namespace dcount::cli
