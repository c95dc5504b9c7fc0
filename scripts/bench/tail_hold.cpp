// See tail_hold.h.
#include "tail_hold.h"

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace dcount::bench_tails {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::chrono::milliseconds settle_time{500};
constexpr int quiet_ms = 1'000;  // nothing more comes
constexpr int tick_ms = 50;

void print(const Json& json) {
  std::puts(json.dump().c_str());
  std::fflush(stdout);
}

Json told(const Subscribers& subscribers) {
  const Tally& tally = subscribers.tally();
  return {{"subscribers", subscribers.subscribed()},
          {"values", tally.values},
          {"pings", tally.pings},
          {"ended", tally.ended},
          {"last_values", tally.last_values}};
}

/// What was written to standard input since; false when it has ended.
bool read_input(std::string& text, int timeout_ms) {
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  if (::poll(&input, 1, timeout_ms) <= 0) return true;
  char buffer[256];
  const ssize_t n = ::read(STDIN_FILENO, buffer, sizeof buffer);
  if (n > 0) text.append(buffer, static_cast<std::size_t>(n));
  return n > 0;
}

}  // namespace

int hold(const Options& options) {
  SubscriberOptions to = subscriber_options(options);
  if (options.subscribe == "everything") {
    to.keys = {"*"};
  } else if (!options.subscribe.empty()) {
    to.keys = {subscription_to(options, options.subscribe)};
  } else {
    Driver(driver_options(options)).prepare(ids_of_keys(options));
    add_keys(to, options);
  }
  Subscribers subscribers(std::move(to));
  subscribers.open();
  settle(subscribers, settle_time);
  bool reading = !options.never_read;
  if (!reading) subscribers.pause();
  print({{"subscribers", subscribers.subscribed()}});
  for (std::string commands; read_input(commands, reading ? 0 : tick_ms);) {
    if (reading) subscribers.step(tick_ms);
    if (!commands.starts_with("resume\n")) continue;
    commands.erase(0, commands.find('\n') + 1);
    if (!std::exchange(reading, true)) subscribers.resume();
    while (subscribers.step(quiet_ms)) {
    }
    print(told(subscribers));
  }
  print(told(subscribers));
  return 0;
}

}  // namespace dcount::bench_tails
