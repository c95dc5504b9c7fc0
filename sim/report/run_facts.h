// What the runner knows about a run and the history does not: the report's second input.
//
// Thread-safety: values. Everything here is for people: what is empty is left out of the report.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dcount::report {

/// A process of the cluster under test. Faults and operations are drawn in its lane by its name.
struct ProcessFacts {
  enum class Role : std::uint8_t { server, member };
  std::string name;  ///< as in the history: the `node` of operations, the `target` of faults
  Role role = Role::server;
  std::string address;  ///< "127.0.0.1:4711"
};

/// A line "name: value", for people.
struct NamedText {
  std::string name;
  std::string text;
};

/// How many faults of a kind the scenario asked for; the history tells which took place.
struct PlannedFaults {
  std::string kind;
  std::uint64_t count = 0;
};

/// How often the scenario failed when it was run again.
struct ReproductionRate {
  std::uint32_t failed = 0;
  std::uint32_t runs = 0;
};

struct RunFacts {
  std::string scenario;       ///< its name: "kill-during-commit"
  std::string about;          ///< its story, in a sentence or two
  std::string scenario_text;  ///< the file, as it was run: every option, the derived ones too
  std::uint64_t seed = 0;
  std::string engine;                   ///< "rocksdb", "etcd", "memory"
  std::vector<ProcessFacts> processes;  ///< servers, then members, in the order of their lanes
  std::vector<NamedText> versions;      ///< "dcount", "etcd", "kernel" …
  std::string reproduce;                ///< one shell command that runs it again
  std::chrono::system_clock::time_point began;
  std::chrono::nanoseconds duration{0};  ///< 0: what the history says
  std::optional<ReproductionRate> reproduction;
  std::vector<NamedText> limits;  ///< "time" "30 s", "operations" "1,000,000" …
  std::vector<PlannedFaults> planned_faults;
  std::vector<std::string> logs;  ///< files beside the report, as paths from its folder
};

}  // namespace dcount::report
