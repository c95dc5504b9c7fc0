// A tail over a WebSocket (RFC 6455): Boost.Beast speaks the protocol, over a stream that is the
// tail's connection.
//
// What many are told is framed once and written to the connection beneath Beast, between its own
// frames, which it writes in one piece each. With permessage-deflate (RFC 7692) negotiated, every
// message goes through Beast.
//
// Thread-safety: none; the loop's.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/tail_stream.h"
#include "server/tails/hub.h"

namespace dcount::tails {

struct WebSocketOptions {
  bool deflate = false;
  std::vector<std::string> keys;  ///< subscribed to from the start
  bool snapshot = false;          ///< subscribing brings the current value first
  /// Whether counters of a collection may be heard of; subscriptions that go beyond are ignored, as
  /// junk is. Empty: all.
  std::function<bool(std::string_view collection)> may_hear;
};

/// `request` asks for an upgrade. The hub outlives what is returned; null: it was refused.
std::shared_ptr<http::TailOwner> begin_web_socket(Hub& hub, http::TailStream& stream,
                                                  const http::Request& request,
                                                  WebSocketOptions options);

/// Whether the request asks to become a WebSocket.
bool is_upgrade(const http::Request& request);

}  // namespace dcount::tails
