// One short question to a server of ours, over a connection of its own.
//
// Thread-safety: plain values, functions from any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace dcount::sim {

/// The files that a TLS server and those who talk to it need.
struct TlsFiles {
  std::string certificate;
  std::string key;
  std::string authority;  ///< whom clients trust

  bool used() const { return !certificate.empty(); }
};

struct ProbeAnswer {
  int status = 0;
  std::string body;
};

/// Asks `url` ("http://host:port" or https) for `path`: GET, or POST when there is a body to send.
/// Nothing when no answer came within the time.
std::optional<ProbeAnswer> probe(const std::string& url, const std::string& path,
                                 std::chrono::milliseconds at_most, const std::string& body = "",
                                 const TlsFiles& tls = {});

}  // namespace dcount::sim
