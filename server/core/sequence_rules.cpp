#include "server/core/sequence_rules.h"

#include <algorithm>
#include <utility>

#include "server/core/found_sequence.h"
#include "server/core/gapless_rules.h"
#include "server/core/names.h"

namespace dcount::core {
namespace {

Outcome answer(Code code, SequenceOutcome outcome) {
  return {.code = code, .value = std::move(outcome)};
}

Outcome refuse_draw(Code code, const FoundSequence& found) {
  return {.code = code, .value = NumbersOutcome{{}, found.sequence.version, 0}};
}

Outcome drawn(Walk walk, const Sequence& sequence) {
  return {.code = Code::ok,
          .value = NumbersOutcome{std::move(walk.runs), sequence.version, walk.wraps}};
}

/// Gives `count` numbers away, which are left.
void give_away(Sequence& sequence, std::int64_t count) {
  const Advance gone = advance(sequence.definition, sequence.at, count);
  sequence.at = gone.after;
  sequence.drawn += static_cast<std::uint64_t>(count);
  sequence.wraps += gone.wraps;
  sequence.version += 1;
}

Outcome draw_strict(Transaction& transaction, FoundSequence& found, std::int64_t count) {
  Sequence& sequence = found.sequence;
  if (!has_left(sequence.definition, sequence.at, count)) {
    return refuse_draw(Code::exhausted, found);
  }
  Walk numbers = walk(sequence.definition, sequence.at, count);
  give_away(sequence, count);
  transaction.put(found.key, encode(sequence));
  return drawn(std::move(numbers), sequence);
}

/// Leases what is missing for `count` numbers, and a block's rest with it. When others have leased
/// since, the old block's rest is given up: a call's numbers follow each other. False: exhausted.
bool extend(Transaction& transaction, FoundSequence& found, Lease& lease, std::int64_t count) {
  Sequence& sequence = found.sequence;
  if (lease.drawn_to != sequence.drawn) {
    lease.at = sequence.at;
    lease.left = 0;
  }
  const std::int64_t missing = count - lease.left;
  const std::int64_t wanted = std::max(missing, sequence.definition.cache);
  const std::int64_t leased = left_up_to(sequence.definition, sequence.at, wanted);
  if (leased < missing) return false;
  give_away(sequence, leased);
  transaction.put(found.key, encode(sequence));
  lease.left += leased;
  lease.drawn_to = sequence.drawn;
  return true;
}

Outcome draw_cached(Transaction& transaction, FoundSequence& found, const Draw& draw) {
  const Sequence& sequence = found.sequence;
  // Guarded: whoever has not heard of a restore yet must not hand out what was leased before it.
  transaction.get(std::string(revision_base_key));
  const Revision restored = transaction.state().revision_base();
  Lease lease{sequence.born_ms, restored, sequence.at, 0, sequence.drawn};
  const bool held =
      draw.lease && draw.lease->born_ms == sequence.born_ms && draw.lease->restored == restored;
  if (held) lease = *draw.lease;
  if (lease.left < draw.count && !extend(transaction, found, lease, draw.count)) {
    return refuse_draw(Code::exhausted, found);
  }
  Walk numbers = walk(sequence.definition, lease.at, draw.count);
  lease.at = numbers.after;
  lease.left -= draw.count;
  transaction.hold(draw.name, lease);
  return drawn(std::move(numbers), sequence);
}

}  // namespace

SequenceOutcome describe(const std::string& name, const Sequence& sequence) {
  SequenceOutcome outcome;
  outcome.name = name;
  outcome.definition = sequence.definition;
  outcome.next = next_number(sequence.definition, sequence.at);
  outcome.wraps = sequence.wraps;
  outcome.reserved = sequence.open;
  outcome.free = sequence.free;
  // The lowest free one comes before all that were never drawn.
  if (sequence.free > 0) outcome.next = number_at(sequence.definition, sequence.low);
  outcome.version = sequence.version;
  return outcome;
}

Outcome apply(Transaction& transaction, const DefineSequence& define) {
  FoundSequence found(transaction, define.name);
  Sequence& sequence = found.sequence;
  if (!found.fits(define.precondition)) {
    return answer(Code::precondition_failed, describe(define.name, sequence));
  }
  if (found.live && sequence.definition == define.definition) {
    return answer(Code::ok, describe(define.name, sequence));
  }
  if (found.fixed) return answer(Code::fixed_sequence, describe(define.name, sequence));
  if (found.live) return answer(Code::definition_differs, describe(define.name, sequence));

  Sequence created = Sequence::fresh(define.definition);
  created.version = sequence.version + 1;
  // Later than every earlier one of this name, so that what is left of those is not taken for its.
  created.born_ms = std::max(transaction.now().unix_ms, sequence.deleted_ms + 1);
  transaction.put(found.key, encode(created));
  return answer(Code::created, describe(define.name, created));
}

Outcome apply(Transaction& transaction, const DeleteSequence& remove) {
  FoundSequence found(transaction, remove.name);
  const Sequence& sequence = found.sequence;
  SequenceOutcome outcome;
  outcome.name = remove.name;
  outcome.version = sequence.version;
  if (!found.fits(remove.precondition)) {
    return answer(Code::precondition_failed, outcome);
  }
  if (found.fixed) return answer(Code::fixed_sequence, outcome);
  if (!found.live) return answer(Code::ok, outcome);
  Sequence tombstone;
  tombstone.deleted = true;
  tombstone.version = sequence.version + 1;
  tombstone.deleted_ms = std::max(transaction.now().unix_ms, sequence.born_ms);
  transaction.put(found.key, encode(tombstone));
  if (sequence.free > 0) {
    transaction.put(purge_key(remove.name, sequence.born_ms), std::string(purge_value));
  }
  outcome.version = tombstone.version;
  outcome.deleted = true;
  return answer(Code::ok, outcome);
}

Outcome apply(Transaction& transaction, const ReadSequence& read) {
  FoundSequence found(transaction, read.name);
  if (!found.live) {
    SequenceOutcome outcome;
    outcome.name = read.name;
    outcome.version = found.sequence.version;
    return answer(Code::not_found, outcome);
  }
  SequenceOutcome outcome = describe(read.name, found.sequence);
  const Revision revision = transaction.revision(found.key);
  outcome.revision = revision == 0 ? 0 : revision + transaction.state().revision_base();
  return answer(Code::ok, std::move(outcome));
}

Outcome apply(Transaction& transaction, const Draw& draw) {
  FoundSequence found(transaction, draw.name);
  if (!found.fits(draw.precondition)) {
    return refuse_draw(Code::precondition_failed, found);
  }
  if (!found.live) return refuse_draw(Code::not_found, found);
  switch (found.sequence.definition.mode) {
    case SequenceMode::strict:
      return draw_strict(transaction, found, draw.count);
    case SequenceMode::cached:
      return draw_cached(transaction, found, draw);
    case SequenceMode::gapless:
      return draw_gapless(transaction, found, draw);
  }
  return refuse_draw(Code::not_found, found);
}

Outcome apply(Transaction& transaction, const ReturnLease& give_back) {
  FoundSequence found(transaction, give_back.name);
  Sequence& sequence = found.sequence;
  const Lease& lease = give_back.lease;
  const bool newest = found.live && sequence.born_ms == lease.born_ms &&
                      transaction.state().revision_base() == lease.restored &&
                      sequence.drawn == lease.drawn_to && lease.left > 0;
  if (!newest) return {.code = Code::ok, .value = WorkOutcome{}};
  sequence.wraps -= advance(sequence.definition, lease.at, lease.left).wraps;
  sequence.at = lease.at;
  sequence.drawn -= static_cast<std::uint64_t>(lease.left);
  sequence.version += 1;
  transaction.put(found.key, encode(sequence));
  return {.code = Code::ok, .value = WorkOutcome{1, 0}};
}

}  // namespace dcount::core
