// The place in a connection's queue where one request waits for its answer.
//
// Thread-safety: `hold` from any thread, once, before it is handed to the loop; everything else on
// the loop's thread. Responder does both.
#pragma once

#include <httplib.h>

#include <memory>
#include <string>

#include "server/http/event_loop_impl.h"
#include "server/http/file_body.h"

namespace dcount::http {

class ResponseSlot;

/// Who waits for the answer: a connection.
class SlotOwner {
 public:
  virtual void on_answer(ResponseSlot& slot, const httplib::Response& response) = 0;

 protected:
  ~SlotOwner() = default;
};

class ResponseSlot {
 public:
  static constexpr std::size_t no_route = static_cast<std::size_t>(-1);

  ResponseSlot(EventLoop& loop, SlotOwner& owner) : loop_(loop), owner_(&owner) {}

  EventLoop& loop() const { return loop_; }

  /// Hands the answer to the owner; nothing happens when the owner is gone or no longer waits.
  void answer(const httplib::Response& response, FileBody&& body = {}) {
    if (!owner_ || answered) return;
    file = std::move(body);
    owner_->on_answer(*this, response);
  }
  /// Keeps an answer that another thread has brought until the loop gets to it.
  void hold(httplib::Response&& response, FileBody&& file = {}) {
    held_ = std::make_unique<Held>(std::move(response), std::move(file));
  }
  void answer_held() {
    std::unique_ptr<Held> held = std::move(held_);
    answer(held->first, std::move(held->second));
  }
  void forget_owner() { owner_ = nullptr; }

  std::string request_id;
  std::size_t route = no_route;
  Clock::time_point begun;  ///< when the request's last byte was there
  bool keep_alive = true;   ///< false: this answer is the connection's last
  bool http10 = false;
  bool head = false;
  bool alone = false;  ///< takes its time, and nothing behind it is read before it is answered
  bool answered = false;
  int status = 0;
  std::string bytes;  ///< the answer, while earlier ones are still missing
  FileBody file;      ///< the rest of the answer, from disk
  std::shared_ptr<ResponseSlot> next;

 private:
  using Held = std::pair<httplib::Response, FileBody>;

  EventLoop& loop_;
  SlotOwner* owner_;
  std::unique_ptr<Held> held_;
};

}  // namespace dcount::http
