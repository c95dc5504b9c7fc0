// The servers of a world: their processes, one after another under each name, and who may not live
// any more but does not know it yet.
//
// Thread-safety: none; one world's.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/world/calls.h"
#include "sim/world/ground.h"
#include "sim/world/schedule.h"
#include "sim/world/simulated_server.h"

namespace dcount::world {

class Machines {
 public:
  /// Makes the way to the store for a process: its server's number, its name for the trace.
  using MakeDriver = std::function<std::unique_ptr<StoreDriver>(Host& host, std::size_t server,
                                                                const std::string& process)>;

  Machines(Ground& ground, const Schedule& schedule, Dice dice, Calls& calls,
           MakeDriver make_driver);

  std::size_t size() const { return nodes_.size(); }

  /// The process a call to this server would reach; null: nobody listens there.
  SimulatedServer* listener(std::size_t server) const;
  SimulatedServer* current(std::size_t server) const { return nodes_[server].current; }

  /// A process for this server, if it has none.
  void start(std::size_t server);
  /// False: there is nothing to kill.
  bool kill(std::size_t server);
  bool stop(std::size_t server);
  /// The process that runs now is stopped, and another one takes its name; the old one goes on
  /// after `span`.
  bool replace(std::size_t server, Micros span);

  /// What the nodes tell each other of their clocks: whose is off serves nobody.
  void judge_clocks();

  /// Called when a process has ended by itself or was killed, before another one starts.
  std::function<void(std::size_t server)> on_ended;

  bool all_serve() const;

 private:
  struct Node {
    std::vector<std::unique_ptr<SimulatedServer>> processes;
    SimulatedServer* current = nullptr;
  };

  void on_end(std::size_t server, SimulatedServer& process);

  Ground& ground_;
  const Schedule& schedule_;
  Dice dice_;
  Calls& calls_;
  const MakeDriver make_driver_;
  std::vector<Node> nodes_;
};

}  // namespace dcount::world
