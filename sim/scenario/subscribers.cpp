#include "sim/scenario/subscribers.h"

#include <algorithm>
#include <array>
#include <set>

namespace dcount::sim {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::array formats{TailFormat::ndjson, TailFormat::ws, TailFormat::sse,
                             TailFormat::lockstep};
constexpr std::array watches{Watch::all, Watch::collection, Watch::keys};
/// Keys of a subscriber that watches single ones.
constexpr std::int64_t keys_max = 3;

milliseconds left_until(Clock::time_point end) {
  return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(end - Clock::now()));
}

/// What a journal calls its keys.
std::vector<std::string> selection_of(Watch watch, TailFormat format,
                                      const std::vector<std::string>& counters, Random& random) {
  const auto any = [&]() -> const std::string& { return counters[random.below(counters.size())]; };
  if (watch == Watch::all) return {"*"};
  if (watch == Watch::collection || format == TailFormat::lockstep) {
    return {any().substr(0, any().find('/') + 1)};
  }
  std::set<std::string> keys;
  const std::int64_t size = random.between(std::int64_t{1}, keys_max);
  for (std::int64_t i = 0; i < size; ++i) keys.insert(any());
  return {keys.begin(), keys.end()};
}

}  // namespace

Subscribers::Subscribers(const std::vector<WorkloadSpec>& specs,
                         const std::vector<std::string>& counters,
                         const std::vector<ServerPlace>& servers, Recorder& recorder,
                         std::uint64_t seed, int receive_buffer_bytes) {
  Random random(seed);
  for (const WorkloadSpec& spec : specs) {
    if (spec.kind != WorkloadKind::tails || counters.empty()) continue;
    const std::size_t first = random.below(formats.size());
    for (std::int64_t client = 0; client < *spec.clients; ++client) {
      const auto number = first + static_cast<std::size_t>(client);
      SubscriberOptions options;
      options.name = "tail-" + std::to_string(subscribers_.size() + 1);
      options.format =
          *spec.format == TailFormat::mixed ? formats[number % formats.size()] : *spec.format;
      const Watch watch =
          *spec.watch == Watch::mixed ? watches[random.below(watches.size())] : *spec.watch;
      options.selection = selection_of(watch, options.format, counters, random);
      options.snapshot =
          options.format != TailFormat::lockstep && random.chance(spec.snapshots.value_or(0));
      options.servers = servers;
      options.first_server = number;
      if (*spec.reach == Reach::home) options.servers = {servers[number % servers.size()]};
      options.answer_time = milliseconds(static_cast<std::int64_t>(*spec.answer_s * 1000));
      options.receive_buffer_bytes = receive_buffer_bytes;
      options.seed = random.next();
      subscribers_.push_back(std::make_unique<Subscriber>(std::move(options), recorder));
    }
  }
}

Result<void> Subscribers::start(milliseconds at_most) {
  const auto end = Clock::now() + at_most;
  for (const auto& subscriber : subscribers_) subscriber->start();
  for (const auto& subscriber : subscribers_) {
    if (subscriber->wait_connected(left_until(end))) continue;
    const std::string wrong = subscriber->wrong();
    return Error{Certainty::definite,
                 subscriber->name() + " could not connect" + (wrong.empty() ? "" : ": " + wrong)};
  }
  return {};
}

std::string Subscribers::finish(const Revisions& revisions, milliseconds at_most) {
  const auto end = Clock::now() + at_most;
  std::string missing;
  for (const auto& subscriber : subscribers_) {
    if (subscriber->wait_reached(revisions, left_until(end))) continue;
    missing += (missing.empty() ? "" : "; ") + subscriber->standing(revisions);
  }
  for (const auto& subscriber : subscribers_) subscriber->end();
  return missing;
}

std::string Subscribers::wrong() const {
  std::string wrong;
  for (const auto& subscriber : subscribers_) {
    if (wrong.empty()) wrong = subscriber->wrong();
  }
  return wrong;
}

}  // namespace dcount::sim
