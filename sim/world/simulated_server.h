// One process of a server: the production sequencer, and what engine/engine.cpp does around it with
// a thread, a clock and an inbox, done again in virtual time.
//
// Thread-safety: none; one world's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/core/state.h"
#include "server/engine/sequencer.h"
#include "sim/world/ground.h"
#include "sim/world/store_driver.h"

namespace dcount::world {

struct ServerOptions {
  std::size_t number = 0;                ///< of its name: "node-<number + 1>"
  std::string process;                   ///< "node-1", "node-1'" for the trace
  Micros start_time = 50 * millisecond;  ///< before it claims
  Micros turn_least = 20;                ///< what a round of its loop takes
  Micros turn_most = 150;
};

class SimulatedServer final : public Host, public store::ChangeSink {
 public:
  enum class Status {
    starting,
    serving,
    stopping,  ///< finishes what it has
    ended,
  };
  /// Which call, and its answer. Called at most once for each.
  using OnAnswer = std::function<void(std::uint64_t call, core::Outcome outcome)>;
  using OnEnd = std::function<void(const std::string& why)>;  ///< by itself, not by kill
  using MakeDriver = std::function<std::unique_ptr<StoreDriver>(Host& host)>;

  SimulatedServer(Ground& ground, ServerOptions options, Dice dice, const MakeDriver& driver,
                  OnAnswer on_answer, OnEnd on_end);
  ~SimulatedServer() override;

  void start();

  Status status() const { return status_; }
  bool paused() const { return paused_; }
  /// It can be connected to.
  bool listens() const { return status_ == Status::serving; }
  const std::string& process() const { return options_.process; }
  std::size_t number() const { return options_.number; }

  /// A call has reached it.
  void submit(core::Command command, std::uint64_t call);

  void kill();
  /// Stops accepting, answers what it has, gives its leases back, ends.
  void stop();
  void pause() { paused_ = true; }
  void resume();

  /// How far its clock is off.
  Micros clock_off() const { return clock_off_; }
  void move_clock(Micros by) { clock_off_ += by; }
  void suspend(std::string why);
  bool suspended() const { return !suspended_why_.empty(); }

  /// What it knows.
  const core::State& state() const { return state_; }

  bool runs() const override { return status_ != Status::ended && !paused_; }
  void run(std::function<void()> action) override;
  void on_changes(Revision revision, std::span<const Entry> entries) override;
  void on_gap() override;

 private:
  struct Changes {
    Revision revision = 0;
    std::vector<Entry> entries;
  };
  struct Submission {
    core::Command command;
    std::uint64_t call = 0;
    core::Now submitted;
  };

  core::Now now() const;
  void load();
  void on_loaded(const Result<Revision>& revision);
  void turn_soon();
  void turn_at(Micros when);
  void turn();
  void take_in();
  void sweep_if_due();
  void carry_out(const engine::Step& step);
  void deliver();
  void end(const std::string& why);

  Ground& ground_;
  const ServerOptions options_;
  Dice dice_;
  const OnAnswer on_answer_;
  const OnEnd on_end_;
  Status status_ = Status::starting;
  bool paused_ = false;
  Micros clock_off_ = 0;
  std::string suspended_why_;
  std::vector<std::function<void()>> held_;  ///< while it is stopped

  // The inbox.
  std::vector<Submission> submissions_;
  std::vector<store::CommitResult> results_;
  std::vector<Changes> changes_;
  bool gap_ = false;

  core::State state_;
  std::optional<store::Mark> mark_;
  std::optional<engine::Sequencer> sequencer_;
  bool loading_ = false;
  Micros turn_due_ = -1;  ///< -1: none
  std::uint64_t turn_number_ = 0;
  std::int64_t next_sweep_ms_ = 0;
  bool sweep_queued_ = false;
  bool in_commit_ = false;
  bool answered_at_once_ = false;

  std::unique_ptr<StoreDriver> driver_;
};

}  // namespace dcount::world
