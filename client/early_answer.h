// An answer that comes before the request is whole: a server that refuses an upload does not read
// it to its end.
//
// Thread-safety: pure functions of a socket.
#pragma once

#include <httplib.h>

#include <optional>

namespace dcount::client {

/// Looks whether the other side of a connected socket has begun to answer; if so, reads all of it
/// (within 2 s, up to 1 MiB), and the connection is of no more use. Nothing: it has not, or what
/// came is no answer.
std::optional<httplib::Response> early_answer(int socket);

}  // namespace dcount::client
