// dcount-faulty as a process of its own, with a planted bug or none, in a directory that goes with
// it; and stories that look for a broken promise.
//
// Thread-safety: one thread.
#pragma once

#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include "client/client.h"
#include "sim/faulty/control_client.h"
#include "sim/server_process.h"
#include "tests/store/temporary_directory.h"
#include "tests/support/raw_http.h"

namespace dcount::faulty {

/// How long anything may take that must come by itself.
inline constexpr std::chrono::seconds patience{30};

inline bool eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

inline void must(const Result<void>& done) {
  if (!done) throw std::runtime_error(done.error().message);
}

class FaultyServer {
 public:
  /// Ready. Throws when it is not.
  explicit FaultyServer(const std::string& plant = "", const std::string& store = "rocks",
                        const std::string& name = "node-1")
      : process_(make(plant, store, name)) {
    must(process_.start());
  }

  sim::ServerProcess& process() { return process_; }
  std::filesystem::path control() const { return place_.path() / "control"; }

  /// The state after the command.
  FaultyState tell(const nlohmann::json& command) {
    const auto state = ask(control(), command);
    if (!state) throw std::runtime_error(state.error().message);
    return *state;
  }

  void kill_and_start() {
    process_.kill();
    must(process_.start());
  }

  /// One that tries once, or for so long.
  client::Client client(std::chrono::milliseconds retry_time = {}) const {
    client::ClientOptions options;
    options.endpoints = {{"127.0.0.1", process_.port()}};
    options.retry_time = retry_time;
    return client::Client(options);
  }
  test::RawHttp connect() const {
    test::RawHttp connection(process_.port());
    connection.patience = patience;
    return connection;
  }
  /// On a connection of its own; null when there is no answer, or not with 200.
  nlohmann::json ask_for(const std::string& request) const {
    try {
      const auto answer = connect().call(request);
      if (!answer || answer->status != 200) return nullptr;
      return nlohmann::json::parse(answer->body);
    } catch (const std::system_error&) {
      return nullptr;  // nobody listens
    }
  }

 private:
  sim::ServerProcess make(const std::string& plant, const std::string& store,
                          const std::string& name) const {
    auto made = sim::ServerProcess::make(
        {.directory = place_.path(),
         .name = name,
         .store = store,
         .binary = DCOUNT_FAULTY,
         .environment = {{"DCOUNT_PLANT", plant}, {"DCOUNT_CONTROL", control().string()}}});
    if (!made) throw std::runtime_error(made.error().message);
    return std::move(*made);
  }

  const store::TemporaryDirectory place_;
  sim::ServerProcess process_;
};

/// A story is tried with names of its own (`round`) and tells whether the promise was broken.
using Story = std::function<bool(int round)>;

inline constexpr int tries_max = 30;     ///< a bug shows itself within
inline constexpr int honest_rounds = 5;  ///< of the same story that find nothing

inline bool breaks(const Story& story) {
  for (int round = 0; round < tries_max; ++round) {
    if (!story(round)) continue;
    std::printf("seen in round %d\n", round + 1);
    return true;
  }
  return false;
}

inline bool holds(const Story& story) {
  for (int round = 0; round < honest_rounds; ++round) {
    if (story(round)) return false;
  }
  return true;
}

}  // namespace dcount::faulty
