// What one etcd member says of itself, asked over its JSON gateway.
//
// Thread-safety: plain values, functions from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "sim/http_probe.h"

namespace dcount::sim {

struct EtcdStatus {
  bool leads = false;  ///< it says so itself; a member that was cut off may be wrong
  std::uint64_t term = 0;
};

/// Whether it serves, which takes a quorum.
bool etcd_healthy(const std::string& url, std::chrono::milliseconds at_most,
                  const TlsFiles& tls = {});

/// Nothing when it does not answer in time.
std::optional<EtcdStatus> etcd_status(const std::string& url, std::chrono::milliseconds at_most,
                                      const TlsFiles& tls = {});

}  // namespace dcount::sim
