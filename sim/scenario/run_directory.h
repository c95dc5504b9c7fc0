// Where runs are kept: <root>/<scenario>/<time>-<seed>/, newest last, with `latest` links in
// <root>/<scenario> and in <root>.
//
// Thread-safety: any thread; making runs of one scenario by one process at a time.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "server/store/result.h"
#include "sim/scenario/fields.h"

namespace dcount::sim {

inline constexpr const char* runs_root_default = ".dcount/runs";

/// Makes a directory for a run that begins now, and lets the `latest` links point to it.
Result<std::filesystem::path> make_run_directory(const std::filesystem::path& root,
                                                 const std::string& scenario, std::uint64_t seed);

/// A run that was made, as its verdict tells it.
struct PastRun {
  std::filesystem::path directory;
  std::string scenario;
  std::string time;
  std::string verdict;  ///< "": it has none, it was ended before
  Json document;        ///< verdict.json; null without one
};

/// All of them, the oldest first.
std::vector<PastRun> past_runs(const std::filesystem::path& root);

/// What a user means: a directory, a scenario (its latest run), a part of a run's path that names
/// one; "" or "latest": the latest of all. Error: nothing is called so.
Result<PastRun> find_run(const std::filesystem::path& root, const std::string& name);

}  // namespace dcount::sim
