#include "sim/scenario/run_directory.h"

#include <algorithm>
#include <ctime>
#include <fstream>

namespace dcount::sim {
namespace {

namespace fs = std::filesystem;

Error error(std::string message) { return Error{Certainty::definite, std::move(message)}; }

/// "20261122-140221"
std::string time_text(std::time_t now) {
  std::tm parts{};
  char text[32];
  gmtime_r(&now, &parts);
  return {text, std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", &parts)};
}

void point(const fs::path& link, const fs::path& to) {
  std::error_code ignored;
  const fs::path fresh = link.string() + ".new";
  fs::remove(fresh, ignored);
  fs::create_directory_symlink(to, fresh, ignored);
  fs::rename(fresh, link, ignored);
}

PastRun read_run(const fs::path& directory) {
  PastRun run;
  run.directory = directory;
  run.scenario = directory.parent_path().filename();
  run.time = directory.filename();
  std::ifstream file(directory / "verdict.json");
  if (file) run.document = Json::parse(file, nullptr, false);
  if (run.document.is_object()) run.verdict = run.document.value("verdict", "");
  return run;
}

}  // namespace

Result<fs::path> make_run_directory(const fs::path& root, const std::string& scenario,
                                    std::uint64_t seed) {
  const std::string name = time_text(std::time(nullptr)) + "-" + std::to_string(seed);
  std::error_code failed;
  fs::create_directories(root / scenario, failed);
  fs::path directory = root / scenario / name;
  // The same seed twice in a second: a run of its own all the same.
  for (int again = 2; !failed && !fs::create_directory(directory, failed) && !failed; ++again) {
    directory = root / scenario / (name + "-" + std::to_string(again));
  }
  if (failed) return error("cannot make " + directory.string() + ": " + failed.message());
  point(root / scenario / "latest", directory.filename());
  point(root / "latest", fs::path(scenario) / directory.filename());
  return directory;
}

std::vector<PastRun> past_runs(const fs::path& root) {
  std::vector<PastRun> runs;
  std::error_code ignored;
  for (const auto& scenario : fs::directory_iterator(root, ignored)) {
    if (scenario.is_symlink() || !scenario.is_directory()) continue;
    for (const auto& run : fs::directory_iterator(scenario.path(), ignored)) {
      if (!run.is_symlink() && run.is_directory()) runs.push_back(read_run(run.path()));
    }
  }
  std::sort(runs.begin(), runs.end(), [](const PastRun& a, const PastRun& b) {
    return std::tie(a.time, a.scenario) < std::tie(b.time, b.scenario);
  });
  return runs;
}

Result<PastRun> find_run(const fs::path& root, const std::string& name) {
  if (fs::exists(fs::path(name) / "history.jsonl") && !name.empty()) {
    return read_run(fs::weakly_canonical(name));
  }
  std::error_code none;
  const fs::path latest = fs::canonical(root / "latest", none);
  if (!none && (name.empty() || name == "latest")) return read_run(latest);
  for (auto runs = past_runs(root); !runs.empty(); runs.pop_back()) {
    PastRun& run = runs.back();
    const bool means = name.empty() || name == "latest" || run.scenario == name ||
                       run.directory.string().find(name) != std::string::npos;
    if (means) return std::move(run);
  }
  return error(name.empty() ? "there are no runs in " + root.string()
                            : "no run is called '" + name + "'; see 'dcount sim list'");
}

}  // namespace dcount::sim
