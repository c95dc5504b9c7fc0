// A client that does one operation after another, and tries again as client/caller.cpp does: the
// same endpoints' pool, pauses, patience and judgement of answers, in virtual time.
//
// Thread-safety: none; one world's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/endpoint_pool.h"
#include "client/random.h"
#include "sim/world/calls.h"
#include "sim/world/client_operation.h"

namespace dcount::world {

/// How operations ended.
struct OperationCounts {
  std::uint64_t all = 0;
  std::uint64_t ok = 0;
  std::uint64_t unknown = 0;
};

class SimulatedClient {
 public:
  /// The process that listens for a server at present.
  using Listener = std::function<SimulatedServer*(std::size_t server)>;

  SimulatedClient(Ground& ground, const Schedule& schedule, check::HistoryBuilder& history,
                  Calls& calls, Listener listener, OperationCounts& counts, std::size_t number);

  void enqueue(const PlannedOperation& operation);
  bool idle() const { return !operation_ && queue_.empty(); }
  /// What it waits for, for people.
  std::string waits_for() const { return operation_ ? operation_->text() : ""; }

 private:
  void next();
  void attempt();
  void on_reply(std::size_t server, CallReply reply);
  void end(Ending ending, const CallReply& reply);
  client::TimePoint now() const;

  Ground& ground_;
  const Schedule& schedule_;
  check::HistoryBuilder& history_;
  Calls& calls_;
  const Listener listener_;
  OperationCounts& counts_;
  const std::size_t number_;
  client::EndpointPool pool_;
  client::Jitter jitter_;
  std::deque<PlannedOperation> queue_;
  std::vector<Held> held_;

  std::optional<ClientOperation> operation_;
  std::size_t operations_ = 0;
  std::uint64_t tries_ = 0;  ///< of all operations: an answer to an older one is not heard
  int attempts_ = 0;
  std::size_t failures_ = 0;
  bool maybe_applied_ = false;
  client::TimePoint give_up_;
};

}  // namespace dcount::world
