// tests/support/lockstep_client.py, and the table that it has made of a feed.
//
// Thread-safety: one thread. The client ends with the object.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "tests/support/script.h"

namespace dcount::test {

class LockstepReader {
 public:
  /// `feed`: "counters/views". `login`: "" or "user:password@".
  LockstepReader(const std::filesystem::path& folder, std::uint16_t port, const std::string& feed,
                 const std::string& login = "");

  /// By id, what it knows of the counters that are not deleted.
  std::map<std::string, std::int64_t> values();
  std::size_t records() const { return records_; }  ///< that `values` has seen come
  /// What it had to say when it gave up; "" while it runs.
  std::string complaint() const;

 private:
  Script client_;
  std::map<std::string, std::int64_t> values_;
  std::size_t records_ = 0;
  std::size_t read_ = 0;  ///< of what it printed
};

}  // namespace dcount::test
