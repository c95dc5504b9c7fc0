// A sequence: draws, and of a gapless one reservations that are confirmed, released or left alone.
#include <limits>

#include "sim/scenario/workload.h"

namespace dcount::sim {
namespace {

/// So long that none expires within a run: when a server's clock jumps, expired ones are expected.
constexpr std::int64_t reservation_s = 24 * 3600;
constexpr double confirmed_share = 0.6;
constexpr double released_share = 0.3;

client::SequenceMode client_mode(Mode mode) {
  switch (mode) {
    case Mode::cached:
      return client::SequenceMode::cached;
    case Mode::gapless:
      return client::SequenceMode::gapless;
    case Mode::strict:
      break;
  }
  return client::SequenceMode::strict;
}

class Sequence final : public Workload {
 public:
  Sequence(const WorkloadSpec& spec, std::size_t number)
      : spec_(spec), name_("seq" + std::to_string(number + 1)) {}

  client::Result<void> prepare(client::Client& client) override {
    client::SequenceDefinition definition;
    definition.mode = client_mode(*spec_.mode);
    definition.cache = spec_.cache;
    if (spec_.last) {
      definition.max = *spec_.last;
      definition.cycle = *spec_.mode != Mode::gapless;
    }
    auto defined = client.define_sequence(name_, definition);
    if (!defined) return defined.error();
    state_ = std::move(defined->sequence);
    return {};
  }

  Json keys() const override {
    Json key{{"key", name_},
             {"kind", "sequence"},
             {"mode", client::name(state_.mode)},
             {"start", state_.start},
             {"increment", state_.increment},
             {"min", state_.min},
             {"max", state_.max},
             {"cycle", state_.cycle}};
    if (state_.gap_max) key["gap_max"] = *state_.gap_max;
    if (*spec_.mode == Mode::gapless) key["expires"] = false;
    return Json::array({std::move(key)});
  }

  void operate(Worker& worker) override {
    if (*spec_.mode == Mode::gapless) {
      reserve_and_settle(worker);
    } else {
      draw(worker, worker.random().between(std::int64_t{1}, *spec_.count_max));
    }
  }

  void operate_each(Worker& worker) override {
    if (*spec_.mode != Mode::gapless) return;
    for (const bool confirm : {true, false}) {
      if (const auto reservation = reserve(worker)) settle(worker, *reservation, confirm);
    }
  }

  bool read_finally(Worker& worker) override {
    if (*spec_.mode == Mode::gapless) {
      reserve(worker);
    } else {
      draw(worker, 1);
    }
    return worker.answered();  // an exhausted sequence refuses, rightly
  }

 private:
  void draw(Worker& worker, std::int64_t count) {
    const std::string key = worker.fresh_id();
    worker.note(
        {.function = "next", .key = name_, .value = std::to_string(count), .id = key},
        [&] { return worker.client().draw(name_, count, key); },
        [](const client::Drawn& drawn) { return Completed{.value = list_of(drawn.numbers)}; });
  }

  std::optional<client::Reservation> reserve(Worker& worker) {
    const std::string key = worker.fresh_id();
    return worker.note(
        {.function = "reserve", .key = name_, .id = key},
        [&] { return worker.client().reserve(name_, reservation_s, key); },
        [](const client::Reservation& reservation) {
          return Completed{.value = std::to_string(reservation.number),
                           .more = "\"token\":" + json_text(reservation.token)};
        });
  }

  void settle(Worker& worker, const client::Reservation& reservation, bool confirm) {
    const std::string key = worker.fresh_id();
    worker.note(
        {.function = confirm ? "confirm" : "release",
         .key = name_,
         .value = std::to_string(reservation.number),
         .id = key},
        [&] {
          return confirm ? worker.client().confirm(name_, reservation.token, key)
                         : worker.client().release(name_, reservation.token, key);
        },
        [](std::int64_t number) { return Completed{.value = std::to_string(number)}; });
  }

  void reserve_and_settle(Worker& worker) {
    const auto reservation = reserve(worker);
    if (!reservation) return;
    const double choice = worker.random().between(0.0, 1.0);
    if (choice < confirmed_share + released_share) {
      settle(worker, *reservation, choice < confirmed_share);
    }
  }

  const WorkloadSpec spec_;
  const std::string name_;
  client::SequenceState state_;
};

}  // namespace

std::unique_ptr<Workload> make_sequence(const WorkloadSpec& spec, std::size_t number) {
  return std::make_unique<Sequence>(spec, number);
}

}  // namespace dcount::sim
