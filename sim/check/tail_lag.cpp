#include "sim/check/tail_lag.h"

#include <algorithm>
#include <cstdio>

namespace dcount::check {
namespace {

/// What each record has come to, of one subscriber.
class Progress {
 public:
  explicit Progress(std::size_t keys) : versions_(keys, none), of_(keys) {}
  void begin(std::uint32_t tail) { tail_ = tail + 1; }
  /// Sets it, and returns what it was.
  std::int64_t set(std::uint32_t key, std::int64_t version) {
    std::int64_t before = of_[key] == tail_ ? versions_[key] : none;
    versions_[key] = version;
    of_[key] = tail_;
    return before;
  }

 private:
  std::vector<std::int64_t> versions_;
  std::vector<std::uint32_t> of_;  ///< the subscriber that it was, + 1
  std::uint32_t tail_ = 0;
};

std::int64_t quantile(std::vector<std::int64_t>& lags, double share) {
  auto place = static_cast<std::size_t>(share * static_cast<double>(lags.size() - 1) + 0.5);
  std::nth_element(lags.begin(), lags.begin() + static_cast<std::ptrdiff_t>(place), lags.end());
  return lags[place];
}

}  // namespace

TailLag lag_of(const History& history, const std::vector<KnownStates>& states) {
  std::vector<std::int64_t> lags;
  Progress progress(history.keys.size());
  for (std::uint32_t tail = 0; tail < history.tails.size(); ++tail) {
    progress.begin(tail);
    for (const TailEvent& event : history.tails[tail].events) {
      if (event.is_bookmark() || !states[event.key].judged() || event.time == none) continue;
      const KnownStates& known = states[event.key];
      std::int64_t version = event.version != none ? event.version : known.version_of(event.value);
      if (version == none) continue;
      std::int64_t before = progress.set(event.key, version);
      if (before == none || before >= version) continue;
      std::uint32_t change = known.maker_behind(before);
      if (change == KnownStates::no_operation || change >= history.completed_ns.size()) continue;
      std::int64_t answered = history.completed_ns[change];
      if (answered == none || history.operations[change].version > version) continue;
      lags.push_back(std::max<std::int64_t>(event.time - answered, 0));
    }
  }
  if (lags.empty()) return {};
  return {.changes = lags.size(),
          .p50_ns = quantile(lags, 0.5),
          .p99_ns = quantile(lags, 0.99),
          .max_ns = *std::max_element(lags.begin(), lags.end())};
}

std::string duration_text(std::int64_t nanoseconds) {
  char text[32];
  auto ns = static_cast<double>(nanoseconds);
  if (ns < 1e9) {
    std::snprintf(text, sizeof text, "%.*f ms", ns < 1e8 ? 1 : 0, ns / 1e6);
  } else {
    std::snprintf(text, sizeof text, "%.1f s", ns / 1e9);
  }
  return text;
}

}  // namespace dcount::check
