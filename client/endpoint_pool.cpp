#include "client/endpoint_pool.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace dcount::client {

EndpointPool::EndpointPool(std::vector<Endpoint> endpoints, std::size_t first) {
  if (endpoints.empty()) std::abort();
  for (auto& endpoint : endpoints) states_.push_back({.endpoint = std::move(endpoint)});
  current_ = first % states_.size();
}

std::size_t EndpointPool::pick(TimePoint now) const {
  for (std::size_t step = 0; step < states_.size(); ++step) {
    std::size_t index = (current_ + step) % states_.size();
    if (states_[index].avoided_until <= now) return index;
  }
  auto soonest = std::min_element(states_.begin(), states_.end(), [](auto& a, auto& b) {
    return a.avoided_until < b.avoided_until;
  });
  return static_cast<std::size_t>(soonest - states_.begin());
}

bool EndpointPool::any_healthy(TimePoint now) const {
  return std::any_of(states_.begin(), states_.end(),
                     [now](auto& state) { return state.avoided_until <= now; });
}

void EndpointPool::succeeded(std::size_t index) {
  states_[index].failures_in_a_row = 0;
  states_[index].avoided_until = {};
  current_ = index;
}

void EndpointPool::failed(std::size_t index, TimePoint now) {
  State& state = states_[index];
  Duration time = avoid_time_max;
  if (state.failures_in_a_row < 8) {
    time = std::min(avoid_time_max, avoid_time_min * (1 << state.failures_in_a_row));
  }
  ++state.failures_in_a_row;
  state.avoided_until = now + time;
}

}  // namespace dcount::client
