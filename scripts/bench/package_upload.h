// What acknowledged uploads cost, and what the disk alone costs for the same bytes.
//
// Thread-safety: each function uses threads of its own, and returns when they have ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace dcount::bench_packages {

struct UploadOptions {
  std::string host = "127.0.0.1";
  int port = 8080;
  std::string key;  ///< sent as a Bearer
  std::string archive;
  std::size_t connections = 8;
  std::size_t count = 200;  ///< of all connections together
};

struct Uploaded {
  std::size_t done = 0;
  double seconds = 0;
  std::vector<double> each_ms;                  ///< of those that are done, sorted
  std::map<std::string, std::uint64_t> errors;  ///< by status, or what happened
};

/// Each connection sends the next one when the one before is answered; 201 is done.
Uploaded upload(const UploadOptions& options);

/// `count` files of these bytes in a directory, by so many writers at once: each written under a
/// temporary name, fsync'ed, renamed, and its directory fsync'ed. The files stay.
Uploaded write_plainly(const std::string& directory, const std::string& bytes, std::size_t writers,
                       std::size_t count);

}  // namespace dcount::bench_packages
