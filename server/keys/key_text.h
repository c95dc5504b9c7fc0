// API keys as their holders have them: "dck_<id, 16 hex digits>_<secret, 64 hex digits>". The id is
// no secret: it names the key in lists, records and logs. The secret is told once, when the key is
// made; all that is kept of it is its SHA-256.
//
// Thread-safety: from any thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace dcount::keys {

using Digest = std::array<unsigned char, 32>;

struct NewKey {
  std::string id;           ///< core::is_key_id, 64 random bits
  std::string text;         ///< all of it, for its holder alone
  std::string secret_hash;  ///< core::is_sha256
};

/// From the system's randomness.
NewKey make_key();

/// Parts of the text they were parsed from.
struct KeyText {
  std::string_view id;
  std::string_view secret;
};

/// nullopt: not a key's form.
std::optional<KeyText> parse_key(std::string_view text);

/// SHA-256 over the characters of `text` (of a key's secret: over its 64 digits).
Digest digest_of(std::string_view text);

/// Of 64 hex digits in lower case (core::is_sha256).
Digest digest_named(std::string_view hex);

/// Takes as long whatever they are.
bool is_same(const Digest& a, const Digest& b);

}  // namespace dcount::keys
