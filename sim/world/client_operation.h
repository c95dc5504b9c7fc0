// One operation of a client: the command that servers get, and its two lines in the history.
//
// Thread-safety: none; one world's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/core/command.h"
#include "server/core/outcome.h"
#include "sim/check/history_builder.h"
#include "sim/world/schedule.h"

namespace dcount::world {

/// A reservation that a client holds.
struct Held {
  std::string token;
  std::int64_t number = 0;
};

/// What the keys of the run are to the judges, and the commands that make them at the start.
std::vector<core::Command> founding_commands(const Schedule& schedule);
void describe_keys(const Schedule& schedule, check::HistoryBuilder& history);

/// How it ended for the client.
enum class Ending {
  ok,
  refused,  ///< the domain said no
  failed,   ///< not applied, and never will be
  unknown,
};

class ClientOperation {
 public:
  /// `process` of the history; `name` is unique in the run.
  ClientOperation(const Schedule& schedule, check::HistoryBuilder& history, std::uint32_t process,
                  std::string name, const PlannedOperation& planned, std::vector<Held>& held);

  bool mutating() const;
  bool keyed() const { return planned_.keyed && mutating(); }

  void invoke();
  /// For the `attempt`-th try.
  core::Command command(int attempt) const;
  /// `outcome` when there was an answer. `node`: who gave it.
  void complete(Ending ending, const core::Outcome* outcome, const std::string& node);

  /// For the trace.
  std::string text() const;
  static std::string text(const core::Outcome& outcome);

 private:
  check::Call call() const;
  void invoke_pair();
  core::CommandBody body(int attempt) const;
  void complete_pair(Ending ending, const core::Outcome* outcome, std::uint16_t node);
  check::Answer answer(const core::Outcome& outcome, std::uint16_t node);
  std::string item(std::size_t key, std::int64_t number) const;

  const Schedule& schedule_;
  check::HistoryBuilder& history_;
  const std::uint32_t process_;
  const std::string name_;
  PlannedOperation planned_;
  std::vector<Held>& held_;  ///< the client's
  Held ends_;                ///< what this confirms or releases
  std::vector<std::string> items_;
  std::vector<std::int64_t> list_;  ///< the history's, while it copies
  check::HistoryBuilder::Handle handle_ = 0;
};

}  // namespace dcount::world
