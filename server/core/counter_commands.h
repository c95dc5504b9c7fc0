// What can be asked of counters.
//
// Thread-safety: plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/core/precondition.h"

namespace dcount::core {

struct CounterId {
  std::string collection;
  std::string id;
};

enum class OnLimit { reject, saturate };

/// What becomes of the expiry when a call brings a ttl. A counter that the call creates gets it
/// in every mode.
enum class TtlMode {
  set,      ///< expires ttl after this call
  if_none,  ///< only a counter that would live for ever gets one
  keep,     ///< an existing counter keeps what it has
};

/// Inclusive; absent: as far as int64 goes.
struct Bounds {
  std::optional<std::int64_t> min;
  std::optional<std::int64_t> max;

  bool operator==(const Bounds&) const = default;
};

struct CreateCounter {
  CounterId counter;
  std::int64_t n = 0;
  Bounds bounds;
  OnLimit on_limit = OnLimit::reject;
  std::optional<std::int64_t> ttl_s;
  Precondition precondition;
};

struct Add {
  CounterId counter;
  std::int64_t n = 1;
  bool create = false;  ///< creates at 0 first, where there is none
  Bounds bounds;        ///< for this call, beside the counter's own: the narrower holds
  std::optional<OnLimit> on_limit;
  std::optional<std::int64_t> ttl_s;
  TtlMode ttl_mode = TtlMode::set;
  Precondition precondition;
};

struct Reset {
  CounterId counter;
  Precondition precondition;
};

struct Delete {
  CounterId counter;
  Precondition precondition;
};

struct ReadCounter {
  CounterId counter;
};

using CounterOp = std::variant<CreateCounter, Add, Reset, Delete, ReadCounter>;

/// All or nothing, in order; an op sees what those before it did.
struct CounterBatch {
  std::vector<CounterOp> ops;
};

/// Counters in the order of their keys.
struct ListCounters {
  std::string collection;  ///< empty: of all collections
  std::string after;       ///< "collection/id" of the last one already seen, or empty
  std::size_t limit = 100;
};

}  // namespace dcount::core
