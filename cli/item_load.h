// `dcount item add` of JSON lines: any number of them, in chunks, on from where the last run
// stopped.
//
// Thread-safety: the main thread; requests wait for their answers on threads of their own.
#pragma once

#include <cstddef>
#include <string>

#include "cli/command.h"
#include "client/item.h"

namespace dcount::cli {

struct ItemLoadOptions {
  std::string tenant;      ///< of lines without one; empty: each has its own
  std::string from = "-";  ///< a file, or standard input
  std::string state;       ///< a file that remembers how far it got; empty: none
  std::size_t chunk = client::items_max;

  bool operator==(const ItemLoadOptions&) const = default;
};

/// Sends all lines, a chunk after the other. What is wrong with a line ends it before the line's
/// chunk is sent; what failed, or Ctrl-C, after those that are under way. Both say what was added
/// and how to go on.
ExitCode run_item_load(const ItemLoadOptions& options, Context& context);

}  // namespace dcount::cli
