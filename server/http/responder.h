// The way back: one per request of the command lane, and of services that answer later.
//
// Thread-safety: send may be called from any thread; a Responder itself is one thread's at a time.
#pragma once

#include <httplib.h>

#include <memory>

#include "server/http/file_body.h"

namespace dcount::http {

class EventLoop;
class ResponseSlot;

/// Owns the duty to answer one request. Destroyed without an answer it answers 500: nothing a
/// client waits for is ever forgotten.
class Responder {
 public:
  explicit Responder(std::shared_ptr<ResponseSlot> slot);
  Responder(Responder&&) noexcept;
  Responder& operator=(Responder&&) noexcept;
  ~Responder();

  /// Answers, once; a second call is a programmer's error and aborts. Content-Length, Date,
  /// X-Request-Id and Connection are added by the connection. Cheapest on the connection's own
  /// loop; from other threads the answer is posted there. A client that is gone is no error.
  void send(httplib::Response&& response);

  /// The same with a file, or a part of one, as the body (`response` has none): it is sent from
  /// disk by the loop. It may have no name any more. HEAD, 204 and 304 send nothing of it.
  void send_file(httplib::Response&& response, FileBody&& file);

  /// The loop the request came in on: where its completion should be brought back to.
  EventLoop& loop() const;

 private:
  std::shared_ptr<ResponseSlot> slot_;
};

}  // namespace dcount::http
