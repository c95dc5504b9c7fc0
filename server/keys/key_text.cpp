#include "server/keys/key_text.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <sys/random.h>

#include <cerrno>
#include <cstdlib>
#include <span>

#include "server/core/names.h"

namespace dcount::keys {
namespace {

constexpr std::string_view prefix = "dck_";
constexpr std::size_t id_digits = 16;
constexpr std::size_t secret_digits = 64;

std::string hex(std::span<const unsigned char> bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const unsigned char byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

template <std::size_t bytes>
std::string random_hex() {
  std::array<unsigned char, bytes> random{};
  // As few as these come all at once, or not at all while the system boots.
  while (getrandom(random.data(), random.size(), 0) < 0) {
    if (errno != EINTR) std::abort();
  }
  std::string text = hex(random);
  OPENSSL_cleanse(random.data(), random.size());
  return text;
}

unsigned char value_of(char digit) {
  return static_cast<unsigned char>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

}  // namespace

NewKey make_key() {
  const std::string id = random_hex<id_digits / 2>();
  const std::string secret = random_hex<secret_digits / 2>();
  return {id, std::string(prefix) + id + '_' + secret, hex(digest_of(secret))};
}

std::optional<KeyText> parse_key(std::string_view text) {
  if (text.size() != prefix.size() + id_digits + 1 + secret_digits) return std::nullopt;
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  const KeyText parts{text.substr(0, id_digits), text.substr(id_digits + 1)};
  const bool fine =
      text[id_digits] == '_' && core::is_key_id(parts.id) && core::is_sha256(parts.secret);
  return fine ? std::optional(parts) : std::nullopt;
}

Digest digest_of(std::string_view text) {
  Digest digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

Digest digest_named(std::string_view hex) {
  Digest digest{};
  if (hex.size() != 2 * digest.size()) std::abort();
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest[i] = static_cast<unsigned char>(value_of(hex[2 * i]) << 4 | value_of(hex[2 * i + 1]));
  }
  return digest;
}

bool is_same(const Digest& a, const Digest& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace dcount::keys
