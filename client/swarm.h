// Many clients at once, for tests and loads: a thread and a Client each, spread over the endpoints.
//
// Thread-safety: blocks until all are done; `work` runs on all threads at the same time.
#pragma once

#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

#include "client/client.h"

namespace dcount::client {

/// Cheap enough for hundreds: a thread that waits for an answer costs a few pages.
inline void run_swarm(std::size_t clients, const ClientOptions& options,
                      const std::function<void(Client& client, std::size_t index)>& work) {
  std::vector<std::jthread> threads;
  threads.reserve(clients);
  for (std::size_t index = 0; index < clients; ++index) {
    threads.emplace_back([&options, &work, index] {
      ClientOptions own = options;
      own.first_endpoint = options.first_endpoint + index;
      Client client(std::move(own));
      work(client, index);
    });
  }
}

}  // namespace dcount::client
