#include "server/api/dispatcher.h"

#include <exception>
#include <utility>

#include "server/api/exactly_once.h"
#include "server/http/problem.h"

namespace dcount::api {

void Dispatcher::submit(core::Command command, Answer answer, http::Responder responder) {
  if (loop_ == nullptr) loop_ = &responder.loop();  // deliver reads it on another thread
  std::uint64_t ticket = waiting_.size();
  if (free_.empty()) {
    waiting_.emplace_back();
  } else {
    ticket = free_.back();
    free_.pop_back();
  }
  waiting_[ticket].answer = std::move(answer);
  waiting_[ticket].responder.emplace(std::move(responder));
  if (outbox_.empty()) loop_->at_turn_end([this] { hand_over(); });
  outbox_.push_back({std::move(command), {this, ticket}, {}});
}

void Dispatcher::hand_over() { engine_.submit(outbox_); }

void Dispatcher::deliver(std::vector<engine::Completion> completions) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = delivered_.empty();
    delivered_.push_back(std::move(completions));
  }
  // One wake-up for all that gathers before the loop gets to it.
  if (first) loop_->post([this] { answer_delivered(); });
}

void Dispatcher::answer_delivered() {
  std::vector<std::vector<engine::Completion>> delivered;
  {
    const std::lock_guard lock(mutex_);
    delivered.swap(delivered_);
  }
  for (const auto& completions : delivered) {
    for (const engine::Completion& completion : completions) answer_one(completion);
  }
}

namespace {

/// An answer stored under an Idempotency-Key came from the store, which may have been tampered
/// with: it may not be one of this request's kind.
httplib::Response rendered(const core::Outcome& outcome, const Answer& answer) {
  try {
    return answer.render(outcome, answer);
  } catch (const std::exception&) {
    return http::problem(500, "damaged_record",
                         "what is stored for this request cannot be read: " + answer.subject);
  }
}

}  // namespace

void Dispatcher::answer_one(const engine::Completion& completion) {
  Waiting& waiting = waiting_[completion.ticket.id];
  httplib::Response response = rendered(completion.outcome, waiting.answer);
  if (waiting.answer.keyed) add_key_fields(response, completion.outcome);
  waiting.responder->send(std::move(response));
  waiting.responder.reset();
  free_.push_back(completion.ticket.id);
}

}  // namespace dcount::api
