// The key that a request presents, wherever it stands: Authorization: Bearer, X-API-Key, or
// Authorization: Basic, whose password it is (whatever the user's name).
//
// Thread-safety: pure.
#pragma once

#include <string>

#include "server/http/request.h"

namespace dcount::keys {

struct Credentials {
  enum class Status {
    none,    ///< nothing was presented
    one,     ///< `text` is what was: a key perhaps
    broken,  ///< another scheme, no base64, or two that disagree; `why` says so, for people
  };
  Status status = Status::none;
  std::string text;
  const char* why = "";
};

/// Of fields that are repeated all must say the same. An empty one is none.
Credentials credentials_of(const http::Request& request);

}  // namespace dcount::keys
