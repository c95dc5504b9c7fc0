#include "sim/world/calls.h"

#include <utility>

namespace dcount::world {

using Delivery = CallReply::Delivery;

std::optional<Mishap> Calls::take_mishap(std::size_t client) {
  if (client >= armed_.size() || armed_[client].empty()) return std::nullopt;
  const Mishap mishap = armed_[client].front();
  armed_[client].pop_front();
  ++ground_.counts[std::string("call: ") + to_string(mishap.kind)].effects;
  ground_.trace.note([&] {
    return "         a message of client " + std::to_string(client) + ": " + to_string(mishap.kind);
  });
  return mishap;
}

void Calls::reset(std::size_t client, Done done) {
  ground_.time.after(delay(client), [done = std::move(done)] { done({Delivery::lost, {}, {}}); });
}

void Calls::call(std::size_t client, SimulatedServer* process, core::Command command, Done done) {
  if (process == nullptr || !process->listens()) {
    return ground_.time.after(delay(client), [done = std::move(done)] {
      done({Delivery::not_sent, {}, {}});
    });
  }
  const auto mishap = take_mishap(client);
  const auto is = [&](Mishap::Kind kind) { return mishap && mishap->kind == kind; };
  if (is(Mishap::Kind::lose_request)) return reset(client, std::move(done));
  const std::uint64_t id = next_++;
  open_[id] = {client, process, std::move(done), is(Mishap::Kind::lose_answer),
               is(Mishap::Kind::delay_answer) ? mishap->delay : 0};
  const Micros way = delay(client) + (is(Mishap::Kind::delay_request) ? mishap->delay : 0);
  ground_.time.after(way, [this, id, process, command = std::move(command)]() mutable {
    if (open_.contains(id)) process->submit(std::move(command), id);
  });
}

void Calls::on_answer(SimulatedServer& process, std::uint64_t call, core::Outcome outcome) {
  const auto at = open_.find(call);
  if (at == open_.end()) return;
  Open open = std::move(at->second);
  open_.erase(at);
  if (open.lost) return reset(open.client, std::move(open.done));
  ground_.time.after(delay(open.client) + open.late,
                     [done = std::move(open.done), outcome = std::move(outcome),
                      node = "node-" + std::to_string(process.number() + 1)]() mutable {
                       done({Delivery::answered, std::move(outcome), std::move(node)});
                     });
}

void Calls::on_gone(SimulatedServer& process) {
  std::erase_if(open_, [&](auto& one) {
    if (one.second.process != &process) return false;
    reset(one.second.client, std::move(one.second.done));
    return true;
  });
}

}  // namespace dcount::world
