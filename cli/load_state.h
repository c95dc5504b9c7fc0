// How far a load of items has got, kept in a file, so that the next run goes on there.
//
// Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/line_reader.h"
#include "client/error.h"

namespace dcount::cli {

struct LoadState {
  // Which load it is.
  std::string server;  ///< as --server has it
  std::string tenant;  ///< of lines without one
  std::string key;     ///< what every chunk's idempotency key begins with

  // How far it has got.
  InputPosition acknowledged;  ///< up to here all is in
  std::uint64_t items = 0;
  std::uint64_t added = 0;  ///< those that were new
  bool done = false;        ///< the input ended there
};

/// nullopt: there is no such file. Error: it cannot be read, or holds something else.
client::Result<std::optional<LoadState>> read_load_state(const std::string& file);

/// Whoever reads the file finds this state or the one before, also after a power failure. False:
/// errno says why.
[[nodiscard]] bool write_load_state(const std::string& file, const LoadState& state);

}  // namespace dcount::cli
