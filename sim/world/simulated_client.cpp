#include "sim/world/simulated_client.h"

#include <chrono>
#include <utility>

#include "client/client.h"

namespace dcount::world {
namespace {

using core::Code;
using Delivery = CallReply::Delivery;

/// As in client/caller.cpp, by the codes that become HTTP's statuses there.
enum class Judged { done, refused, uncertain, in_flight };

Judged judge(const CallReply& reply) {
  if (reply.delivery == Delivery::not_sent) return Judged::refused;
  if (reply.delivery == Delivery::lost) return Judged::uncertain;
  switch (reply.outcome.code) {
    case Code::unavailable:
      return Judged::refused;
    case Code::unknown:
      return Judged::uncertain;
    case Code::in_flight:
      return Judged::in_flight;
    default:
      return Judged::done;
  }
}

/// An answer of the engine's that knows the key: 404, 409, 410 and 412.
bool settles(const CallReply& reply) {
  if (reply.delivery != Delivery::answered) return false;
  switch (reply.outcome.code) {
    case Code::key_reused:
    case Code::too_large:
    case Code::out_of_space:
    case Code::unavailable:
    case Code::unknown:
      return false;
    default:
      return true;
  }
}

std::vector<client::Endpoint> endpoints(std::size_t servers) {
  return std::vector<client::Endpoint>(servers, client::Endpoint{"server", 1});
}

}  // namespace

SimulatedClient::SimulatedClient(Ground& ground, const Schedule& schedule,
                                 check::HistoryBuilder& history, Calls& calls, Listener listener,
                                 OperationCounts& counts, std::size_t number)
    : ground_(ground),
      schedule_(schedule),
      history_(history),
      calls_(calls),
      listener_(std::move(listener)),
      counts_(counts),
      number_(number),
      pool_(endpoints(schedule.servers), number),
      jitter_(schedule.seed * 1000 + number) {}

client::TimePoint SimulatedClient::now() const {
  // Not at 0: that is when nothing has failed yet.
  return client::TimePoint(std::chrono::hours(1)) + std::chrono::microseconds(ground_.time.now());
}

void SimulatedClient::enqueue(const PlannedOperation& operation) {
  queue_.push_back(operation);
  next();
}

void SimulatedClient::next() {
  if (operation_ || queue_.empty()) return;
  operation_.emplace(schedule_, history_, static_cast<std::uint32_t>(number_),
                     "c" + std::to_string(number_) + "-" + std::to_string(operations_++),
                     queue_.front(), held_);
  queue_.pop_front();
  attempts_ = 0;
  failures_ = 0;
  maybe_applied_ = false;
  give_up_ = now() + client::ClientOptions{}.retry_time;
  operation_->invoke();
  attempt();
}

void SimulatedClient::attempt() {
  const std::size_t server = pool_.pick(now());
  const std::uint64_t number = ++tries_;
  ground_.trace.note([&] {
    return "client " + std::to_string(number_) + " → node-" + std::to_string(server + 1) + "  " +
           operation_->text() + (attempts_ > 0 ? ", again" : "") +
           (operation_->keyed() || !operation_->mutating() ? "" : ", without a key");
  });
  core::Command command = operation_->command(attempts_++);
  const client::ClientOptions options;
  const auto patience = schedule_.servers > 1 ? options.retry_time * 2 / 5 : options.answer_time;
  calls_.call(number_, listener_(server), std::move(command), [this, server, number](auto reply) {
    if (number == tries_) on_reply(server, std::move(reply));
  });
  ground_.time.after(std::chrono::microseconds(patience).count(), [this, server, number] {
    if (number == tries_) on_reply(server, {Delivery::lost, {}, {}});
  });
}

void SimulatedClient::on_reply(std::size_t server, CallReply reply) {
  ++tries_;
  const Judged judged = judge(reply);
  ground_.trace.note([&] {
    std::string text =
        "client " + std::to_string(number_) + " ← node-" + std::to_string(server + 1) + "  ";
    if (reply.delivery == Delivery::answered) return text + ClientOperation::text(reply.outcome);
    return text + (reply.delivery == Delivery::lost ? "no answer" : "not reached");
  });
  if (judged == Judged::refused || judged == Judged::uncertain) {
    pool_.failed(server, now());
  } else {
    pool_.succeeded(server);
  }
  if (judged == Judged::done) {
    const bool ok = reply.outcome.code == Code::ok || reply.outcome.code == Code::created ||
                    (reply.outcome.code == Code::not_found && !operation_->mutating());
    if (ok) return end(Ending::ok, reply);
    return end(maybe_applied_ && !settles(reply) ? Ending::unknown : Ending::refused, reply);
  }
  ++failures_;
  const bool may_retry =
      operation_->keyed() || judged == Judged::refused || !operation_->mutating();
  client::Duration pause{0};
  if (judged == Judged::in_flight || !pool_.any_healthy(now())) pause = jitter_.delay(failures_);
  const client::ClientOptions options;
  if (!may_retry || failures_ > options.retries_max || now() + pause >= give_up_) {
    const bool open = judged != Judged::refused || maybe_applied_;
    return end(operation_->mutating() && open ? Ending::unknown : Ending::failed, reply);
  }
  maybe_applied_ |= judged != Judged::refused;
  ground_.time.after(std::chrono::microseconds(pause).count(), [this] { attempt(); });
}

void SimulatedClient::end(Ending ending, const CallReply& reply) {
  const bool answered = reply.delivery == Delivery::answered;
  operation_->complete(ending, answered ? &reply.outcome : nullptr, reply.node);
  ++counts_.all;
  counts_.ok += ending == Ending::ok ? 1 : 0;
  counts_.unknown += ending == Ending::unknown ? 1 : 0;
  operation_.reset();
  next();
}

}  // namespace dcount::world
