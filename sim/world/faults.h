// What goes wrong in a world: begins an event of the schedule, and ends it after its span.
//
// Thread-safety: none; one world's.
#pragma once

#include <cstddef>
#include <functional>

#include "sim/world/machines.h"
#include "sim/world/rocks_driver.h"

namespace dcount::world {

class Faults {
 public:
  /// `disk`: of a world without etcd.
  Faults(Ground& ground, const Schedule& schedule, Machines& machines, Calls& calls,
         RocksDisk* disk);

  void begin(const Event& event);

  /// Everything that can be reached is reached, everything that can run runs.
  void heal();

 private:
  bool begin_at_server(const Event& event);
  bool begin_on_network(const Event& event);
  bool begin_in_etcd(const Event& event);
  bool begin_on_disk(const Event& event);
  bool pause_server(const Event& event);
  bool move_clock(const Event& event);
  bool isolate_server(const Event& event);
  bool isolate_leader(const Event& event);
  void power_off(std::size_t server);
  void after(Micros span, std::function<void()> action);

  Ground& ground_;
  const Schedule& schedule_;
  Machines& machines_;
  Calls& calls_;
  RocksDisk* const disk_;
  bool healed_ = false;
};

}  // namespace dcount::world
