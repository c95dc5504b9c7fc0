// A command's way in, and how its answer finds the way back to whoever submitted it.
#pragma once

#include <cstdint>
#include <vector>

#include "server/core/command.h"
#include "server/core/outcome.h"

namespace dcount::engine {

class CompletionSink;

/// Where to (not owned, outlives the engine's work for it; null: nowhere) and which one it was.
struct Ticket {
  CompletionSink* sink = nullptr;
  std::uint64_t id = 0;
};

struct Submission {
  core::Command command;
  Ticket ticket;
  core::Now submitted;  ///< Engine::submit says when: a command's deadline begins here
};

struct Completion {
  Ticket ticket;
  core::Outcome outcome;
};

/// Thread-safety: deliver is called on the engine's thread and must not block.
class CompletionSink {
 public:
  virtual ~CompletionSink() = default;
  /// All that became known at once for this sink, in the order of completion.
  virtual void deliver(std::vector<Completion> completions) = 0;
};

}  // namespace dcount::engine
