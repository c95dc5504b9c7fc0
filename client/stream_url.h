// The URL of a feed: `http://[user[:password]@]host[:port][/path][?query]`.
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <string>
#include <string_view>

#include "client/endpoint.h"
#include "client/error.h"

namespace dcount::client {

struct StreamUrl {
  Endpoint endpoint;
  std::string user;  ///< decoded, as is the password
  std::string password;
  std::string target = "/";  ///< path and query, with what a URL may not hold percent-encoded

  /// Without user and password: a name for the feed that can be shown and kept.
  std::string without_secrets() const { return endpoint.url() + target; }
};

/// The port defaults to 80, as in any URL; a fragment is dropped. Error: bad_request, saying why.
Result<StreamUrl> parse_stream_url(std::string_view url);

/// Where a Location header leads: a whole URL, or a path on the server that sent it.
Result<StreamUrl> resolve(const Endpoint& from, std::string_view location);

/// "name=value" (encoded as it must be) added to the query of a target.
std::string with_parameter(std::string_view target, std::string_view name, std::string_view value);

}  // namespace dcount::client
