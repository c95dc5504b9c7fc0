#include "server/api/advertised.h"

#include <unistd.h>

#include <climits>

#include "server/core/names.h"

namespace dcount::api {
namespace {

std::string host_name() {
  char name[HOST_NAME_MAX + 1] = {};
  if (::gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') return "localhost";
  return name;
}

bool is_wildcard(const std::string& host) {
  return host.empty() || host == "0.0.0.0" || host == "::" || host == "*";
}

}  // namespace

std::string address_text(const std::string& host, std::uint16_t port) {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string advertised(const Place& wanted, const Place& bound) {
  std::string host = wanted.host.empty() ? bound.host : wanted.host;
  if (is_wildcard(host)) host = host_name();
  return address_text(host, wanted.port != 0 ? wanted.port : bound.port);
}

core::NodeAddresses advertised_addresses(const ServerSettings& settings, std::uint16_t port,
                                         std::uint16_t internal_port) {
  return {advertised(settings.advertise, {settings.host, port}),
          advertised(settings.advertise_internal, {settings.internal_listen.host, internal_port})};
}

std::string host_node_name() {
  std::string name = host_name().substr(0, 64);
  for (char& c : name) {
    if (!core::is_node_name(std::string(1, c)) && c != '.') c = '-';
  }
  return core::is_node_name(name) ? name : "local";
}

}  // namespace dcount::api
