// The core against a second, dumb model of what http-api.md says: a map, wide integers, and a copy
// of everything for a batch.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <map>

#include "server/core/counter_rules.h"
#include "tests/core/bench.h"

namespace dcount::core {
namespace {

__extension__ using Wide = __int128;

struct ModelCounter {
  bool live = false;
  std::int64_t n = 0;
  std::int64_t version = 0;
  Bounds bounds;
  OnLimit on_limit = OnLimit::reject;
  std::optional<std::int64_t> expires_ms;
};

struct Model {
  std::map<std::string, ModelCounter> counters;
  std::int64_t now_ms = 0;

  CounterOutcome answer(Code code, const ModelCounter& counter) {
    return {code, counter.live ? counter.n : 0, 0, counter.version, {}, "", false};
  }

  ModelCounter& at(const CounterId& id) {
    ModelCounter& counter = counters[id.id];
    if (counter.live && counter.expires_ms && *counter.expires_ms <= now_ms) {
      counter = {.version = counter.version + 1};
    }
    return counter;
  }

  bool refuses(const Precondition& wanted, const ModelCounter& counter) {
    if (wanted.version && *wanted.version != (counter.live ? counter.version : 0)) return true;
    return (wanted.must_exist && !counter.live) || (wanted.must_not_exist && counter.live);
  }

  CounterOutcome run(const CreateCounter& op) {
    ModelCounter& counter = at(op.counter);
    if (refuses(op.precondition, counter)) return answer(Code::precondition_failed, counter);
    const bool created = !counter.live;
    if (created) {
      counter = {true, op.n, counter.version + 1, op.bounds, op.on_limit, std::nullopt};
      if (op.ttl_s) counter.expires_ms = now_ms + *op.ttl_s * 1000;
    }
    auto outcome = answer(created ? Code::created : Code::ok, counter);
    outcome.id = op.counter.id;
    return outcome;
  }

  CounterOutcome run(const Add& op) {
    ModelCounter& counter = at(op.counter);
    if (refuses(op.precondition, counter)) return answer(Code::precondition_failed, counter);
    if (!counter.live && !op.create) return answer(Code::not_found, counter);
    ModelCounter after = counter;
    const bool created = !after.live;
    if (created) after = {.live = true, .version = after.version + 1};

    Wide low = std::numeric_limits<std::int64_t>::min();
    Wide high = std::numeric_limits<std::int64_t>::max();
    bool has_low = false;
    bool has_high = false;
    for (const Bounds& bounds : {after.bounds, op.bounds}) {
      if (bounds.min) low = std::max<Wide>(low, *bounds.min), has_low = true;
      if (bounds.max) high = std::min<Wide>(high, *bounds.max), has_high = true;
    }
    Wide sum = Wide{after.n} + op.n;
    const bool too_high = op.n > 0 && sum > high;
    const bool too_low = op.n < 0 && sum < low;
    if (too_high || too_low) {
      const bool bounded = too_high ? has_high : has_low;
      if (!bounded || op.on_limit.value_or(after.on_limit) == OnLimit::reject) {
        auto outcome = answer(bounded ? Code::bound_exceeded : Code::overflow, counter);
        if (has_low) outcome.bounds.min = static_cast<std::int64_t>(low);
        if (has_high) outcome.bounds.max = static_cast<std::int64_t>(high);
        return outcome;
      }
      sum = too_high ? std::max<Wide>(after.n, high) : std::min<Wide>(after.n, low);
    }
    const std::int64_t before = after.n;
    after.n = static_cast<std::int64_t>(sum);
    after.version += 1;
    if (op.ttl_s) {
      const bool sets = created || op.ttl_mode == TtlMode::set ||
                        (op.ttl_mode == TtlMode::if_none && !after.expires_ms);
      if (sets) after.expires_ms = now_ms + *op.ttl_s * 1000;
    }
    counter = after;
    auto outcome = answer(Code::ok, counter);
    outcome.applied = after.n - before;
    return outcome;
  }

  CounterOutcome run(const Reset& op) {
    ModelCounter& counter = at(op.counter);
    if (refuses(op.precondition, counter)) return answer(Code::precondition_failed, counter);
    if (!counter.live) return answer(Code::not_found, counter);
    if ((counter.bounds.min && *counter.bounds.min > 0) ||
        (counter.bounds.max && *counter.bounds.max < 0)) {
      auto outcome = answer(Code::bound_exceeded, counter);
      outcome.bounds = counter.bounds;
      return outcome;
    }
    counter.n = 0;
    counter.version += 1;
    return answer(Code::ok, counter);
  }

  CounterOutcome run(const Delete& op) {
    ModelCounter& counter = at(op.counter);
    if (refuses(op.precondition, counter)) return answer(Code::precondition_failed, counter);
    const bool deleted = counter.live;
    if (deleted) counter = {.version = counter.version + 1};
    auto outcome = answer(Code::ok, counter);
    outcome.deleted = deleted;
    return outcome;
  }

  CounterOutcome run(const ReadCounter& op) {
    ModelCounter& counter = at(op.counter);
    return answer(counter.live ? Code::ok : Code::not_found, counter);
  }

  CounterOutcome run(const CounterOp& op) {
    return std::visit([&](const auto& body) { return run(body); }, op);
  }

  Outcome run(const CounterBatch& batch) {
    for (const CounterOp& op : batch.ops) {  // what has expired is gone whatever the batch does
      std::visit([&](const auto& body) { at(body.counter); }, op);
    }
    const auto before = counters;
    BatchOutcome outcome;
    for (std::size_t i = 0; i < batch.ops.size(); ++i) {
      const auto result = run(batch.ops[i]);
      if (result.code != Code::ok && result.code != Code::created) {
        counters = before;
        return {.code = result.code, .value = BatchOutcome{{result}, i}};
      }
      outcome.results.push_back(result);
    }
    return {.code = Code::ok, .value = outcome};
  }
};

std::int64_t number() {
  return *rc::gen::weightedOneOf<std::int64_t>(
      {{8, rc::gen::inRange<std::int64_t>(-12, 12)},
       {1, rc::gen::element(std::numeric_limits<std::int64_t>::min(),
                            std::numeric_limits<std::int64_t>::max())},
       {1, rc::gen::arbitrary<std::int64_t>()}});
}

template <class T>
std::optional<T> maybe(T value) {
  if (*rc::gen::inRange(0, 3) != 0) return std::nullopt;
  return value;
}

Bounds bounds() {
  const auto low = *rc::gen::inRange<std::int64_t>(-10, 10);
  return {maybe(low), maybe(low + *rc::gen::inRange<std::int64_t>(0, 10))};
}

Precondition precondition() {
  return {maybe<std::int64_t>(*rc::gen::inRange(0, 4)), *rc::gen::inRange(0, 10) == 0,
          *rc::gen::inRange(0, 10) == 0};
}

CounterOp random_op() {
  const CounterId id{"views", *rc::gen::element<std::string>("a", "b", "c")};
  const auto ttl = maybe<std::int64_t>(*rc::gen::inRange(1, 5));
  const auto on_limit = *rc::gen::element(OnLimit::reject, OnLimit::saturate);
  switch (*rc::gen::inRange(0, 8)) {
    case 0:
      return CreateCounter{id, number(), bounds(), on_limit, ttl, precondition()};
    case 1:
      return Reset{id, precondition()};
    case 2:
      return Delete{id, precondition()};
    case 3:
      return ReadCounter{id};
    default:
      return Add{id,
                 number(),
                 *rc::gen::arbitrary<bool>(),
                 bounds(),
                 maybe(on_limit),
                 ttl,
                 *rc::gen::element(TtlMode::set, TtlMode::if_none, TtlMode::keep),
                 *rc::gen::inRange(0, 4) == 0 ? precondition() : Precondition{}};
  }
}

Outcome single(const CounterOutcome& outcome) { return {.code = outcome.code, .value = outcome}; }

RC_GTEST_PROP(Model, TheCoreAnswersAsTheDumbModelDoes, ()) {
  Bench bench;
  Model model;
  const int steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    if (*rc::gen::inRange(0, 4) == 0) bench.pass(*rc::gen::inRange(1, 3000));
    model.now_ms = bench.now.unix_ms;
    if (*rc::gen::inRange(0, 4) == 0) {
      CounterBatch batch;
      batch.ops.resize(*rc::gen::inRange<std::size_t>(0, 12));
      for (CounterOp& op : batch.ops) op = random_op();
      RC_ASSERT(bench.run({batch, {}}).outcome == model.run(batch));
    } else {
      const CounterOp op = random_op();
      const auto body = std::visit([](const auto& b) { return CommandBody{b}; }, op);
      RC_ASSERT(bench.run({body, {}}).outcome == single(model.run(op)));
    }
  }
  for (const auto& [id, counter] : model.counters) {
    const auto read = bench.counter(ReadCounter{{"views", id}});
    model.now_ms = bench.now.unix_ms;
    RC_ASSERT(read == model.run(ReadCounter{{"views", id}}));
  }
}

RC_GTEST_PROP(Model, RetriesWithOneKeyChangeNothing, ()) {
  Bench once;
  Bench often;
  const int steps = *rc::gen::inRange(1, 40);
  for (int i = 0; i < steps; ++i) {
    const CounterOp op = random_op();
    const auto body = std::visit([](const auto& b) { return CommandBody{b}; }, op);
    const Command command{body, Idempotency{"k" + std::to_string(i), "f", 1'000'000}};
    const Outcome first = once.run(command).outcome;
    const int tries = *rc::gen::inRange(1, 4);
    for (int k = 0; k < tries; ++k) {
      Outcome again = often.run(command).outcome;
      RC_ASSERT(again.replayed == (k > 0));
      again.replayed = false;
      RC_ASSERT(again == first);
    }
    RC_ASSERT(often.revision == once.revision);
  }
}

/// What a decision may rest on is in its reads: the same command over a state that agrees on these
/// keys alone is decided the same.
RC_GTEST_PROP(Model, ADecisionRestsOnItsReadsAlone, ()) {
  Bench bench;
  const int steps = *rc::gen::inRange(1, 30);
  for (int i = 0; i < steps; ++i) {
    CounterBatch batch;
    batch.ops.resize(*rc::gen::inRange<std::size_t>(1, 6));
    for (CounterOp& op : batch.ops) op = random_op();
    const Command command{batch, Idempotency{"k", std::to_string(i), 1'000'000}};
    const Decision decision = decide(StateView(bench.state), command, bench.now);
    State reduced;
    for (const Read& read : decision.reads) {
      const Found found = bench.state.get(read.key);
      RC_ASSERT(found.revision == read.revision);
      if (found.value) reduced.apply(read.key, std::string(*found.value), found.revision);
    }
    const Decision again = decide(StateView(reduced), command, bench.now);
    RC_ASSERT(again.outcome.value == decision.outcome.value);
    RC_ASSERT(again.writes == decision.writes);
    bench.run({batch, {}});
  }
}

}  // namespace
}  // namespace dcount::core
