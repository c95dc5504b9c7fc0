// X-Request-Id: the client's own, or a new one.
//
// Thread-safety: is_usable_request_id is pure; a RequestIds is one thread's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dcount::http {

/// [A-Za-z0-9._-]{1,128}
bool is_usable_request_id(std::string_view id);

/// Ids of 15 characters (so that std::string keeps them without an allocation): 75 bits, of which
/// the start is random and the rest counts.
class RequestIds {
 public:
  RequestIds();
  std::string next();

 private:
  std::string prefix_;
  std::uint64_t count_;
};

}  // namespace dcount::http
