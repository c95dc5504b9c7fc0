// Tokens that name reservations: whoever has one may confirm or release, so nobody can guess one.
//
// Thread-safety: from any thread.
#pragma once

#include <string>

namespace dcount::api {

/// 32 hex digits from the system's randomness.
std::string new_token();

}  // namespace dcount::api
