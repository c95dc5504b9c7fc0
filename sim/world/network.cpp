#include "sim/world/network.h"

namespace dcount::world {

const char* to_string(Mishap::Kind kind) {
  switch (kind) {
    case Mishap::Kind::lose_request:
      return "request lost";
    case Mishap::Kind::lose_answer:
      return "answer lost";
    case Mishap::Kind::delay_request:
      return "request late";
    case Mishap::Kind::delay_answer:
      return "answer late";
  }
  return "";
}

Network::Network(EventQueue& time, Dice dice, Latency latency, std::size_t servers,
                 std::size_t members, FaultCounts& counts)
    : time_(time),
      dice_(dice),
      latency_(latency),
      members_(members),
      counts_(counts),
      ways_(servers * members),
      armed_(servers) {}

void Network::carry(std::size_t server, std::size_t member, Micros& not_before,
                    std::function<void()> arrive) {
  const Micros delay = latency_.draw(dice_.roll(server * members_ + member));
  not_before = std::max(not_before + 1, time_.now() + delay);
  time_.at(not_before, [this, server, member, arrive = std::move(arrive)]() mutable {
    Way& here = way(server, member);
    if (!here.cut) return arrive();
    ++counts_["cut"].effects;
    here.held.push_back(std::move(arrive));
  });
}

bool Network::cut(std::size_t server, std::size_t member) {
  return !std::exchange(way(server, member).cut, true);
}

bool Network::mend(std::size_t server, std::size_t member) {
  Way& here = way(server, member);
  if (!std::exchange(here.cut, false)) return false;
  // Now, and not a little later: what is on its way must not overtake what was held.
  for (auto& arrive : std::exchange(here.held, {})) arrive();
  return true;
}

std::optional<Mishap> Network::take_mishap(std::size_t server) {
  auto& armed = armed_[server];
  if (armed.empty()) return std::nullopt;
  const Mishap mishap = armed.front();
  armed.pop_front();
  ++counts_[to_string(mishap.kind)].effects;
  return mishap;
}

void Network::clear_mishaps() {
  for (auto& armed : armed_) armed.clear();
}

}  // namespace dcount::world
