// A real `dcount mirror`: a process of its own that can be killed and goes on in its file.
//
// Thread-safety: one thread. The process ends with the object, and with this process.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/store/result.h"
#include "sim/process.h"

namespace dcount::sim {

struct MirrorSettings {
  std::string name;                 ///< in the journal: "mirror-1"
  std::string server_url;           ///< "http://127.0.0.1:4711"
  std::string collection;           ///< "cnt1"; empty: all counters
  std::filesystem::path directory;  ///< for its file and its log
  std::filesystem::path program;    ///< dcount; empty: this program itself
};

/// A row of its table.
struct MirrorRow {
  std::string key;                    ///< "collection/id"
  std::int64_t revision = 0;          ///< updated_at
  std::optional<std::int64_t> value;  ///< nothing: deleted
};

class MirrorProcess {
 public:
  explicit MirrorProcess(MirrorSettings settings) : settings_(std::move(settings)) {}

  /// Runs it, if it does not run. Error: it cannot be run.
  Result<void> launch();
  bool running() const { return process_ && process_->running(); }
  /// nullptr before the first launch.
  const Process* process() const { return process_ ? &*process_ : nullptr; }

  /// What its table has now, by its own connection to the file. Error: there is none yet, or SQLite
  /// fails.
  Result<std::vector<MirrorRow>> read_table() const;

  const std::string& name() const { return settings_.name; }
  std::filesystem::path log() const { return settings_.directory / (name() + ".log"); }
  /// What a journal calls its keys.
  std::vector<std::string> selection() const {
    return {settings_.collection.empty() ? "*" : settings_.collection + "/"};
  }

 private:
  std::filesystem::path file() const { return settings_.directory / (name() + ".sqlite"); }

  MirrorSettings settings_;
  std::optional<Process> process_;
};

}  // namespace dcount::sim
