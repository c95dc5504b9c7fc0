// `dcount cluster up`: starts a cluster and watches over it, here or in the background.
//
// Thread-safety: the main thread.
#pragma once

#include <optional>

#include "cli/command.h"

namespace dcount::cli {

inline constexpr std::size_t cluster_parts_max = 9;  ///< of a kind

struct ClusterUpOptions {
  std::string directory;
  std::optional<std::size_t> servers;  ///< nothing: as many as last time, or 3
  std::optional<std::size_t> etcd;     ///< the same
  bool detach = false;
};

ExitCode cluster_up(const ClusterUpOptions& options, Context& context);

}  // namespace dcount::cli
