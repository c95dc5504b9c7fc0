// What a running cluster leaves in its directory for those who look from outside: a JSON document,
// replaced as a whole.
//
// Thread-safety: plain values; the functions from any thread. One process writes.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "server/store/result.h"
#include "sim/local_cluster.h"
#include "sim/process_identity.h"

namespace dcount::sim {

struct ClusterState {
  struct Part {
    std::string name;
    bool is_server = false;
    ProcessIdentity process;  ///< the last one it had
    std::string url;
    std::string log;
    std::string directory;
  };

  ProcessIdentity supervisor;  ///< the process that all the others are children of
  std::string directory;
  std::vector<Part> parts;

  /// For --server: the URLs of all servers.
  std::string server_urls() const;
  const Part* find(const std::string& name) const;
  std::size_t servers() const;
  std::size_t etcd_members() const { return parts.size() - servers(); }
};

/// As it is now. `before` keeps the identities of those that have ended.
ClusterState state_of(const LocalCluster& cluster, const std::filesystem::path& directory,
                      const ClusterState& before = {});

/// Replaces the file: a reader sees the old or the new one.
Result<void> write_state(const ClusterState& state);
/// What the last `up` in this directory has written; nothing when there is none.
std::optional<ClusterState> read_state(const std::filesystem::path& directory);

nlohmann::ordered_json to_json(const ClusterState& state);

}  // namespace dcount::sim
