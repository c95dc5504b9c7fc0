// The ways between servers and etcd's members, and what happens on them: delay, a cut that holds
// back what is under way until it is mended, and single messages that are lost or late.
//
// Thread-safety: none; one world's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/world/dice.h"
#include "sim/world/world_runs.h"

namespace dcount::world {

/// What becomes of one exchange: of a server's next commit, or of a client's next call.
struct Mishap {
  enum class Kind { lose_request, lose_answer, delay_request, delay_answer };
  Kind kind = Kind::lose_request;
  Micros delay = 0;  ///< of the delayed ones
};
const char* to_string(Mishap::Kind kind);

/// How often each kind of fault was begun and had an effect.
using FaultCounts = std::map<std::string, FaultCount>;

struct Latency {
  Micros least = 50;
  Micros most = 300;
  std::int64_t slow_one_in = 100;  ///< so many take twenty times as long

  Micros draw(Random random) const {
    const Micros usual = random.between(least, most);
    return random.one_in(slow_one_in) ? 20 * usual : usual;
  }
};

class Network {
 public:
  Network(EventQueue& time, Dice dice, Latency latency, std::size_t servers, std::size_t members,
          FaultCounts& counts);

  /// Lets `arrive` happen after a while; behind a cut, only when it is mended. `not_before` keeps
  /// the order of one connection and is moved on.
  void carry(std::size_t server, std::size_t member, Micros& not_before,
             std::function<void()> arrive);

  bool is_cut(std::size_t server, std::size_t member) const { return way(server, member).cut; }
  bool cut(std::size_t server, std::size_t member);
  bool mend(std::size_t server, std::size_t member);
  /// All connections between them break; those who wait are told.
  void reset(std::size_t server, std::size_t member) { ++way(server, member).resets; }
  std::uint64_t resets(std::size_t server, std::size_t member) const {
    return way(server, member).resets;
  }

  /// For the next commit of this server, one after another.
  void arm(std::size_t server, Mishap mishap) { armed_[server].push_back(mishap); }
  std::optional<Mishap> take_mishap(std::size_t server);
  void clear_mishaps();

 private:
  struct Way {
    bool cut = false;
    std::uint64_t resets = 0;
    std::vector<std::function<void()>> held;
  };
  Way& way(std::size_t server, std::size_t member) { return ways_[server * members_ + member]; }
  const Way& way(std::size_t server, std::size_t member) const {
    return ways_[server * members_ + member];
  }

  EventQueue& time_;
  Dice dice_;
  const Latency latency_;
  const std::size_t members_;
  FaultCounts& counts_;
  std::vector<Way> ways_;
  std::vector<std::deque<Mishap>> armed_;
};

}  // namespace dcount::world
