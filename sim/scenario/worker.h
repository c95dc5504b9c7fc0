// One client of a workload: a caller of the service whose every operation is in the journal.
//
// Thread-safety: none; one thread's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "client/client.h"
#include "sim/scenario/random.h"
#include "sim/scenario/recorder.h"

namespace dcount::sim {

struct WorkerOptions {
  client::ClientOptions client;
  int process = 0;         ///< its number in the journal
  std::string node;        ///< the only server it talks to; empty: several
  std::size_t number = 0;  ///< among the clients of its workload
  std::uint64_t seed = 1;
};

class Worker {
 public:
  Worker(WorkerOptions options, Recorder& recorder);

  client::Client& client() { return client_; }
  /// Goes on with another client.
  void reconnect(const client::ClientOptions& options) { client_ = client::Client(options); }
  Random& random() { return random_; }
  int process() const { return options_.process; }
  std::size_t number() const { return options_.number; }

  /// A name that no other operation of the run has: its Idempotency-Key, or a part of names.
  std::string fresh_id();

  /// Whether the service has answered the last operation, be it by a refusal.
  bool answered() const { return answered_; }

  /// Notes the invocation, does `call()` (which returns a client::Result), and notes how it ended:
  /// `told(value)` says what an ok one has told. An error that leaves open what happened is noted
  /// as info. The answer, or nothing.
  template <class Call, class Told>
  auto note(Invocation invocation, const Call& call, const Told& told)
      -> std::optional<typename decltype(call())::value_type> {
    return note(std::move(invocation), call, told, [](const client::ClientError&, Completed&) {});
  }

  /// The same; `failed(error, completed)` changes what is noted of an error.
  template <class Call, class Told, class Failed>
  auto note(Invocation invocation, const Call& call, const Told& told, const Failed& failed)
      -> std::optional<typename decltype(call())::value_type> {
    invocation.process = options_.process;
    if (!options_.client.keyed) invocation.id = {};
    recorder_.invoke(invocation);
    auto result = call();
    answered_ = result || result.error().kind == client::ErrorKind::conflict;
    Completed completed = result ? told(*result) : ended(result.error());
    if (!result) failed(result.error(), completed);
    recorder_.complete(invocation, completed, options_.node);
    if (!result) return std::nullopt;
    return std::move(*result);
  }

 private:
  static Completed ended(const client::ClientError& error);

  const WorkerOptions options_;
  Recorder& recorder_;
  client::Client client_;
  Random random_;
  std::int64_t operations_ = 0;
  bool answered_ = true;
};

/// "[1,2,3]"
std::string list_of(const std::vector<std::int64_t>& numbers);

}  // namespace dcount::sim
