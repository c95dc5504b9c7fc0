// Packages as tests make them and ask for them.
//
// Thread-safety: pure functions.
#pragma once

#include <random>
#include <string>
#include <string_view>

#include "server/packages/sha256.h"
#include "tests/packages/made_archive.h"

namespace dcount::test {

inline std::string bearer(const std::string& key) {
  return key.empty() ? "" : "Authorization: Bearer " + key + "\r\n";
}

/// A tar.xz with a file of `bytes` that xz cannot make smaller, and with meta.json if given. The
/// same seed, the same archive.
inline std::string made_package(std::size_t bytes, unsigned seed, std::string_view meta = "") {
  std::mt19937 random(seed);
  std::string content(bytes, '\0');
  for (char& c : content) c = static_cast<char>(random());
  packages::MadeTar tar;
  tar.add("content", content);
  if (!meta.empty()) tar.add("meta.json", meta);
  return tar.tar_xz();
}

inline std::string sha256_of(std::string_view bytes) {
  packages::Sha256 sha256;
  sha256.append(bytes);
  return sha256.digest();
}

inline std::string request_of(const std::string& method, const std::string& target,
                              const std::string& fields, const std::string& body = "") {
  const std::string length =
      body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return method + ' ' + target + " HTTP/1.1\r\nHost: test\r\n" + fields + length + "\r\n" + body;
}

inline std::string upload_request(const std::string& key, const std::string& archive,
                                  const std::string& fields = "") {
  return request_of("POST", "/api/add_pkg", bearer(key) + fields, archive);
}

}  // namespace dcount::test
