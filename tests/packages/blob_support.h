// Packages to put into blob stores.
#pragma once

#include <string>
#include <string_view>

#include "server/packages/blob_store.h"
#include "server/packages/sha256.h"

namespace dcount::packages {

/// The id of test package `number`; those of different numbers may share their first characters.
inline std::string package_id(unsigned number) {
  constexpr char digits[] = "0123456789abcdef";
  std::string id = "a0000000-0000-4000-8000-000000000000";
  id[1] = digits[number / 2 % 16];
  id[34] = digits[number / 16 % 16];
  id[35] = digits[number % 16];
  return id;
}

inline std::string sha256_of(std::string_view bytes) {
  Sha256 sha256;
  sha256.append(bytes);
  return sha256.digest();
}

inline DiskResult<Blob> put(BlobStore& store, const std::string& pkgid, std::string_view bytes) {
  auto writer = store.begin(bytes.size());
  if (!writer) return writer.error();
  const std::size_t half = bytes.size() / 2;
  if (auto appended = writer->append(bytes.substr(0, half)); !appended) return appended.error();
  if (auto appended = writer->append(bytes.substr(half)); !appended) return appended.error();
  return writer->commit(pkgid);
}

}  // namespace dcount::packages
