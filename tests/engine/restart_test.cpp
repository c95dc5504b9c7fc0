// Sequences over any interleaving of callers, definitions and restarts, against dumb models.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <deque>
#include <memory>

#include "server/engine/sequencer.h"
#include "server/store/memory_store.h"
#include "tests/core/dumb_sequence.h"
#include "tests/core/gapless_model.h"

namespace dcount::engine {
namespace {

using core::Code;
using Numbers = std::vector<std::int64_t>;

/// One process on the disk, from its start to its end.
struct Process final : store::ChangeSink {
  explicit Process(const std::shared_ptr<store::MemoryDisk>& disk) : store(disk, "n") {
    const auto mark = store.claim();
    const auto revision = store.load([&](const Entry& entry) { state.apply(entry); });
    state.advance(*revision);
    sequencer.emplace(state, *mark, /*exclusive=*/true);
    store.watch(*revision, this);
  }
  ~Process() override { store.watch(0, nullptr); }
  void on_changes(Revision, std::span<const Entry>) override {}

  store::MemoryStore store;
  core::State state;
  std::optional<Sequencer> sequencer;
};

class World {
 public:
  void submit(core::Command command) { process_->sequencer->submit(std::move(command), {}, now); }

  /// Answers come in the order in which the commands were decided.
  std::vector<core::Outcome> answers() {
    while (const Step* step = process_->sequencer->next_step(now)) {
      process_->store.commit(step->batch, [&](store::CommitResult result) {
        process_->sequencer->on_result(result, now);
      });
    }
    std::vector<core::Outcome> outcomes;
    for (Completion& completion : process_->sequencer->take_completions()) {
      if (completion.ticket.id == 0) outcomes.push_back(std::move(completion.outcome));
    }
    return outcomes;
  }

  core::Outcome answer(core::Command command) {
    submit(std::move(command));
    return answers().back();
  }

  void crash() { process_ = std::make_unique<Process>(disk_); }

  void stop_and_start() {
    answers();
    if (process_->sequencer->return_leases({nullptr, 1}, now)) answers();
    crash();
  }

  core::Now now{1'000'000};

 private:
  std::shared_ptr<store::MemoryDisk> disk_ = std::make_shared<store::MemoryDisk>();
  std::unique_ptr<Process> process_ = std::make_unique<Process>(disk_);
};

Numbers numbers_of(const core::Outcome& outcome) {
  Numbers numbers;
  for (const auto& run : std::get<core::NumbersOutcome>(outcome.value).runs) {
    for (std::int64_t i = 0; i < run.count; ++i) {
      numbers.push_back(
          static_cast<std::int64_t>(core::Wide{run.first} + core::Wide{run.step} * i));
    }
  }
  return numbers;
}

core::Definition any_definition(core::SequenceMode mode) {
  constexpr auto top = std::numeric_limits<std::int64_t>::max();
  core::Definition definition;
  const std::int64_t near_an_end = *rc::gen::element<std::int64_t>(1, -top - 1, top - 40);
  definition.min = near_an_end;
  definition.max = near_an_end + *rc::gen::inRange(5, 41);
  definition.increment = *rc::gen::element(1, -1, 2, -3);
  definition.start = definition.increment > 0 ? definition.min : definition.max;
  definition.mode = mode;
  if (mode == core::SequenceMode::cached) {
    definition.min = -1000;
    definition.max = 1000;
    definition.start = 0;
    definition.cache = *rc::gen::inRange(1, 9);
  } else {
    definition.cycle = *rc::gen::arbitrary<bool>();
  }
  return definition;
}

/// Tries to draw the next `count`; false: there are not so many, and nothing is taken.
bool draw_all(core::DumbSequence& sequence, std::int64_t count, Numbers& numbers) {
  core::DumbSequence tried = sequence;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto number = tried.draw();
    if (!number) return false;
    numbers.push_back(*number);
  }
  sequence = tried;
  return true;
}

struct Expectation {
  core::DumbSequence sequence;
  std::int64_t skipped_max = 0;  ///< what a crash may have taken along since the last draw
};

/// Checks one answer, letting the model skip what a crash has cost.
void expect_draw(Expectation& expected, std::int64_t count, const core::Outcome& outcome) {
  for (std::int64_t skipped = 0; skipped <= expected.skipped_max; ++skipped) {
    core::DumbSequence tried = expected.sequence;
    Numbers gap;
    if (skipped > 0 && !draw_all(tried, skipped, gap)) break;
    Numbers numbers;
    const bool enough = draw_all(tried, count, numbers);
    const bool same = enough ? outcome.code == Code::ok && numbers_of(outcome) == numbers
                             : outcome.code == Code::exhausted;
    if (!same) continue;
    expected.sequence = tried;
    if (enough) expected.skipped_max = 0;
    return;
  }
  RC_FAIL("a draw got numbers that are neither the next ones nor those behind a crash's gap");
}

void hands_out_the_next_numbers(core::SequenceMode mode) {
  World world;
  auto definition = any_definition(mode);
  Expectation expected{{definition, definition.start}};
  world.answer({core::DefineSequence{"s", definition, {}}, {}});
  const int rounds = *rc::gen::inRange(1, 25);
  for (int round = 0; round < rounds; ++round) {
    switch (*rc::gen::inRange(0, 8)) {
      case 0:
        world.crash();
        expected.skipped_max += definition.cache;
        break;
      case 1:
        world.stop_and_start();
        break;
      case 2:
        world.answer({core::DeleteSequence{"s", {}}, {}});
        definition = any_definition(mode);
        RC_ASSERT(world.answer({core::DefineSequence{"s", definition, {}}, {}}).code ==
                  Code::created);
        expected = {{definition, definition.start}};
        break;
      default: {
        std::vector<std::int64_t> counts;  // callers of one moment
        for (int caller = *rc::gen::inRange(1, 6); caller > 0; --caller) {
          counts.push_back(*rc::gen::inRange(1, 12));
          world.submit({core::Draw{"s", counts.back(), {}, {}}, {}});
        }
        const auto outcomes = world.answers();
        RC_ASSERT(outcomes.size() == counts.size());
        for (std::size_t i = 0; i < counts.size(); ++i) {
          expect_draw(expected, counts[i], outcomes[i]);
        }
      }
    }
  }
}

RC_GTEST_PROP(Restarts, AStrictSequenceHandsOutExactlyTheNextNumbers, ()) {
  hands_out_the_next_numbers(core::SequenceMode::strict);
}

RC_GTEST_PROP(Restarts, ACachedSequenceLosesAtMostItsBlocksAndOnlyByCrashes, ()) {
  hands_out_the_next_numbers(core::SequenceMode::cached);
}

RC_GTEST_PROP(Restarts, AGaplessSequenceIsExactAcrossThem, ()) {
  World world;
  core::GaplessModel model;
  core::Definition definition;
  definition.mode = core::SequenceMode::gapless;
  world.answer({core::DefineSequence{"g", definition, {}}, {}});
  const int steps = *rc::gen::inRange(1, 60);
  for (int step = 0; step < steps; ++step) {
    const std::string token = "t" + std::to_string(*rc::gen::inRange(0, 12));
    model.expire(world.now.unix_ms);
    switch (*rc::gen::inRange(0, 8)) {
      case 0: {
        Numbers expected{model.take(), model.take()};
        RC_ASSERT(numbers_of(world.answer({core::Draw{"g", 2, {}, {}}, {}})) == expected);
        model.out.insert(expected.begin(), expected.end());
        break;
      }
      case 1:
      case 2: {
        if (model.held.contains(token)) break;
        const std::int64_t ttl_ms = *rc::gen::inRange(1, 4) * 1000;
        const auto number = model.take();
        const auto outcome = world.answer({core::Reserve{"g", token, ttl_ms}, {}});
        RC_ASSERT(std::get<core::ReservationOutcome>(outcome.value).number == number);
        model.held[token] = {number, world.now.unix_ms + ttl_ms};
        break;
      }
      case 3:
        RC_ASSERT(world.answer({core::Confirm{"g", token}, {}}).code ==
                  model.close(token, Code::confirmed));
        break;
      case 4:
        RC_ASSERT(world.answer({core::Release{"g", token}, {}}).code ==
                  model.close(token, Code::released));
        break;
      case 5:
        world.now.unix_ms += *rc::gen::inRange(1, 3) * 700;
        break;
      case 6:
        world.crash();
        break;
      default:
        world.stop_and_start();
        break;
    }
  }
}

}  // namespace
}  // namespace dcount::engine
