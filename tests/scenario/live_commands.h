// Commands that a real service and the model are both given, for rc::state::check.
//
// Thread-safety: one thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "client/client.h"
#include "tests/scenario/bounded_check.h"
#include "tests/scenario/live_model.h"

namespace dcount::test {

/// The service under test: processes that go on running while cases come and go.
struct Processes {
  std::vector<client::Endpoint> endpoints;  ///< each command goes to one of them
  std::function<void(std::size_t)> kill;    ///< SIGKILL
  std::function<std::string(std::size_t)>
      run;  ///< starts it again; until it is ready. "" or why not
};

/// Commands on names of their own for each case, answered as LiveModel answers.
bool behaves_like_the_model(const Bounded& bounds, const Processes& processes);

}  // namespace dcount::test
