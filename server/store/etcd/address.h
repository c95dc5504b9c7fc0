// Where an etcd cluster is, as one URL: etcd://host:port[,host:port…][/prefix], or etcds:// when it
// is reached through TLS.
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/result.h"

namespace dcount::store::etcd {

struct Endpoint {
  std::string host;  ///< a name or an address; an IPv6 one without its brackets
  std::uint16_t port = 2379;
};

/// What all keys of one dcount cluster begin with, so that it can share an etcd with others.
inline constexpr std::size_t prefix_bytes_max = 64;

struct Address {
  std::vector<Endpoint> endpoints;  ///< at least one
  std::string prefix = "dcount/";   ///< ends with '/'
  bool tls = false;
};

/// Whether `text` means an etcd at all, well-formed or not.
bool is_etcd_url(std::string_view text);

/// Errors: what is wrong with it, for people.
Result<Address> parse_address(std::string_view text);

/// "host:port", with the brackets of IPv6.
std::string to_string(const Endpoint& endpoint);

}  // namespace dcount::store::etcd
