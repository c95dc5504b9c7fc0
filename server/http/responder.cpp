// The way back, see responder.h.
#include "server/http/responder.h"

#include <cstdlib>

#include "server/http/problem.h"
#include "server/http/response_slot.h"

namespace dcount::http {

Responder::Responder(std::shared_ptr<ResponseSlot> slot) : slot_(std::move(slot)) {}
Responder::Responder(Responder&&) noexcept = default;

Responder& Responder::operator=(Responder&& other) noexcept {
  // Through a temporary: what was here before still owes its answer.
  Responder(std::move(other)).slot_.swap(slot_);
  return *this;
}

Responder::~Responder() {
  if (slot_) send(problem(500, "internal", "the request was dropped without an answer"));
}

void Responder::send(httplib::Response&& response) { send_file(std::move(response), {}); }

void Responder::send_file(httplib::Response&& response, FileBody&& file) {
  if (!slot_) std::abort();  // answered twice
  std::shared_ptr<ResponseSlot> slot = std::move(slot_);
  if (response.status == -1) response.status = 200;  // cpp-httplib's own default
  EventLoop::Impl& loop = slot->loop().impl();
  if (loop.on_this_thread()) return slot->answer(response, std::move(file));
  slot->hold(std::move(response), std::move(file));
  loop.post([slot = std::move(slot)] { slot->answer_held(); });
}

EventLoop& Responder::loop() const { return slot_->loop(); }

}  // namespace dcount::http
