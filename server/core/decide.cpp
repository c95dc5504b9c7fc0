#include "server/core/decide.h"

#include <utility>

#include "server/core/counter_rules.h"
#include "server/core/idempotency.h"
#include "server/core/table_commands.h"
#include "server/core/transaction.h"

namespace dcount::core {
namespace {

bool accepted(const CounterOutcome& outcome) {
  return outcome.code == Code::ok || outcome.code == Code::created;
}

Outcome run(Transaction& transaction, const CounterBatch& batch) {
  BatchOutcome outcome;
  outcome.results.reserve(batch.ops.size());
  for (std::size_t i = 0; i < batch.ops.size(); ++i) {
    CounterOutcome result = apply(transaction, batch.ops[i]);
    if (!accepted(result)) {
      transaction.roll_back();
      const Code code = result.code;
      outcome.results.assign(1, std::move(result));
      outcome.refused_index = i;
      return {.code = code, .value = std::move(outcome)};
    }
    outcome.results.push_back(std::move(result));
  }
  return {.code = Code::ok, .value = std::move(outcome)};
}

Outcome run(Transaction& transaction, const ListCounters& command) {
  return list(transaction, command);
}
Outcome run(Transaction& transaction, const Sweep& command) { return sweep(transaction, command); }
Outcome run(Transaction& transaction, const Restore& command) {
  return restore(transaction, command);
}

template <class CounterCommand>
Outcome run(Transaction& transaction, const CounterCommand& command) {
  CounterOutcome outcome = apply(transaction, command);
  const Code code = outcome.code;
  return {.code = code, .value = std::move(outcome)};
}

bool changes_counters(const Command& command) {
  return !std::holds_alternative<ReadCounter>(command.body) && !needs_settled_view(command);
}

}  // namespace

Decision decide(const View& view, const Command& command, Now now) {
  // What a restore is about to replace must not be acknowledged.
  if (view.state().restoring() && changes_counters(command)) {
    return {.outcome = {.code = Code::unavailable, .value = {}}};
  }
  Transaction transaction(view, now);
  std::optional<Outcome> outcome;
  if (command.idempotency) outcome = recall(transaction, *command.idempotency);
  if (!outcome) {
    outcome = std::visit([&](const auto& body) { return run(transaction, body); }, command.body);
    if (command.idempotency) remember(transaction, *command.idempotency, *outcome);
  }
  if (command.idempotency) {
    outcome->key_window_s = key_window_s(view.state(), *command.idempotency, now);
  }
  return std::move(transaction).finish(*std::move(outcome));
}

bool needs_settled_view(const Command& command) {
  return std::holds_alternative<ListCounters>(command.body) ||
         std::holds_alternative<Sweep>(command.body) ||
         std::holds_alternative<Restore>(command.body);
}

}  // namespace dcount::core
