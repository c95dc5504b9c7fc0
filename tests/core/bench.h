// A test bench for the core: one state, and commands decided and committed one by one.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "server/core/decide.h"

namespace dcount::core {

struct Bench {
  State state;
  Now now{1'700'000'000'000};
  Revision revision = 0;

  /// Decides, commits, and hands the whole decision back.
  Decision run(Command command) {
    Decision decision = decide(StateView(state), command, now);
    if (!decision.writes.empty()) {
      ++revision;
      for (const Write& write : decision.writes) state.apply(write.key, write.value, revision);
      state.advance(revision);
    }
    return decision;
  }

  template <class Body>
  CounterOutcome counter(Body body) {
    return std::get<CounterOutcome>(run({std::move(body), {}}).outcome.value);
  }

  void pass(std::int64_t ms) { now.unix_ms += ms; }
};

inline const CounterId home{"views", "home"};

inline Add add_n(std::int64_t n) {
  Add add;
  add.counter = home;
  add.n = n;
  return add;
}

inline CreateCounter create_at(std::int64_t n) {
  CreateCounter create;
  create.counter = home;
  create.n = n;
  return create;
}

}  // namespace dcount::core
