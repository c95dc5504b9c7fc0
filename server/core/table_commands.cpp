#include "server/core/table_commands.h"

#include <algorithm>
#include <utility>

#include "server/core/fields.h"
#include "server/core/gapless_rules.h"
#include "server/core/idempotency.h"
#include "server/core/item_values.h"
#include "server/core/key.h"
#include "server/core/names.h"
#include "server/core/package.h"
#include "server/core/package_rules.h"
#include "server/core/sequence_rules.h"

namespace dcount::core {
namespace {

using namespace std::string_literals;

// A page ends early rather than hold the engine up over a long stretch of tombstones.
constexpr std::size_t list_scanned_records_max = 10'000;

Outcome work(std::size_t done, std::size_t left) {
  return {.code = Code::ok, .value = WorkOutcome{done, left}};
}

Revision seen_by_clients(const State& state) { return state.revision() + state.revision_base(); }

/// Calls add(record) for those in [begin, end), until it has returned true, for a record that is on
/// the page, `limit` times. Returns the last key it was called for when more are behind that;
/// empty: that was all.
template <class Add>
std::string_view scan_page(Transaction& transaction, const Table& table, std::string begin,
                           std::string end, std::size_t limit, Add add) {
  std::size_t scanned = 0;
  std::size_t added = 0;
  std::string_view last;
  bool more = false;
  table.scan(begin, end, [&](const Record& record) {
    more = added == limit || scanned == list_scanned_records_max;
    if (more) return false;
    ++scanned;
    last = record.key();
    if (add(record)) ++added;
    return true;
  });
  if (more) end = std::string(last) + '\0';
  transaction.looked_at_range(std::move(begin), std::move(end));
  return more ? last : std::string_view{};
}

}  // namespace

Outcome list(Transaction& transaction, const ListCounters& command) {
  const std::string prefix = counter_list_prefix(command.collection);
  std::string begin = prefix;
  if (!command.after.empty()) {
    begin = std::max(begin, std::string(counter_prefix) + command.after + '\0');
  }
  ListOutcome page;
  page.revision = seen_by_clients(transaction.state());
  const auto add = [&](const Record& record) {
    Counter counter = decode_counter(record.value());
    if (counter.expired(transaction.now())) {
      counter = *transaction.counter(std::string(record.key()));
    }
    if (counter.deleted) return false;
    const CounterName name = counter_name(record.key());
    page.counters.push_back(
        {std::string(name.collection), std::string(name.id), counter.n, counter.version});
    return true;
  };
  const auto last = scan_page(transaction, transaction.state().counters(), std::move(begin),
                              prefix_end(prefix), command.limit, add);
  if (!last.empty()) page.next = last.substr(counter_prefix.size());
  return {.code = Code::ok, .value = std::move(page)};
}

namespace {

/// forward and reverse are listed before they are stored, too: those after `after`, up to the last
/// one of a page that has more behind it.
void add_fixed(SequenceListOutcome& page, const ListSequences& command, const State& state) {
  for (const char* name : {"forward", "reverse"}) {
    const bool stored = state.sequences().find(sequence_key(name)) != nullptr;
    const bool passed = name <= command.after || (!page.next.empty() && name > page.next);
    if (stored || passed) continue;
    const auto place = std::ranges::lower_bound(page.sequences, std::string_view(name), {},
                                                &SequenceOutcome::name);
    page.sequences.insert(place, describe(name, Sequence::fresh(*fixed_definition(name))));
  }
  if (page.sequences.size() <= command.limit) return;
  page.sequences.resize(command.limit);
  page.next = page.sequences.back().name;
}

}  // namespace

Outcome list(Transaction& transaction, const ListSequences& command) {
  const State& state = transaction.state();
  std::string begin = sequence_key(command.after) + (command.after.empty() ? "" : "\0"s);
  SequenceListOutcome page;
  page.revision = seen_by_clients(state);
  const auto add = [&](const Record& record) {
    const Sequence sequence = decode_sequence(record.value());
    if (sequence.deleted) return false;
    page.sequences.push_back(describe(std::string(sequence_name(record.key())), sequence));
    return true;
  };
  const auto last = scan_page(transaction, state.sequences(), std::move(begin),
                              prefix_end(sequence_prefix), command.limit, add);
  if (!last.empty()) page.next = sequence_name(last);
  add_fixed(page, command, state);
  return {.code = Code::ok, .value = std::move(page)};
}

Outcome list(Transaction& transaction, const ListPackages& command) {
  std::string begin = package_key(command.after) + (command.after.empty() ? "" : "\0"s);
  PackageListOutcome page;
  page.revision = seen_by_clients(transaction.state());
  const auto add = [&](const Record& record) {
    auto package = decode_package(record.value());
    if (!package) return false;
    const bool gone = package->deleted || package->expired(transaction.now().unix_ms);
    if (gone && !command.deleted) return false;
    if (!command.owner.empty() && package->traits.owner != command.owner) return false;
    page.packages.push_back(*std::move(package));
    page.records.emplace_back(package_record(record.key()));
    return true;
  };
  const auto last = scan_page(transaction, transaction.state().packages(), std::move(begin),
                              prefix_end(package_prefix), command.limit, add);
  if (!last.empty()) page.next = package_record(last);
  return {.code = Code::ok, .value = std::move(page)};
}

Outcome list(Transaction& transaction, const ListKeys& command) {
  std::string begin = key_record_key(command.after) + (command.after.empty() ? "" : "\0"s);
  KeyListOutcome page;
  page.revision = seen_by_clients(transaction.state());
  const auto add = [&](const Record& record) {
    auto key = decode_key(record.value());
    if (!key || key->deleted) return false;
    page.keys.push_back({std::string(key_id(record.key())), std::move(key->traits), key->at_ms});
    return true;
  };
  const auto last = scan_page(transaction, transaction.state().keys(), std::move(begin),
                              prefix_end(key_prefix), command.limit, add);
  if (!last.empty()) page.next = key_id(last);
  return {.code = Code::ok, .value = std::move(page)};
}

Outcome list(Transaction& transaction, const ListItems& command) {
  const std::string key = tenant_key(command.tenant);
  const auto text = transaction.get(key);
  ItemListOutcome page;
  page.revision = seen_by_clients(transaction.state());
  if (text) page.count = decode_tenant_head(*text).count;
  const ItemSet* items = transaction.state().items(tenant_part(key));
  if (items != nullptr) {
    items->scan(command.after, command.limit,
                [&](std::string_view id) { page.ids.emplace_back(id); });
    const std::uint64_t seen = command.after + page.ids.size();
    if (!page.ids.empty() && seen < items->size()) page.next = seen;
  }
  return {.code = Code::ok, .value = std::move(page)};
}

namespace {

/// Returns the revision of the tombstone that it has erased, 0: none.
Revision sweep_due(Transaction& transaction, const std::string& key) {
  const auto before = transaction.get(key);
  if (!before) return 0;
  if (key.starts_with(counter_prefix) && !decode_counter(*before).deleted) {
    transaction.counter(key);  // expired: this writes its tombstone
    return 0;
  }
  if (key.starts_with(package_prefix) && expire_package(transaction, key)) return 0;
  const Revision revision = transaction.revision(key);
  transaction.erase(key);  // it was kept long enough
  return revision;
}

/// Feeds can tell of deletions only after this one from now on.
void forget_up_to(Transaction& transaction, Revision revision) {
  transaction.get(std::string(forgotten_key));  // guarded: it only ever grows
  if (revision <= transaction.state().forgotten()) return;
  transaction.put(std::string(forgotten_key), FieldWriter().add("r", revision).take());
}

std::size_t sweep_idempotency(Transaction& transaction, const Sweep& command, std::size_t limit) {
  const Table& table = transaction.state().idempotency();
  std::size_t done = 0;
  std::size_t records = table.size();
  std::size_t bytes = table.bytes();
  table.scan_oldest_first([&](const Record& oldest) {
    if (done == limit) return false;
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
  return done;
}

/// Closed reservations that were kept long enough, or are too many.
std::size_t sweep_closed(Transaction& transaction, const Sweep& command, std::size_t limit) {
  const DueIndex& closed = transaction.state().closed_reservations();
  const std::size_t kept = command.closed_reservations_max;
  const std::size_t too_many = closed.size() > kept ? closed.size() - kept : 0;
  std::vector<std::string> keys = closed.first(std::min(too_many, limit));
  if (keys.empty()) keys = closed.due(transaction.now(), limit);
  for (const std::string& key : keys) transaction.erase(key);
  return keys.size();
}

}  // namespace

Outcome sweep(Transaction& transaction, const Sweep& command) {
  const State& state = transaction.state();
  // What a restore has not written yet must not look as if it were gone.
  if (state.restoring()) return work(0, 0);
  const Now now = transaction.now();
  std::size_t left = command.records_max;
  const auto due = state.due_keys(now, left);
  Revision forgotten = 0;
  for (const std::string& key : due) forgotten = std::max(forgotten, sweep_due(transaction, key));
  if (forgotten > 0) forget_up_to(transaction, forgotten);
  left -= due.size();
  const auto expired = state.expired_reservations(now, left);
  expire(transaction, expired);
  left -= expired.size();
  left -= sweep_closed(transaction, command, left);
  left -= purge(transaction, left);
  left -= sweep_idempotency(transaction, command, left);
  return work(command.records_max - left, left == 0 ? 1 : 0);
}

namespace {

Outcome begin_restore(Transaction& transaction, const Restore& command) {
  const State& state = transaction.state();
  if (!command.force && !state.empty()) return {.code = Code::not_empty, .value = {}};
  const Revision base = std::max(command.dump_revision, seen_by_clients(state));
  transaction.put(std::string(revision_base_key), FieldWriter().add("r", base).take());
  transaction.put(std::string(restoring_key), FieldWriter().take());
  return work(0, 1);
}

Outcome clear_for_restore(Transaction& transaction, const Restore& command) {
  const State& state = transaction.state();
  std::size_t done = 0;
  const auto erase_key = [&](std::string key) {
    if (done == command.records_max) return false;
    transaction.erase(key);
    ++done;
    return true;
  };
  const auto erase = [&](const Record& record) { return erase_key(std::string(record.key())); };
  // By the items that are here: a restore that was broken off has left some without a head.
  state.scan_items([&](std::string_view tenant, const ItemSet& items) {
    return std::ranges::all_of(items.chunks(), [&](const ItemSet::Chunk& chunk) {
      return erase_key(item_chunk_key(tenant, chunk.number));
    });
  });
  for (const Table* table : state.record_tables()) {
    table->scan_oldest_first(erase);
  }
  state.other().scan(purge_prefix, prefix_end(purge_prefix), erase);
  return work(done, done == command.records_max ? 1 : 0);
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
