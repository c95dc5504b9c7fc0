// How far a tail has got, kept in a file, so that the next one goes on there: at any server, since
// all of them count the same revisions.
//
// Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/error.h"

namespace dcount::cli {

struct TailState {
  std::vector<std::string> what;  ///< "views/home", "views/", "home"; sorted; empty: everything
  std::int64_t revision = 0;      ///< up to and with it all was written out
};

/// nullopt: there is no such file. Error: it cannot be read, or holds something else.
client::Result<std::optional<TailState>> read_tail_state(const std::string& file);

/// Whoever reads the file finds this state or one before, also after a power failure. False: errno
/// says why.
[[nodiscard]] bool write_tail_state(const std::string& file, const TailState& state);

/// Whether write_tail_state could, now: better told before a long tail than after it. False: errno
/// says why.
[[nodiscard]] bool can_write_tail_state(const std::string& file);

}  // namespace dcount::cli
