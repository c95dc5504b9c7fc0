#include "sim/world/world.h"

#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "sim/check/verdict.h"
#include "sim/world/etcd_driver.h"
#include "sim/world/faults.h"
#include "sim/world/machines.h"
#include "sim/world/rocks_driver.h"

namespace dcount::world {
namespace {

constexpr Micros start_max = 30 * second;  // until all servers serve for the first time
constexpr Micros heal_max = 120 * second;  // until all has ended after the last fault
constexpr Micros final_max = 60 * second;  // for the last reads
constexpr std::uint64_t steps_max = 5'000'000;
constexpr Micros retry_pause = 50 * millisecond;
constexpr Micros clock_time = second;
constexpr std::uint32_t first_reader = 1000;  // process numbers of those who read at the end

class World {
 public:
  World(const Schedule& schedule, const WorldOptions& options, bool trace)
      : schedule_(schedule),
        trace_(trace, time_),
        ground_{time_, trace_, result_.faults, options, nullptr, nullptr},
        network_(time_, Dice(time_, schedule.seed, 2), schedule.server_latency, schedule.servers,
                 schedule.etcd.members, result_.faults),
        etcd_(time_, Dice(time_, schedule.seed, 3), schedule.etcd, trace_),
        disk_(schedule.rocks ? std::make_unique<RocksDisk>(options.bugs.no_sync) : nullptr),
        calls_(ground_, Dice(time_, schedule.seed, 4), schedule.client_latency, schedule.clients),
        machines_(ground_, schedule, Dice(time_, schedule.seed, 5), calls_,
                  [this](Host& host, std::size_t server, const std::string& process) {
                    return driver(host, server, process);
                  }),
        faults_(ground_, schedule, machines_, calls_, disk_.get()) {
    ground_.network = &network_;
    ground_.etcd = &etcd_;
  }

  RunResult run() {
    describe_keys(schedule_, history_);
    for (std::size_t i = 0; i < schedule_.servers; ++i) {
      history_.name_node("node-" + std::to_string(i + 1));
    }
    const bool ended = found() && happen() && heal() && read_finally();
    result_.virtual_time = time_.now();
    result_.steps = time_.steps();
    if (ended) judge();
    result_.trace = trace_.take();
    return std::move(result_);
  }

 private:
  std::unique_ptr<StoreDriver> driver(Host& host, std::size_t server, const std::string& process) {
    if (disk_) return std::make_unique<RocksDriver>(ground_, *disk_, process);
    return std::make_unique<EtcdDriver>(
        ground_, host,
        EtcdDriverOptions{server, process, schedule_.etcd.operations_max, schedule_.page_entries,
                          schedule_.heartbeats});
  }

  /// Time passes until `holds`, or the limit. False: it does not hold then.
  template <class Holds>
  bool pass_until(Micros limit, const char* what, Holds holds) {
    while (!holds()) {
      if (time_.steps() < steps_max && time_.step(limit)) continue;
      time_.pass(limit);
      result_.verdict = WorldVerdict::stuck;
      result_.judge = "liveness";
      result_.witness = std::string(what) + " within its time";
      return false;
    }
    return true;
  }

  /// A quiet beginning: servers serve, and what has to be there is made.
  bool found() {
    for (std::size_t server = 0; server < machines_.size(); ++server) machines_.start(server);
    if (!pass_until(start_max, "the servers did not start", [&] { return machines_.all_serve(); }))
      return false;
    std::size_t open = 0;
    for (core::Command& command : founding_commands(schedule_)) {
      ++open;
      ask_until_done(0, std::move(command), [&](const core::Outcome&) { --open; });
    }
    return pass_until(time_.now() + start_max, "the keys were not made", [&] { return open == 0; });
  }

  void ask_until_done(std::size_t server, core::Command command,
                      std::function<void(const core::Outcome&)> done) {
    SimulatedServer* process = machines_.listener(server);
    calls_.call(schedule_.clients, process, command,
                [this, server, command, done = std::move(done)](const CallReply& reply) {
                  using core::Code;
                  const Code code = reply.outcome.code;
                  const bool answered = reply.delivery == CallReply::Delivery::answered &&
                                        code != Code::unavailable && code != Code::unknown;
                  if (answered) return done(reply.outcome);
                  time_.after(retry_pause, [this, server, command, done] {
                    ask_until_done(server, command, done);
                  });
                });
  }

  bool happen() {
    for (std::size_t client = 0; client < schedule_.clients; ++client) {
      clients_.push_back(std::make_unique<SimulatedClient>(
          ground_, schedule_, history_, calls_,
          [this](std::size_t server) { return machines_.listener(server); }, result_.operations,
          client));
    }
    const Micros begin = time_.now();
    for (const Event& event : schedule_.events) {
      time_.at(begin + event.at, [this, &event] {
        if (!event.is_fault) return clients_[event.client]->enqueue(event.operation);
        trace_.note([&] { return "-------- " + to_text(event, schedule_); });
        faults_.begin(event);
      });
    }
    tick_clocks();
    while (time_.steps() < steps_max && time_.step(begin + schedule_.end)) {
    }
    time_.pass(begin + schedule_.end);
    return true;
  }

  void tick_clocks() {
    machines_.judge_clocks();
    time_.after(clock_time, [this] { tick_clocks(); });
  }

  bool heal() {
    history_.begin_phase("heal");
    trace_.note([] { return "-------- all is healed"; });
    faults_.heal();
    const Micros limit = time_.now() + heal_max;
    const auto idle = [&] {
      for (const auto& client : clients_) {
        if (!client->idle()) return false;
      }
      return true;
    };
    return pass_until(limit, "an operation did not end", idle) &&
           pass_until(limit, "a server did not serve again", [&] { return machines_.all_serve(); });
  }

  std::set<std::size_t> touched_keys() const {
    std::set<std::size_t> keys;
    for (const Event& event : schedule_.events) {
      if (event.is_fault) continue;
      keys.insert(event.operation.key);
      const bool two = event.operation.kind == PlannedOperation::Kind::transfer ||
                       event.operation.kind == PlannedOperation::Kind::items_of_two;
      if (two) keys.insert(event.operation.other);
    }
    return keys;
  }

  bool read_finally() {
    history_.begin_phase("final");
    trace_.note([] { return "-------- last reads"; });
    std::vector<Held> held;
    std::size_t open = 0;
    std::vector<std::unique_ptr<ClientOperation>> reads;
    for (std::size_t server = 0; server < machines_.size(); ++server) {
      std::uint32_t process = first_reader + static_cast<std::uint32_t>(server) * 100;
      for (const std::size_t key : touched_keys()) {
        using Kind = PlannedOperation::Kind;
        std::vector<Kind> kinds;
        if (schedule_.keys[key].kind == Key::Kind::counter) kinds = {Kind::read};
        if (schedule_.keys[key].kind == Key::Kind::items) kinds = {Kind::count};
        if (server == 0 && kinds == std::vector{Kind::count}) kinds.push_back(Kind::members);
        for (const Kind kind : kinds) {
          PlannedOperation planned;
          planned.kind = kind;
          planned.key = key;
          ++open;
          reads.push_back(std::make_unique<ClientOperation>(schedule_, history_, process++, "final",
                                                            planned, held));
          ClientOperation* read = reads.back().get();
          read->invoke();
          ask_until_done(server, read->command(0), [&, read, server](const core::Outcome& got) {
            --open;
            trace_.note([&] {
              return "reader ← node-" + std::to_string(server + 1) + "  " + read->text() + ": " +
                     ClientOperation::text(got);
            });
            read->complete(Ending::ok, &got, "node-" + std::to_string(server + 1));
          });
        }
      }
    }
    return pass_until(time_.now() + final_max, "a last read was not answered",
                      [&] { return open == 0; });
  }

  void judge() {
    const check::Judgement judgement = check::check(history_.history(), {});
    if (judgement.verdict == check::Verdict::valid) return;
    const bool invalid = judgement.verdict == check::Verdict::invalid;
    result_.verdict = invalid ? WorldVerdict::invalid : WorldVerdict::unknown;
    const check::Finding& finding = judgement.findings.front();
    result_.judge = finding.judge + (finding.key.empty() ? "" : " of " + finding.key);
    result_.witness = invalid ? finding.witness.text : finding.summary;
  }

  const Schedule& schedule_;
  RunResult result_;
  EventQueue time_;
  Trace trace_;
  Ground ground_;
  Network network_;
  SimulatedEtcd etcd_;
  std::unique_ptr<RocksDisk> disk_;
  check::HistoryBuilder history_;
  Calls calls_;
  Machines machines_;
  Faults faults_;
  std::vector<std::unique_ptr<SimulatedClient>> clients_;
};

}  // namespace

RunResult run_schedule(const Schedule& schedule, const WorldOptions& options, bool trace) {
  return World(schedule, options, trace).run();
}

}  // namespace dcount::world
