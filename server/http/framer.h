// Cuts a byte stream into HTTP/1.x requests, strictly: what two readers could understand
// differently is refused. No sockets here, so that tests can feed it anything.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/http/limits.h"
#include "server/http/request.h"

namespace dcount::http {

/// Why a stream cannot be read any further: it is answered with a problem and closed.
struct FrameError {
  int status = 400;
  std::string_view code = "malformed";  ///< of the closed list
  std::string detail;
};

/// What the head says beside what is in httplib::Request.
struct FrameHead {
  bool keep_alive = true;
  bool http10 = false;
  bool chunked = false;
  bool expects_continue = false;
  std::optional<std::uint64_t> content_length;  ///< as sent

  bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

class Framer {
 public:
  enum class Step {
    need_more,  ///< show the bytes that were left again, with more behind them
    head,       ///< the head is complete: look at it, set the body's limit, go on
    body,       ///< a part of the body has come (in request().http.body)
    complete,   ///< one request is complete: take it, then go on
    error,      ///< see error(); nothing can be read any more
  };

  /// `limits` is kept by reference.
  explicit Framer(const Limits& limits);
  ~Framer();

  /// Makes one step and removes what it used up from the front of `bytes`. Bytes behind the end of
  /// a request are left alone.
  Step feed(std::string_view& bytes);

  /// Between head and complete: body bytes beyond `bytes_max`, de-chunked, are an error 413.
  /// A Content-Length that says so is for the caller to see at the head already.
  void limit_body(std::uint64_t bytes_max);

  /// From head to complete. `http.path` is the raw path; remote_addr, captures and id are not the
  /// framer's.
  Request& request();
  const FrameHead& head() const;

  /// After complete: forgets the request, the next feed begins another.
  void next();

  const FrameError& error() const { return error_; }

  /// True while a request has begun: a byte of its head was seen, and it is not complete.
  bool in_request() const { return message_ != nullptr || scanned_ > 0; }
  bool in_body() const { return message_ != nullptr; }

 private:
  class Message;

  Step feed_head(std::string_view& bytes);
  Step feed_body(std::string_view& bytes);
  Step find_head_end(std::string_view bytes, std::size_t& end);
  Step fail(int status, std::string_view code, std::string detail);
  Step malformed(std::string detail) { return fail(400, "malformed", std::move(detail)); }

  const Limits& limits_;
  std::unique_ptr<Message> message_;  ///< the parser and its request, from the end of the head on
  std::size_t scanned_ = 0;           ///< bytes of the head that hold no end of it
  std::size_t line_start_ = 0;        ///< of the line the scan is in
  std::size_t lines_ = 0;
  FrameError error_;
};

}  // namespace dcount::http
