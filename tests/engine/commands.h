// Short names for the commands the engine's tests are made of.
#pragma once

#include <optional>
#include <string>

#include "server/core/command.h"
#include "server/core/outcome.h"

namespace dcount::engine {

inline core::Command add(std::string id, std::int64_t n = 1,
                         std::optional<std::string> key = std::nullopt) {
  core::Add body;
  body.counter = {"c", std::move(id)};
  body.n = n;
  body.create = true;
  core::Command command{body, {}};
  if (key) command.idempotency = core::Idempotency{*key, "f", 1'000'000'000};
  return command;
}

inline core::Command read(std::string id) { return {core::ReadCounter{{"c", std::move(id)}}, {}}; }

/// All or nothing: `amount` from one counter to another.
inline core::Command transfer(std::string from, std::string to, std::int64_t amount) {
  core::CounterBatch batch;
  batch.ops.push_back(std::get<core::Add>(add(std::move(from), -amount).body));
  batch.ops.push_back(std::get<core::Add>(add(std::move(to), amount).body));
  return {batch, {}};
}

inline const core::CounterOutcome& counter_of(const core::Outcome& outcome) {
  return std::get<core::CounterOutcome>(outcome.value);
}

}  // namespace dcount::engine
