// Keep-alive clients that fetch one file again and again and throw the bytes away without copying
// them out of the kernel, so that a server that uses sendfile is the one that is measured.
//
// Thread-safety: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace dcount::bench_packages {

struct DownloadOptions {
  std::string host = "127.0.0.1";  ///< an IPv4 address
  int port = 8080;
  std::string path = "/";
  std::string key;  ///< sent as a Bearer; empty: none
  std::size_t connections = 100;
  double seconds = 5;
};

struct Downloaded {
  std::uint64_t bytes = 0;  ///< of bodies, those that were not finished included
  std::uint64_t files = 0;  ///< to their end
  std::uint64_t least = 0;  ///< bytes of the client that got least
  std::uint64_t most = 0;
  double seconds = 0;
  double cpu_seconds = 0;  ///< ours: near `seconds`, and we are what is measured
  std::map<std::string, std::uint64_t> errors;  ///< each has cost a client, which is given up
};

/// Throws std::system_error when it cannot connect.
Downloaded download(const DownloadOptions& options);

}  // namespace dcount::bench_packages
