#include "client/endpoint.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace dcount::client {
namespace {

ClientError refused(std::string_view url, std::string_view why) {
  return {.kind = ErrorKind::bad_request,
          .detail = "'" + std::string(url) + "' is not the address of a server: " +
                    std::string(why) + "; say http://host:port"};
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

bool host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == ':' || c == '%';
}

Result<Endpoint> parse_endpoint(std::string_view url) {
  std::string_view rest = url;
  if (auto colon = rest.find("://"); colon != std::string_view::npos) {
    if (rest.substr(0, colon) != "http") return refused(url, "only http is spoken here");
    rest.remove_prefix(colon + 3);
  }
  if (auto slash = rest.find('/'); slash != std::string_view::npos) {
    if (slash + 1 != rest.size()) return refused(url, "it has a path");
    rest.remove_suffix(1);
  }
  if (rest.find('@') != std::string_view::npos) {
    return refused(url, "a key does not belong there");
  }

  Endpoint endpoint;
  std::string_view host = rest;
  std::string_view port;
  if (rest.starts_with('[')) {
    auto close = rest.find(']');
    if (close == std::string_view::npos) return refused(url, "the ']' is missing");
    host = rest.substr(1, close - 1);
    port = rest.substr(close + 1);
  } else if (auto colon = rest.find(':'); colon != std::string_view::npos) {
    host = rest.substr(0, colon);
    port = rest.substr(colon);
  }
  if (host.empty()) return refused(url, "the host is missing");
  if (!std::all_of(host.begin(), host.end(), host_character)) {
    return refused(url, "that is no host");
  }
  endpoint.host = host;
  if (!port.empty()) {
    auto number = port.starts_with(':') ? parse_port(port.substr(1)) : std::nullopt;
    if (!number) return refused(url, "the port must be 1 to 65535");
    endpoint.port = *number;
  }
  return endpoint;
}

}  // namespace

std::string Endpoint::url() const {
  bool bracketed = host.find(':') != std::string::npos;
  return "http://" + (bracketed ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<std::vector<Endpoint>> parse_endpoints(std::string_view urls) {
  std::vector<Endpoint> endpoints;
  while (true) {
    auto comma = urls.find(',');
    auto endpoint = parse_endpoint(urls.substr(0, comma));
    if (!endpoint) return endpoint.error();
    endpoints.push_back(*endpoint);
    if (comma == std::string_view::npos) break;
    urls.remove_prefix(comma + 1);
  }
  if (endpoints.size() > endpoints_max) {
    return ClientError{.kind = ErrorKind::bad_request,
                       .detail = "more than " + std::to_string(endpoints_max) + " servers"};
  }
  return endpoints;
}

}  // namespace dcount::client
