// The blocks of cached sequences that this server may hand out from memory. All that is here is
// durable or, while a batch is under way, will be if that batch gets in: what a batch that does not
// get in has taken is put back.
//
// Thread-safety: none; the sequencer's.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <optional>
#include <string>

#include "server/core/decide.h"

namespace dcount::engine {

class Leases {
 public:
  std::optional<core::Lease> of(const std::string& sequence) const {
    const auto at = held_.find(sequence);
    return at == held_.end() ? std::nullopt : std::optional(at->second);
  }

  /// What is held from now on, as a decision says.
  void hold(const core::HeldLease& held) { held_[held.sequence] = held.lease; }

  void forget(const std::string& sequence) { held_.erase(sequence); }
  void clear() { held_.clear(); }

  /// A batch begins to form.
  void begin_batch() { handed_out_.clear(); }

  /// A draw was answered without the batch, which has `commands` at this moment.
  void handed_out(const std::string& sequence, std::size_t commands) {
    handed_out_[sequence] = commands;
  }

  /// The draw, the batch's command number `command`, is to be decided again: what is held is as it
  /// was before it, unless some of that was handed out since. From a batch's last command back to
  /// its first. (All draws from one sequence share its head, and so they get in together or not.)
  void take_back(const core::Draw& draw, std::size_t command) {
    const auto at = handed_out_.find(draw.name);
    if (at != handed_out_.end() && command < at->second) return;
    if (draw.lease)
      held_[draw.name] = *draw.lease;
    else
      held_.erase(draw.name);
  }

  /// Takes one out that has numbers left; nullopt: there is none.
  std::optional<core::HeldLease> take_one() {
    while (!held_.empty()) {
      const auto at = held_.begin();
      core::HeldLease held{at->first, at->second};
      held_.erase(at);
      if (held.lease.left > 0) return held;
    }
    return std::nullopt;
  }

 private:
  boost::unordered_flat_map<std::string, core::Lease> held_;
  boost::unordered_flat_map<std::string, std::size_t> handed_out_;
};

}  // namespace dcount::engine
