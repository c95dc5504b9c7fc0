// What the handlers of all resources work with.
//
// Thread-safety: read-only after construction, except for what says otherwise.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "server/api/dispatcher.h"
#include "server/api/exactly_once.h"
#include "server/api/id_source.h"
#include "server/engine/engine.h"
#include "server/keys/key_ring.h"

namespace dcount::api {

struct Context {
  engine::Engine& engine;
  KeyOptions keys;
  IdSource& ids;                                             ///< thread-safe
  std::int64_t count_max;                                    ///< numbers that one call draws
  std::function<std::int64_t()> servers = [] { return 1; };  ///< of the cluster; any thread
  bool cors = false;                                         ///< OPTIONS is the browsers'
  keys::KeyRing* key_ring = nullptr;                         ///< outlives it; null: no /api/keys
  std::vector<std::unique_ptr<Dispatcher>> dispatchers;  ///< one a loop; used on its thread only

  /// Submits a command of the loop that `responder` belongs to.
  void submit(core::Command command, Answer answer, http::Responder responder) {
    Dispatcher& dispatcher = *dispatchers[responder.loop().index()];
    dispatcher.submit(std::move(command), std::move(answer), std::move(responder));
  }
};

}  // namespace dcount::api
