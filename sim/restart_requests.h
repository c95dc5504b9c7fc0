// How another process asks the one that runs a cluster to start a part of it again: an empty file
// that bears the part's name, removed when it is done.
//
// Thread-safety: one thread for each object; any number of processes.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "server/store/result.h"

namespace dcount::sim {

class RestartRequests {
 public:
  /// In the cluster's directory.
  explicit RestartRequests(const std::filesystem::path& directory)
      : directory_(directory / "restart") {}

  /// Asks, and waits for the answer. Error: what answer() was given, or no answer within the time.
  Result<void> ask(const std::string& name, std::chrono::milliseconds at_most) const;

  /// The names asked for and not answered.
  std::vector<std::string> open() const;
  /// `error` "": it is done.
  void answer(const std::string& name, const std::string& error) const;
  /// Forgets what nobody answered when the cluster last ran.
  void clear() const;

 private:
  std::filesystem::path directory_;
};

}  // namespace dcount::sim
