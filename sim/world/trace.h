// What happened, a line each, in virtual time. Costs nothing when nobody wants it.
//
// Thread-safety: none; one world's.
#pragma once

#include <cstdio>
#include <string>

#include "sim/world/event_queue.h"

namespace dcount::world {

class Trace {
 public:
  Trace(bool wanted, const EventQueue& time) : wanted_(wanted), time_(time) {}

  /// `words` makes the line: called only when it is wanted.
  template <class Words>
  void note(Words words) {
    if (!wanted_) return;
    char stamp[32];
    const long long now = time_.now();
    std::snprintf(stamp, sizeof stamp, "%9lld.%03lld ms  ", now / 1000, now % 1000);
    text_.append(stamp).append(words()).push_back('\n');
  }

  bool wanted() const { return wanted_; }
  std::string take() { return std::move(text_); }

 private:
  const bool wanted_;
  const EventQueue& time_;
  std::string text_;
};

}  // namespace dcount::world
