// Where servers are: `http://host:port[,http://host2:port2…]`.
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "client/error.h"

namespace dcount::client {

inline constexpr std::size_t endpoints_max = 64;

struct Endpoint {
  std::string host;  ///< a name or an address; IPv6 without its brackets
  std::uint16_t port = 8080;

  /// "http://host:port"
  std::string url() const;
  bool operator==(const Endpoint&) const = default;
};

/// One to endpoints_max URLs, separated by commas. The scheme may be left out; the port defaults
/// to 8080, a path other than "/" is refused. Error: bad_request, saying which part and why.
Result<std::vector<Endpoint>> parse_endpoints(std::string_view urls);

}  // namespace dcount::client
