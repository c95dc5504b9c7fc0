// Runs worlds from the command line, without `dcount`: for the test of two processes, and for
// trying.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "sim/world/world_runs.h"

int main(int argc, char** argv) {
  using namespace dcount::world;
  WorldOptions options;
  bool only_trace = false;
  for (int i = 1; i < argc; ++i) {
    const auto is = [&](const char* name) { return std::strcmp(argv[i], name) == 0; };
    if (is("--seed")) options.seed = std::strtoull(argv[++i], nullptr, 10);
    if (is("--runs")) options.runs = std::strtoull(argv[++i], nullptr, 10);
    if (is("--threads")) options.threads = std::strtoull(argv[++i], nullptr, 10);
    if (is("--operations")) options.operations = std::strtoull(argv[++i], nullptr, 10);
    if (is("--keep")) options.keep = argv[++i];
    if (is("--shrink-runs")) options.shrink_runs_max = std::strtoull(argv[++i], nullptr, 10);
    if (is("--trace")) options.trace = true;
    if (is("--only-trace")) only_trace = true;
    if (is("--go-on")) options.go_on = true;
    if (is("--no-fence")) options.bugs.no_fence = true;
    if (is("--no-sync")) options.bugs.no_sync = true;
    if (is("--no-keys")) options.bugs.forgets_keys = true;
    if (is("--stale")) options.bugs.stale_reads = true;
    if (is("--no-guards")) {
      options.tamper = [](dcount::store::Batch& batch) {
        // Not of sequences: they would become what no server reads, and it aborts.
        for (auto& group : batch.groups) {
          const bool counters = std::ranges::all_of(group.writes, [](const auto& write) {
            return write.key.starts_with("counter/") || write.key.starts_with("idem/");
          });
          if (counters) group.guards.clear();
        }
      };
    }
    if (is("--engine")) {
      ++i;
      options.engine = is("rocks") ? Engine::rocks : is("etcd") ? Engine::etcd : Engine::mixed;
    }
  }
  const WorldReport report = run_worlds(options);
  std::fputs(report.trace.c_str(), stdout);
  if (only_trace) return 0;
  if (report.first_failure) std::fputs(report.first_failure->trace.c_str(), stdout);
  std::fputs(to_text(report).c_str(), stdout);
  return exit_code(report);
}
