// Answers in order, see answer_queue.h.
#include "server/http/answer_queue.h"

#include "server/http/response_writer.h"

namespace dcount::http {

std::shared_ptr<ResponseSlot> AnswerQueue::push() {
  auto slot = std::make_shared<ResponseSlot>(set_.loop, owner_);
  slot->begun = now();
  (first_ ? last_->next : first_) = slot;
  last_ = slot.get();
  ++slots_;
  ++set_.loop.impl().answers_owed;
  return slot;
}

void AnswerQueue::push_bytes(std::string bytes) {
  auto slot = push();
  slot->bytes = std::move(bytes);
  slot->answered = true;
  take_ready();
}

void AnswerQueue::fill(ResponseSlot& slot, const httplib::Response& response) {
  slot.answered = true;
  slot.status = response.status;
  AnswerFrame frame;
  frame.request_id = slot.request_id;
  frame.date_line = set_.date.text();
  frame.more_fields = set_.cors_fields;
  frame.close = !slot.keep_alive;
  frame.http10 = slot.http10;
  frame.head = slot.head;
  if (slot.file) frame.body_bytes = slot.file.bytes;
  if (slot.head || has_no_body(response.status)) slot.file = {};
  if (&slot != first_.get()) return append_response(slot.bytes, response, frame);
  append_response(output(), response, frame);
  take_ready();
}

void AnswerQueue::take_ready() {
  while (first_ && first_->answered && !file_) {
    std::shared_ptr<ResponseSlot> slot = std::move(first_);
    first_ = std::move(slot->next);
    --slots_;
    --set_.loop.impl().answers_owed;
    slot->forget_owner();
    if (!slot->bytes.empty()) output() += slot->bytes;
    file_ = std::move(slot->file);
    if (slot->route != ResponseSlot::no_route) set_.answered(*slot);
    if (!slot->keep_alive) is_last_ = true;
  }
}

std::string& AnswerQueue::output() {
  if (output_.empty()) {
    output_ = set_.take_buffer();
    progress_at_ = now();
  }
  return output_;
}

void AnswerQueue::return_output() {
  set_.give_buffer(std::move(output_));
  output_ = std::string();
  sent_ = 0;
}

void AnswerQueue::forget_slots() {
  for (auto slot = std::move(first_); slot; slot = std::move(slot->next)) slot->forget_owner();
  set_.loop.impl().answers_owed -= slots_;
  slots_ = 0;
}

}  // namespace dcount::http
