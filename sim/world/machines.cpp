#include "sim/world/machines.h"

#include <algorithm>
#include <utility>

#include "server/nodes/clock_offset.h"

namespace dcount::world {
namespace {

constexpr Micros supervisor_pause = 300 * millisecond;  // before it starts a process again
constexpr Micros clock_off_max = 800 * millisecond;     // of clocks that are right
constexpr std::int64_t ping_uncertainty_ms = 5;

}  // namespace

Machines::Machines(Ground& ground, const Schedule& schedule, Dice dice, Calls& calls,
                   MakeDriver make_driver)
    : ground_(ground),
      schedule_(schedule),
      dice_(dice),
      calls_(calls),
      make_driver_(std::move(make_driver)),
      nodes_(schedule.servers) {}

SimulatedServer* Machines::listener(std::size_t server) const {
  SimulatedServer* process = nodes_[server].current;
  return process != nullptr && process->listens() ? process : nullptr;
}

void Machines::start(std::size_t server) {
  Node& node = nodes_[server];
  if (node.current != nullptr) return;
  ServerOptions options;
  options.number = server;
  options.process = "node-" + std::to_string(server + 1);
  if (!node.processes.empty()) options.process += "." + std::to_string(node.processes.size() + 1);
  Random random = dice_.roll(server);
  options.start_time = random.between(5, 200) * millisecond;
  options.turn_most = random.between(20, 400);
  const std::uint64_t seed = random.next();
  auto holder = std::make_shared<SimulatedServer*>(nullptr);
  node.processes.push_back(std::make_unique<SimulatedServer>(
      ground_, options, Dice(ground_.time, seed, 0),
      [this, server, name = options.process](Host& host) {
        return make_driver_(host, server, name);
      },
      [this, holder](std::uint64_t call, core::Outcome outcome) {
        calls_.on_answer(**holder, call, std::move(outcome));
      },
      [this, server, holder](const std::string&) {
        // Not while it is still in its own round.
        ground_.time.after(0, [this, server, holder] { on_end(server, **holder); });
      }));
  node.current = *holder = node.processes.back().get();
  if (random.one_in(2)) node.current->move_clock(random.between(-clock_off_max, clock_off_max));
  ground_.trace.note([&] { return options.process + "  starts"; });
  node.current->start();
}

void Machines::on_end(std::size_t server, SimulatedServer& process) {
  calls_.on_gone(process);
  process.kill();  // what is left of it
  if (nodes_[server].current != &process) return;
  nodes_[server].current = nullptr;
  if (on_ended) on_ended(server);
  ground_.time.after(supervisor_pause, [this, server] { start(server); });
}

bool Machines::kill(std::size_t server) {
  SimulatedServer* process = std::exchange(nodes_[server].current, nullptr);
  if (process == nullptr) return false;
  ground_.trace.note([&] { return process->process() + "  is killed"; });
  process->kill();
  calls_.on_gone(*process);
  if (on_ended) on_ended(server);
  return true;
}

bool Machines::stop(std::size_t server) {
  SimulatedServer* process = nodes_[server].current;
  if (process == nullptr || process->status() != SimulatedServer::Status::serving) return false;
  ground_.trace.note([&] { return process->process() + "  is told to stop"; });
  process->stop();
  return true;
}

bool Machines::replace(std::size_t server, Micros span) {
  SimulatedServer* process = nodes_[server].current;
  if (process == nullptr || process->paused()) return false;
  ground_.trace.note([&] { return process->process() + "  stands still, and is replaced"; });
  process->pause();
  nodes_[server].current = nullptr;
  start(server);
  ground_.time.after(span, [this, process] {
    ground_.trace.note([&] { return process->process() + "  goes on"; });
    process->resume();
  });
  return true;
}

void Machines::judge_clocks() {
  for (Node& node : nodes_) {
    SimulatedServer* process = node.current;
    if (process == nullptr || process->paused() || !process->listens()) continue;
    std::vector<nodes::ClockOffset> others;
    for (const Node& other : nodes_) {
      const SimulatedServer* peer = other.current;
      if (peer == nullptr || peer == process || peer->paused() || !peer->listens()) continue;
      others.push_back(
          {(peer->clock_off() - process->clock_off()) / millisecond, ping_uncertainty_ms});
    }
    const bool off = nodes::judge_clock(others).off;
    if (off == process->suspended()) continue;
    ground_.trace.note([&] {
      return process->process() + (off ? "  is suspended: its clock is off" : "  serves again");
    });
    if (off) ++ground_.counts["move clock"].effects;
    process->suspend(off ? "its clock is off" : "");
  }
}

bool Machines::all_serve() const {
  return std::ranges::all_of(nodes_, [](const Node& node) {
    return node.current != nullptr && node.current->listens() && !node.current->suspended();
  });
}

}  // namespace dcount::world
