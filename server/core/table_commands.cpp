#include "server/core/table_commands.h"

#include <algorithm>

#include "server/core/fields.h"
#include "server/core/idempotency.h"
#include "server/core/names.h"

namespace dcount::core {
namespace {

// A page ends early rather than hold the engine up over a long stretch of tombstones.
constexpr std::size_t list_scanned_records_max = 10'000;

Outcome work(std::size_t done, std::size_t left) {
  return {.code = Code::ok, .value = WorkOutcome{done, left}};
}

}  // namespace

Outcome list(Transaction& transaction, const ListCounters& command) {
  const std::string prefix = counter_list_prefix(command.collection);
  std::string begin = prefix;
  if (!command.after.empty()) {
    begin = std::max(begin, std::string(counter_prefix) + command.after + '\0');
  }
  std::string end = prefix_end(prefix);
  ListOutcome page;
  page.revision = transaction.state().revision() + transaction.state().revision_base();
  std::size_t scanned = 0;
  std::string_view last;  // the last key that is on this page, or was passed over for it
  transaction.state().counters().scan(begin, end, [&](const Record& record) {
    if (page.counters.size() == command.limit || scanned == list_scanned_records_max) {
      page.next = last.substr(counter_prefix.size());
      end = std::string(last) + '\0';
      return false;
    }
    ++scanned;
    last = record.key();
    Counter counter = decode_counter(record.value());
    if (counter.expired(transaction.now())) counter = *transaction.counter(std::string(last));
    if (counter.deleted) return true;
    const CounterName name = counter_name(last);
    page.counters.push_back(
        {std::string(name.collection), std::string(name.id), counter.n, counter.version});
    return true;
  });
  transaction.looked_at_range(std::move(begin), std::move(end));
  return {.code = Code::ok, .value = std::move(page)};
}

Outcome sweep(Transaction& transaction, const Sweep& command) {
  const State& state = transaction.state();
  std::size_t done = 0;
  for (const std::string& key : state.due_counters(transaction.now(), command.records_max)) {
    const auto before = transaction.get(key);
    const bool tombstone = before && decode_counter(*before).deleted;
    if (tombstone)
      transaction.erase(key);
    else
      transaction.counter(key);  // expired: this writes its tombstone
    ++done;
  }
  std::size_t records = state.idempotency().size();
  std::size_t bytes = state.idempotency().bytes();
  state.idempotency().scan_oldest_first([&](const Record& oldest) {
    if (done == command.records_max) return false;
    const auto expires_ms = record_expires_ms(oldest.value()).value_or(0);
    const bool too_many =
        records > command.idempotency_records_max || bytes > command.idempotency_bytes_max;
    if (!too_many && expires_ms > transaction.now().unix_ms) return false;
    transaction.erase(std::string(oldest.key()));
    --records;
    bytes -= oldest.size();
    ++done;
    return true;
  });
  return work(done, done == command.records_max ? 1 : 0);
}

namespace {

Outcome begin_restore(Transaction& transaction, const Restore& command) {
  const State& state = transaction.state();
  if (!command.force && !state.empty()) return {.code = Code::not_empty, .value = {}};
  const Revision seen_by_clients = state.revision() + state.revision_base();
  const Revision base = std::max(command.dump_revision, seen_by_clients);
  transaction.put(std::string(revision_base_key), FieldWriter().add("r", base).take());
  transaction.put(std::string(restoring_key), FieldWriter().take());
  return work(0, state.counters().size() + state.idempotency().size());
}

Outcome clear_for_restore(Transaction& transaction, const Restore& command) {
  const State& state = transaction.state();
  std::size_t done = 0;
  const auto erase = [&](const Record& record) {
    if (done == command.records_max) return false;
    transaction.erase(std::string(record.key()));
    ++done;
    return true;
  };
  state.counters().scan_oldest_first(erase);
  state.idempotency().scan_oldest_first(erase);
  return work(done, state.counters().size() + state.idempotency().size() - done);
}

}  // namespace

Outcome restore(Transaction& transaction, const Restore& command) {
  switch (command.stage) {
    case Restore::Stage::begin:
      return begin_restore(transaction, command);
    case Restore::Stage::clear:
      return clear_for_restore(transaction, command);
    case Restore::Stage::write:
      for (const Write& record : command.records) {
        if (record.value) transaction.put(record.key, *record.value);
      }
      return work(command.records.size(), 0);
    case Restore::Stage::end:
      transaction.erase(std::string(restoring_key));
      return work(0, 0);
  }
  return work(0, 0);
}

}  // namespace dcount::core
