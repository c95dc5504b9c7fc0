#include "server/core/decide.h"

#include <type_traits>
#include <utility>

#include "server/core/counter_rules.h"
#include "server/core/gapless_rules.h"
#include "server/core/idempotency.h"
#include "server/core/item_rules.h"
#include "server/core/key_rules.h"
#include "server/core/names.h"
#include "server/core/node_rules.h"
#include "server/core/package_rules.h"
#include "server/core/sequence_rules.h"
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
Outcome run(Transaction& transaction, const ListSequences& command) {
  return list(transaction, command);
}
Outcome run(Transaction& transaction, const ListItems& command) {
  return list(transaction, command);
}
Outcome run(Transaction& transaction, const ListPackages& command) {
  return list(transaction, command);
}
Outcome run(Transaction& transaction, const ListKeys& command) {
  return list(transaction, command);
}
Outcome run(Transaction& transaction, const Sweep& command) { return sweep(transaction, command); }
Outcome run(Transaction& transaction, const Restore& command) {
  return restore(transaction, command);
}

template <class Body>
Outcome run(Transaction& transaction, const Body& body) {
  auto outcome = apply(transaction, body);
  if constexpr (std::is_same_v<decltype(outcome), CounterOutcome>) {
    const Code code = outcome.code;
    return {.code = code, .value = std::move(outcome)};
  } else {
    return outcome;
  }
}

/// Whole tables, which a lone key's guard cannot stand for.
bool looks_at_tables(const CommandBody& body) {
  return std::holds_alternative<ListNodes>(body) || std::holds_alternative<ListCounters>(body) ||
         std::holds_alternative<ListSequences>(body) || std::holds_alternative<ListItems>(body) ||
         std::holds_alternative<ListPackages>(body) || std::holds_alternative<ListKeys>(body) ||
         std::holds_alternative<Sweep>(body) || std::holds_alternative<Restore>(body);
}

bool only_reads(const CommandBody& body) {
  return std::holds_alternative<ReadCounter>(body) || std::holds_alternative<ReadSequence>(body) ||
         std::holds_alternative<CountItems>(body) || std::holds_alternative<ReadPackage>(body) ||
         std::holds_alternative<ReadUsage>(body);
}

bool is_about_nodes(const CommandBody& body) {
  return std::holds_alternative<RegisterNode>(body) || std::holds_alternative<MarkNode>(body) ||
         std::holds_alternative<ForgetNode>(body) || std::holds_alternative<ListNodes>(body);
}

bool changes_records(const CommandBody& body) {
  return !only_reads(body) && !looks_at_tables(body) && !is_about_nodes(body);
}

}  // namespace

Decision decide(const View& view, const Command& command, Now now) {
  // What a restore is about to replace must not be acknowledged. It leaves nodes as they are.
  if (view.state().restoring() && changes_records(command.body)) {
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

bool needs_settled_view(const Command& command) { return looks_at_tables(command.body); }

bool is_about_nodes(const Command& command) { return is_about_nodes(command.body); }

bool tells_revisions(const Command& command) {
  return std::holds_alternative<ReadSequence>(command.body);
}

bool is_part_of_whole(std::string_view key, std::string_view value) {
  if (key.starts_with(sequence_prefix)) return is_gapless(value);
  return key.starts_with(tenant_prefix) || key.starts_with(item_prefix) ||
         key.starts_with(reservation_prefix) || key.starts_with(free_prefix);
}

bool StateView::has_item(std::string_view tenant_part, std::string_view id) const {
  const ItemSet* items = state_.items(tenant_part);
  return items != nullptr && items->contains(id);
}

std::optional<std::string> StateView::first_free(std::string_view begin,
                                                 std::string_view end) const {
  std::optional<std::string> first;
  state_.free_numbers().scan(begin, end, [&](const Record& record) {
    first.emplace(record.key());
    return false;
  });
  return first;
}

std::vector<std::string> StateView::expired_reservations(std::string_view sequence, Now now,
                                                         std::size_t limit) const {
  std::vector<std::string> keys;
  state_.scan_expired(sequence, now, [&](const std::string& key) {
    keys.push_back(key);
    return keys.size() < limit;
  });
  return keys;
}

}  // namespace dcount::core
