// A field of a request by its name.
//
// Thread-safety: pure.
#pragma once

#include <string_view>

#include "server/http/request.h"

namespace dcount::http {

/// Its value, as long as the request lives; empty: there is none. Of several, one.
inline std::string_view header(const Request& request, const char* name) {
  const auto field = request.http.headers.find(name);
  return field == request.http.headers.end() ? std::string_view{} : field->second;
}

}  // namespace dcount::http
