// Calls of clients on their way to server processes and back: delay, loss, and processes that end.
//
// Thread-safety: none; one world's.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/world/ground.h"
#include "sim/world/simulated_server.h"

namespace dcount::world {

struct CallReply {
  enum class Delivery {
    not_sent,
    lost,  ///< sent, or half of it; no answer came
    answered,
  };
  Delivery delivery = Delivery::not_sent;
  core::Outcome outcome;
  std::string node;  ///< who answered
};

class Calls {
 public:
  using Done = std::function<void(CallReply)>;

  Calls(Ground& ground, Dice dice, Latency latency, std::size_t clients)
      : ground_(ground), dice_(dice), latency_(latency), armed_(clients) {}

  /// To the process that listens at present, null: none. `done` is called once, or never by a
  /// process that is stopped.
  void call(std::size_t client, SimulatedServer* process, core::Command command, Done done);

  /// A process has answered.
  void on_answer(SimulatedServer& process, std::uint64_t call, core::Outcome outcome);
  /// A process is gone: its connections are reset.
  void on_gone(SimulatedServer& process);

  void arm(std::size_t client, Mishap mishap) { armed_[client].push_back(mishap); }
  void clear_mishaps() {
    for (auto& armed : armed_) armed.clear();
  }

 private:
  struct Open {
    std::size_t client = 0;
    SimulatedServer* process = nullptr;
    Done done;
    bool lost = false;
    Micros late = 0;
  };

  Micros delay(std::size_t client) { return latency_.draw(dice_.roll(client)); }
  void reset(std::size_t client, Done done);
  std::optional<Mishap> take_mishap(std::size_t client);

  Ground& ground_;
  Dice dice_;
  const Latency latency_;
  std::vector<std::deque<Mishap>> armed_;
  std::map<std::uint64_t, Open> open_;
  std::uint64_t next_ = 100;  // below are servers' own
};

}  // namespace dcount::world
