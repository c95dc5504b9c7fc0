// A connection that one endless answer has for itself: what the tail lane works with.
//
// Thread-safety: its loop's thread only.
#pragma once

#include <httplib.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "server/http/request.h"

namespace dcount::http {

class EventLoop;

/// Whose answer it is. Called on the loop's thread, inside a turn.
class TailOwner {
 public:
  virtual ~TailOwner() = default;
  /// What the client has sent, beyond its request.
  virtual void on_input(std::string_view bytes) { static_cast<void>(bytes); }
  /// It will send nothing more. Whether it still waits for an answer: otherwise that is the end.
  virtual bool on_input_end() { return false; }
  /// All that was written has been taken over by the kernel: there is room again.
  virtual void on_room() = 0;
  /// The server is going to stop: end it soon, in a way that the client can resume from.
  virtual void on_drain() = 0;
  /// It is over: the client is gone, or all that was left to send has gone. Nothing is called
  /// after this, and the stream is not to be used any more.
  virtual void on_end() = 0;
};

/// Owned by its loop; lives until on_end.
class TailStream {
 public:
  /// Sends the bytes, at once as far as the kernel takes them; keeps the rest, however much it is.
  /// Not after finish.
  virtual void write(std::string_view bytes) = 0;
  /// Kept, because the client does not read. While there is some, wait for on_room.
  virtual std::size_t unsent_bytes() const = 0;

  /// Whether to read what the client sends; it waits in the kernel meanwhile. True at first.
  virtual void want_input(bool wanted) = 0;

  /// Until release, what is written is kept, to be sent in one piece.
  virtual void hold() = 0;
  virtual void release() = 0;

  /// Begins an answer that goes on: status 200 with this Content-Type, chunked. A client of
  /// HTTP/1.0 does not know chunks: the answer is as it is, to the connection's end.
  virtual void begin(std::string_view content_type) = 0;
  /// Whether it is chunked: what is written then consists of whole chunks.
  virtual bool chunked() const = 0;

  /// A whole answer instead, which ends the connection.
  virtual void answer(const httplib::Response& response) = 0;

  /// What was answered by hand, for the statistics.
  virtual void count_answer(int status) = 0;

  /// Sends what is left, then closes, in such a way that the client gets to see it all.
  virtual void finish() = 0;
  /// Closes now.
  virtual void cut() = 0;

  virtual EventLoop& loop() const = 0;

 protected:
  ~TailStream() = default;
};

/// Takes the connection over, for good, once all answers before it have been sent. Runs on the
/// loop, must not block. The request is GET, or HEAD: then only `answer` makes sense. Returns who
/// is called from now on; null when it has answered.
using TailHandler =
    std::function<std::shared_ptr<TailOwner>(Request&& request, TailStream& stream)>;

}  // namespace dcount::http
