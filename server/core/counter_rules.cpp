#include "server/core/counter_rules.h"

#include <limits>

#include "server/core/bounds.h"
#include "server/core/names.h"

namespace dcount::core {
namespace {

/// A counter that a command found, or did not: absent and deleted ones differ only in version.
struct Subject {
  std::string key;
  Counter counter;
  bool live = false;

  Subject(Transaction& transaction, const CounterId& id) : key(counter_key(id.collection, id.id)) {
    if (const auto found = transaction.counter(key)) counter = *found;
    live = counter.version > 0 && !counter.deleted;
  }

  bool fits(const Precondition& wanted) const { return holds(wanted, live, counter.version); }
};

CounterOutcome outcome_of(Code code, const Counter& counter) {
  CounterOutcome outcome;
  outcome.code = code;
  outcome.n = counter.deleted ? 0 : counter.n;
  outcome.version = counter.version;
  return outcome;
}

std::int64_t expiry(Now now, std::int64_t ttl_s) {
  constexpr auto never_ms = std::numeric_limits<std::int64_t>::max();
  std::int64_t ttl_ms = 0;
  std::int64_t expires_ms = 0;
  if (__builtin_mul_overflow(ttl_s, 1000, &ttl_ms)) return never_ms;
  if (__builtin_add_overflow(now.unix_ms, ttl_ms, &expires_ms)) return never_ms;
  return expires_ms;
}

/// A fresh counter in the place of `before`, whose version it continues.
Counter fresh(const Counter& before, std::int64_t n) {
  Counter counter;
  counter.n = n;
  counter.version = before.version + 1;
  return counter;
}

void set_expiry(Counter& counter, const Add& add, Now now, bool created) {
  if (!add.ttl_s) return;
  const bool sets = created || add.ttl_mode == TtlMode::set ||
                    (add.ttl_mode == TtlMode::if_none && counter.expires_ms == 0);
  if (sets) counter.expires_ms = expiry(now, *add.ttl_s);
}

CounterOutcome refuse_bounds(const Counter& counter, Code code, const Bounds& bounds) {
  CounterOutcome outcome = outcome_of(code, counter);
  outcome.bounds = bounds;
  return outcome;
}

}  // namespace

CounterOutcome apply(Transaction& transaction, const CounterOp& op) {
  return std::visit([&](const auto& command) { return apply(transaction, command); }, op);
}

CounterOutcome apply(Transaction& transaction, const CreateCounter& create) {
  Subject subject(transaction, create.counter);
  if (!subject.fits(create.precondition)) {
    return outcome_of(Code::precondition_failed, subject.counter);
  }
  if (subject.live) {
    CounterOutcome outcome = outcome_of(Code::ok, subject.counter);
    outcome.id = create.counter.id;
    return outcome;
  }
  Counter counter = fresh(subject.counter, create.n);
  counter.bounds = create.bounds;
  counter.on_limit = create.on_limit;
  if (create.ttl_s) counter.expires_ms = expiry(transaction.now(), *create.ttl_s);
  transaction.put(subject.key, encode(counter));
  CounterOutcome outcome = outcome_of(Code::created, counter);
  outcome.id = create.counter.id;
  return outcome;
}

CounterOutcome apply(Transaction& transaction, const Add& add) {
  Subject subject(transaction, add.counter);
  if (!subject.fits(add.precondition)) {
    return outcome_of(Code::precondition_failed, subject.counter);
  }
  if (!subject.live && !add.create) return outcome_of(Code::not_found, subject.counter);

  Counter counter = subject.live ? subject.counter : fresh(subject.counter, 0);
  const Bounds bounds = narrower(counter.bounds, add.bounds);
  const Sum sum = add_within(counter.n, add.n, bounds, add.on_limit.value_or(counter.on_limit));
  if (sum.code != Code::ok) {
    return refuse_bounds(subject.live ? counter : subject.counter, sum.code, bounds);
  }
  counter.n = sum.n;
  counter.version += 1;
  set_expiry(counter, add, transaction.now(), !subject.live);
  transaction.put(subject.key, encode(counter));
  CounterOutcome outcome = outcome_of(Code::ok, counter);
  outcome.applied = sum.applied;
  return outcome;
}

CounterOutcome apply(Transaction& transaction, const Reset& reset) {
  Subject subject(transaction, reset.counter);
  if (!subject.fits(reset.precondition)) {
    return outcome_of(Code::precondition_failed, subject.counter);
  }
  if (!subject.live) return outcome_of(Code::not_found, subject.counter);
  Counter counter = subject.counter;
  if (counter.bounds.min.value_or(0) > 0 || counter.bounds.max.value_or(0) < 0) {
    return refuse_bounds(counter, Code::bound_exceeded, counter.bounds);
  }
  counter.n = 0;
  counter.version += 1;
  transaction.put(subject.key, encode(counter));
  return outcome_of(Code::ok, counter);
}

CounterOutcome apply(Transaction& transaction, const Delete& remove) {
  Subject subject(transaction, remove.counter);
  if (!subject.fits(remove.precondition)) {
    return outcome_of(Code::precondition_failed, subject.counter);
  }
  if (!subject.live) return outcome_of(Code::ok, subject.counter);
  Counter tombstone;
  tombstone.deleted = true;
  tombstone.version = subject.counter.version + 1;
  tombstone.deleted_ms = transaction.now().unix_ms;
  transaction.put(subject.key, encode(tombstone));
  CounterOutcome outcome = outcome_of(Code::ok, tombstone);
  outcome.deleted = true;
  return outcome;
}

CounterOutcome apply(Transaction& transaction, const ReadCounter& read) {
  Subject subject(transaction, read.counter);
  return outcome_of(subject.live ? Code::ok : Code::not_found, subject.counter);
}

}  // namespace dcount::core
