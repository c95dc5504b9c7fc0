// Who can reach a server, and whether that is what was meant.
//
// Thread-safety: pure functions, but for the file that is read.
#pragma once

#include <string>

#include "server/api/server.h"
#include "server/store/result.h"

namespace dcount::api {

inline constexpr std::size_t cluster_secret_bytes_min = 16;

/// "localhost", 127.0.0.0/8, ::1.
bool is_loopback_host(const std::string& host);

/// What is wrong with listening beyond this machine (without keys, or for other nodes without a
/// secret), for people, or "".
std::string wrong_with_access(const ServerSettings& settings);

/// The secret in the file, without the end of its line. Errors: it cannot be read, is shorter than
/// cluster_secret_bytes_min, is not visible ASCII, or others than its owner and group can read it.
Result<std::string> read_cluster_secret(const std::string& file);

}  // namespace dcount::api
