// The operations of one key, as every judge is given them.
//
// Thread-safety: values; they point into a History, which has to outlive them.
#pragma once

#include <span>

#include "sim/check/history.h"
#include "sim/check/verdict.h"

namespace dcount::check {

struct KeyView {
  const History& history;
  std::uint32_t key = 0;
  std::span<const std::uint32_t> operations;  ///< places in History::operations, by `invoked`

  const Operation& at(std::uint32_t operation) const { return history.operations[operation]; }
  const KeyFacts& facts() const { return history.facts[key]; }
  const std::string& name() const { return history.keys[key]; }
};

/// Every key's operations; the spans of views() point into it.
class KeyViews {
 public:
  explicit KeyViews(const History& history);
  std::size_t size() const { return begins_.size() - 1; }
  KeyView operator[](std::uint32_t key) const {
    return {history_, key,
            std::span(operations_).subspan(begins_[key], begins_[key + 1] - begins_[key])};
  }

 private:
  const History& history_;
  std::vector<std::uint32_t> operations_;
  std::vector<std::uint32_t> begins_;
};

/// Answered, or a refusal that says what it saw: what a judge can hold somebody to.
inline bool saw_something(const Operation& operation) {
  return operation.outcome == Outcome::ok || operation.refused;
}

}  // namespace dcount::check
