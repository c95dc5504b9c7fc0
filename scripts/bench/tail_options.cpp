// See tail_options.h.
#include "tail_options.h"

namespace dcount::bench_tails {

std::string id_of(const Options& options, const std::string& name) {
  return options.wire() == Protocol::redis ? options.collection + ":" + name : name;
}

std::string subscription_to(const Options& options, const std::string& name) {
  return options.wire() == Protocol::redis ? id_of(options, name) : options.collection + "/" + name;
}

std::vector<std::string> ids_of_keys(const Options& options) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < options.keys; ++i) {
    ids.push_back(id_of(options, "k" + std::to_string(i)));
  }
  return ids;
}

SubscriberOptions subscriber_options(const Options& options) {
  SubscriberOptions to{.protocol = options.wire(),
                       .server = options.address,
                       .host = options.server,
                       .count = options.subscribers,
                       .keys = {},
                       .ids = {}};
  to.receive_buffer_bytes = options.receive_buffer_bytes;
  return to;
}

void add_counter(SubscriberOptions& to, const Options& options, const std::string& name) {
  to.keys.push_back(subscription_to(options, name));
  to.ids.push_back(id_of(options, name));
}

void add_keys(SubscriberOptions& to, const Options& options) {
  for (std::size_t i = 0; i < options.keys; ++i) {
    add_counter(to, options, "k" + std::to_string(i));
  }
}

DriverOptions driver_options(const Options& options) {
  return {options.wire(), options.address, options.server, options.collection, options.connections};
}

void settle(Subscribers& subscribers, std::chrono::steady_clock::duration time) {
  constexpr int tick_ms = 50;
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) subscribers.step(tick_ms);
}

}  // namespace dcount::bench_tails
