// What frames a tail's messages on the wire: chunks of HTTP/1.1 (RFC 9112, 7.1), frames of a
// WebSocket (RFC 6455). Written by hand and strict, so that the server is held to its word by
// somebody else's code than its own.
//
// Thread-safety: none.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/result.h"

namespace dcount::sim {

class TailFraming {
 public:
  virtual ~TailFraming() = default;

  /// Takes bytes as they come; appends the payload of each chunk, or each message, that is whole.
  /// Error: no such framing.
  virtual Result<void> take(std::string_view bytes, std::vector<std::string>& payloads) = 0;
  /// In good order: the last chunk, a close frame.
  virtual bool ended() const = 0;
  /// What is to be sent back now: pongs, and the other half of closing. Gives it away.
  virtual std::string take_reply() { return {}; }
};

std::unique_ptr<TailFraming> make_chunks();
std::unique_ptr<TailFraming> make_web_socket_frames();

/// A client's text message, masked.
std::string web_socket_text(std::string_view text);

}  // namespace dcount::sim
