// Under which addresses a server registers: where others reach it, which is not always where it
// listens.
//
// Thread-safety: pure functions, but for the machine's name.
#pragma once

#include <cstdint>
#include <string>

#include "server/api/server.h"
#include "server/core/node_commands.h"

namespace dcount::api {

/// "host:port", with brackets around an IPv6 address.
std::string address_text(const std::string& host, std::uint16_t port);

/// What `wanted` says; what it leaves out as it is bound. Listening on all addresses (0.0.0.0, ::)
/// says nothing about where to reach it: then the machine's host name stands for it.
std::string advertised(const Place& wanted, const Place& bound);

/// Of a server that listens on these ports.
core::NodeAddresses advertised_addresses(const ServerSettings& settings, std::uint16_t port,
                                         std::uint16_t internal_port);

/// The machine's name, as a node's name: what is no node's name becomes '-'.
std::string host_node_name();

}  // namespace dcount::api
