#include "sim/world/simulated_server.h"

#include <algorithm>
#include <utility>

#include "server/engine/engine.h"

namespace dcount::world {
namespace {

constexpr std::int64_t run_begins_ms = 1'700'000'000'000;  // Unix time of all clocks that are right
constexpr std::uint64_t sweep_call = 0;                    // of commands of the server's own
constexpr std::uint64_t lease_call = 1;
constexpr Micros reload_pause = 100 * millisecond;
constexpr std::size_t sweep_records_max = 2048;

}  // namespace

SimulatedServer::SimulatedServer(Ground& ground, ServerOptions options, Dice dice,
                                 const MakeDriver& driver, OnAnswer on_answer, OnEnd on_end)
    : ground_(ground),
      options_(std::move(options)),
      dice_(dice),
      on_answer_(std::move(on_answer)),
      on_end_(std::move(on_end)),
      driver_(driver(*this)) {}

SimulatedServer::~SimulatedServer() = default;

core::Now SimulatedServer::now() const {
  return {run_begins_ms + (ground_.time.now() + clock_off_) / millisecond};
}

void SimulatedServer::run(std::function<void()> action) {
  if (status_ == Status::ended) return;
  if (paused_) return held_.push_back(std::move(action));
  action();
}

void SimulatedServer::resume() {
  paused_ = false;
  for (auto& action : std::exchange(held_, {})) {
    ground_.time.after(0, [this, action = std::move(action)] { run(action); });
  }
}

// ---- its life

void SimulatedServer::start() {
  ground_.time.after(options_.start_time, [this] {
    run([this] {
      driver_->claim([this](const Result<store::Mark>& mark) {
        if (!mark) return end("it could not claim its name: " + mark.error().message);
        mark_ = *mark;
        driver_->announce();
        load();
      });
    });
  });
}

void SimulatedServer::load() {
  loading_ = true;
  std::destroy_at(&state_);
  std::construct_at(&state_, engine::EngineOptions{}.tombstone_ms);
  state_.begin_load();
  driver_->load([this](const Entry& entry) { state_.apply(entry); },
                [this](const Result<Revision>& revision) { on_loaded(revision); });
}

void SimulatedServer::on_loaded(const Result<Revision>& revision) {
  if (!revision && !sequencer_) return end("it could not load: " + revision.error().message);
  if (!revision) {
    return ground_.time.after(reload_pause, [this] { run([this] { load(); }); });
  }
  state_.end_load(*revision);
  if (!driver_->exclusive()) driver_->watch(*revision, this);
  loading_ = false;
  if (!sequencer_) {
    engine::SequencerOptions sequencing;
    sequencing.limits = driver_->limits();
    sequencer_.emplace(state_, *mark_, driver_->exclusive(), sequencing);
    status_ = Status::serving;
    ground_.trace.note([&] {
      return options_.process + "  serves, incarnation " + std::to_string(mark_->incarnation) +
             ", from revision " + std::to_string(*revision);
    });
  }
  turn_soon();
}

void SimulatedServer::kill() {
  status_ = Status::ended;
  held_.clear();
  driver_.reset();
  sequencer_.reset();
}

void SimulatedServer::end(const std::string& why) {
  ground_.trace.note([&] { return options_.process + "  ends: " + why; });
  status_ = Status::ended;
  on_end_(why);
}

void SimulatedServer::stop() {
  run([this] {
    if (status_ != Status::serving) return end("it was told to stop");
    status_ = Status::stopping;
    turn_soon();
  });
}

void SimulatedServer::suspend(std::string why) { suspended_why_ = std::move(why); }

// ---- what reaches it

void SimulatedServer::submit(core::Command command, std::uint64_t call) {
  run([this, command = std::move(command), call]() mutable {
    if (status_ != Status::serving || suspended()) {
      return on_answer_(call, {.code = core::Code::unavailable, .value = {}});
    }
    const PlantedBugs& bugs = ground_.options.bugs;
    if (bugs.forgets_keys) command.idempotency.reset();
    const bool reads = std::holds_alternative<core::ReadCounter>(command.body) ||
                       std::holds_alternative<core::CountItems>(command.body);
    if (bugs.stale_reads && reads) command.stale = true;
    submissions_.push_back({std::move(command), call, now()});
    turn_soon();
  });
}

void SimulatedServer::on_changes(Revision revision, std::span<const Entry> entries) {
  changes_.push_back({revision, {entries.begin(), entries.end()}});
  turn_soon();
}

void SimulatedServer::on_gap() {
  gap_ = true;
  turn_soon();
}

// ---- its loop

/// What comes within a round is one round's.
void SimulatedServer::turn_soon() {
  Random random = dice_.roll(options_.number);
  turn_at(ground_.time.now() + random.between(options_.turn_least, options_.turn_most));
}

void SimulatedServer::turn_at(Micros when) {
  if (turn_due_ >= 0 && turn_due_ <= when) return;
  turn_due_ = when;
  ground_.time.at(when, [this, number = ++turn_number_] {
    if (number != turn_number_) return;
    if (runs()) return turn();
    run([this, number] {
      if (number == turn_number_) turn();
    });
  });
}

void SimulatedServer::turn() {
  turn_due_ = -1;
  if (!sequencer_ || loading_) return;
  take_in();
  if (loading_) return;
  sweep_if_due();
  sequencer_->expire(now());
  while (const engine::Step* step = sequencer_->next_step(now())) {
    deliver();
    carry_out(*step);
    if (!answered_at_once_) break;
    deliver();
  }
  deliver();
  if (status_ == Status::ended) return;
  if (sequencer_->status() != engine::Sequencer::Status::serving) {
    return end(sequencer_->failure());
  }
  if (status_ == Status::stopping && sequencer_->idle()) {
    if (!sequencer_->return_leases({nullptr, lease_call}, now())) {
      driver_->retire();
      return end("it has stopped");
    }
    return turn_soon();
  }
  const std::int64_t wake_ms = std::min(sequencer_->wake_ms().value_or(next_sweep_ms_),
                                        next_sweep_ms_ == 0 ? now().unix_ms : next_sweep_ms_);
  const std::int64_t patience_ms = std::max<std::int64_t>(0, wake_ms - now().unix_ms) + 1;
  turn_at(ground_.time.now() + patience_ms * millisecond);
}

void SimulatedServer::take_in() {
  for (Submission& one : std::exchange(submissions_, {})) {
    sequencer_->submit(std::move(one.command), {nullptr, one.call}, one.submitted);
  }
  for (const store::CommitResult& result : std::exchange(results_, {})) {
    sequencer_->on_result(result, now());
  }
  for (const Changes& changes : std::exchange(changes_, {})) {
    sequencer_->on_changes(changes.revision, changes.entries);
  }
  if (!std::exchange(gap_, false)) return;
  driver_->watch(0, nullptr);
  changes_.clear();
  load();
}

void SimulatedServer::sweep_if_due() {
  if (status_ != Status::serving || suspended() || sweep_queued_) return;
  if (now().unix_ms < next_sweep_ms_) return;
  sweep_queued_ = true;
  core::Sweep sweep;
  sweep.records_max = std::min(sweep_records_max, driver_->limits().operations_max / 4);
  sequencer_->submit({sweep, {}}, {nullptr, sweep_call}, now());
}

void SimulatedServer::carry_out(const engine::Step& step) {
  in_commit_ = true;
  answered_at_once_ = false;
  const auto done = [this](store::CommitResult result) {
    if (in_commit_) {
      answered_at_once_ = true;
      sequencer_->on_result(result, now());
    } else {
      results_.push_back(std::move(result));
      turn_soon();
    }
  };
  if (step.fence)
    driver_->settle(step.batch, *step.fence, done);
  else
    driver_->commit(step.batch, done);
  in_commit_ = false;
}

void SimulatedServer::deliver() {
  for (engine::Completion& completion : sequencer_->take_completions()) {
    const std::uint64_t call = completion.ticket.id;
    if (call == lease_call) continue;
    if (call != sweep_call) {
      on_answer_(call, std::move(completion.outcome));
      continue;
    }
    sweep_queued_ = false;
    const auto* work = std::get_if<core::WorkOutcome>(&completion.outcome.value);
    const bool more = work != nullptr && work->left > 0;
    next_sweep_ms_ = now().unix_ms + (more ? 0 : engine::EngineOptions{}.sweep_ms);
  }
}

}  // namespace dcount::world
