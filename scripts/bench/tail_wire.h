// The least of WebSocket (RFC 6455, a client's side) and of Redis' pub/sub (RESP2) that a load with
// 10,000 subscribers on the server's own cores can afford: no allocation and no library per
// message.
//
// Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dcount::bench_tails {

enum class Protocol { websocket, redis };

/// What a server pushed.
struct Push {
  enum class Kind {
    partial,     ///< more bytes are needed; parse again from the same beginning
    malformed,   ///< nothing this load can read; the connection is of no further use
    value,       ///< `id` has the value `n`
    subscribed,  ///< Redis' confirmation
    ping,        ///< WebSocket: `id` is to go back in a pong
    close,       ///< WebSocket: `n` is the close code, 1005 when there was none
    other,       ///< a deletion, a pong: nothing to do
  };
  Kind kind = Kind::partial;
  std::size_t size = 0;  ///< of the bytes that it took
  std::string_view id;   ///< points into the bytes
  std::int64_t n = 0;
};

/// The push that `bytes` begin with.
Push parse_push(Protocol protocol, std::string_view bytes);

/// The opening handshake on `path` with a fixed key: nobody here checks the accepting one.
std::string handshake(std::string_view host, std::string_view path);

/// The size of the server's answer to it with its header fields; 0 while it is not whole.
/// Nothing when the server does not switch protocols.
std::optional<std::size_t> parse_handshake(std::string_view bytes);

/// Subscribes to `key`: a counter and all the wire's other keys, or a channel of Redis.
std::string subscription(Protocol protocol, std::string_view key);

/// The answer to a ping.
std::string pong(std::string_view body);

}  // namespace dcount::bench_tails
