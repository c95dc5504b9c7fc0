// Which endpoint to ask next: a dead one costs one time-out, then it is left alone for a while.
//
// Thread-safety: none; it belongs to one Client.
#pragma once

#include <cstddef>
#include <vector>

#include "client/clock.h"
#include "client/endpoint.h"

namespace dcount::client {

/// How long a failed endpoint is avoided: doubled by every failure in a row.
inline constexpr Duration avoid_time_min{500};
inline constexpr Duration avoid_time_max{15'000};

class EndpointPool {
 public:
  /// `endpoints` must not be empty. Begins with the one at `first` (mod their number), so that many
  /// clients spread over them.
  EndpointPool(std::vector<Endpoint> endpoints, std::size_t first);

  /// Stays with the endpoint that answered last; otherwise the next one in turn that is not
  /// avoided; when all are, the one whose time is over first.
  std::size_t pick(TimePoint now) const;
  /// True when some endpoint is not being avoided.
  bool any_healthy(TimePoint now) const;

  void succeeded(std::size_t index);
  void failed(std::size_t index, TimePoint now);

  const Endpoint& endpoint(std::size_t index) const { return states_[index].endpoint; }
  std::size_t size() const { return states_.size(); }

 private:
  struct State {
    Endpoint endpoint;
    int failures_in_a_row = 0;
    TimePoint avoided_until{};
  };
  std::vector<State> states_;
  std::size_t current_;
};

}  // namespace dcount::client
