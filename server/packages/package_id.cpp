#include "server/packages/package_id.h"

#include <openssl/rand.h>

#include <array>
#include <cstdlib>

#include "server/packages/sha256.h"

namespace dcount::packages {

std::string new_package_id() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) std::abort();
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  constexpr char hex[] = "0123456789abcdef";
  std::string id;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) id += '-';
    id += hex[bytes[i] >> 4];
    id += hex[bytes[i] & 15];
  }
  return id;
}

std::string package_record(std::string_view pkgid) {
  Sha256 digest;
  digest.append(pkgid);
  return digest.digest();
}

}  // namespace dcount::packages
