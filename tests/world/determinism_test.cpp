// The same seed is the same run, byte for byte.
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string>

#include "sim/world/world_runs.h"
#include "tests/world/fresh_seed.h"

namespace dcount::world {
namespace {

std::string trace_of(std::uint64_t seed, Engine engine) {
  WorldOptions options;
  options.seed = seed;
  options.engine = engine;
  options.trace = true;
  options.shrink = false;
  options.threads = 1;
  return run_worlds(options).trace;
}

/// What another process, with other addresses and another environment, prints.
std::string trace_elsewhere(std::uint64_t seed, const std::string& environment) {
  const std::string command = environment +
                              " " WORLD_MAIN " --trace --runs 1 --engine etcd --seed " +
                              std::to_string(seed) + " --only-trace";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"),
                                                             ::pclose);
  std::string text;
  char piece[4096];
  while (const std::size_t size = std::fread(piece, 1, sizeof piece, pipe.get())) {
    text.append(piece, size);
  }
  return text;
}

TEST(Determinism, TheSameSeedIsTheSameRun) {
  const std::uint64_t first = fresh_seed();
  std::printf("seeds from %llu\n", static_cast<unsigned long long>(first));
  for (std::uint64_t seed = first; seed < first + 20; ++seed) {
    const std::string trace = trace_of(seed, Engine::etcd);
    ASSERT_GT(trace.size(), 10'000u);
    ASSERT_EQ(trace, trace_of(seed, Engine::etcd)) << "seed " << seed;
  }
}

TEST(Determinism, OtherSeedsAreOtherRuns) {
  EXPECT_NE(trace_of(1, Engine::etcd), trace_of(2, Engine::etcd));
}

TEST(Determinism, OverADiskTheSameSeedIsTheSameRun) {
  const std::uint64_t first = fresh_seed();
  std::printf("seeds from %llu\n", static_cast<unsigned long long>(first));
  for (std::uint64_t seed = first; seed < first + 10; ++seed) {
    ASSERT_EQ(trace_of(seed, Engine::rocks), trace_of(seed, Engine::rocks)) << "seed " << seed;
  }
}

TEST(Determinism, AnotherProcessRunsTheSame) {
  const std::uint64_t first = fresh_seed();
  std::printf("seeds from %llu\n", static_cast<unsigned long long>(first));
  for (std::uint64_t seed = first; seed < first + 4; ++seed) {
    const std::string trace = trace_of(seed, Engine::etcd);
    ASSERT_EQ(trace, trace_elsewhere(seed, "env -i")) << "seed " << seed;
    ASSERT_EQ(trace, trace_elsewhere(seed, "env LC_ALL=C.UTF-8 MALLOC_PERTURB_=165"))
        << "seed " << seed;
  }
}

TEST(Determinism, TheNumberOfThreadsChangesNothingButTheTime) {
  WorldOptions options;
  options.seed = fresh_seed();
  options.runs = 20;
  options.go_on = true;
  options.shrink = false;
  options.threads = 1;
  const WorldReport one = run_worlds(options);
  options.threads = 4;
  const WorldReport four = run_worlds(options);
  EXPECT_EQ(one.operations_ok, four.operations_ok);
  EXPECT_EQ(one.verdicts, four.verdicts);
  EXPECT_DOUBLE_EQ(one.virtual_seconds, four.virtual_seconds);
}

}  // namespace
}  // namespace dcount::world
