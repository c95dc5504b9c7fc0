// The least reading of an answer that a load generator can do: is it whole, is it good, how long
// was it. HTTP/1.1 and Redis' protocol (RESP2).
//
// Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dcount::cli::bench {

enum class Protocol { http, redis };

/// A larger answer counts as malformed.
inline constexpr std::size_t answer_bytes_max = std::size_t{16} << 20;

struct Answer {
  enum class State {
    partial,    ///< more bytes are needed; parse again from the same beginning
    complete,   ///< `size` bytes are one answer
    malformed,  ///< not an answer this generator can read; the connection is of no further use
  };
  State state = State::partial;
  bool good = false;   ///< 2xx; for Redis: anything but an error
  bool close = false;  ///< the server will close the connection after it
  std::size_t size = 0;
  int status = 0;         ///< HTTP's; 0 for Redis
  std::string_view body;  ///< HTTP: the body; Redis: what follows the type and length
};

/// Reads the answer that `bytes` begin with. HTTP answers need a Content-Length (or status 204 or
/// 304): chunked ones and those that end with the connection are malformed. So are Redis' arrays.
Answer parse_answer(Protocol protocol, std::string_view bytes);

/// What an answer that is not good is counted under: "503", "ERR".
std::string error_label(const Answer& answer);

/// The value in a good answer to a read: Redis' GET, or a counter's `"n":` or a tenant's `"count":`
/// in a JSON body (a number, or one in quotes). An absent counter (404, nil) is 0. Nothing when
/// there is none to be found.
std::optional<std::int64_t> value_of(Protocol protocol, const Answer& answer);

}  // namespace dcount::cli::bench
