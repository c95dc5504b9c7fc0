#include "server/store/etcd/address.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace dcount::store::etcd {
namespace {

constexpr std::string_view plain = "etcd://";
constexpr std::string_view secure = "etcds://";

bool may_stand_in_prefix(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-' || c == '/';
}

bool may_stand_in_host(char c) {
  return c != '/' && (c == ':' || c == '%' || may_stand_in_prefix(c));
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  Endpoint endpoint;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    endpoint.host = text.substr(1, close - 1);
    port = text.substr(close + 1);
    if (!port.empty() && (port.front() != ':' || port.size() == 1)) return std::nullopt;
    port.remove_prefix(port.empty() ? 0 : 1);
  } else {
    const auto colon = text.find(':');
    endpoint.host = text.substr(0, colon);
    if (colon != std::string_view::npos) {
      port = text.substr(colon + 1);
      if (port.empty()) return std::nullopt;
    }
  }
  if (endpoint.host.empty() || !std::ranges::all_of(endpoint.host, may_stand_in_host)) {
    return std::nullopt;
  }
  if (port.empty()) return endpoint;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  const bool whole = error == std::errc{} && end == port.data() + port.size();
  return whole && endpoint.port != 0 ? std::optional(endpoint) : std::nullopt;
}

Error wrong(const std::string& what) {
  return Error{Certainty::definite,
               what + "; an etcd is given as etcd://host:port[,host:port…][/prefix]"};
}

}  // namespace

bool is_etcd_url(std::string_view text) {
  return text.starts_with(plain) || text.starts_with(secure);
}

Result<Address> parse_address(std::string_view text) {
  if (!is_etcd_url(text)) return wrong("'" + std::string(text) + "' is no etcd");
  Address address;
  address.tls = text.starts_with(secure);
  text.remove_prefix(address.tls ? secure.size() : plain.size());
  const auto slash = text.find('/');
  std::string_view hosts = text.substr(0, slash);
  if (slash != std::string_view::npos && slash + 1 < text.size()) {
    address.prefix = text.substr(slash + 1);
    if (!address.prefix.ends_with('/')) address.prefix += '/';
    if (!std::ranges::all_of(address.prefix, may_stand_in_prefix)) {
      return wrong("the prefix '" + address.prefix + "' may hold letters, digits, '.', '_', '-'");
    }
    if (address.prefix.size() > prefix_bytes_max) return wrong("the prefix is over 64 bytes long");
  }
  while (true) {
    const auto comma = hosts.find(',');
    const std::string_view one = hosts.substr(0, comma);
    const auto endpoint = parse_endpoint(one);
    if (!endpoint) return wrong("'" + std::string(one) + "' is no host:port");
    address.endpoints.push_back(*endpoint);
    if (comma == std::string_view::npos) return address;
    hosts.remove_prefix(comma + 1);
  }
}

std::string to_string(const Endpoint& endpoint) {
  const bool ipv6 = endpoint.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

}  // namespace dcount::store::etcd
