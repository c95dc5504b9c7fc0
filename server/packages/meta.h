// What a package says of itself: the meta.json of its archive, checked, and completed with what the
// server knows.
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>

#include "server/packages/archive_rule.h"

namespace dcount::packages {

/// Containers inside containers; copying what is nested deeper would use up the stack.
inline constexpr int meta_depth_max = 64;

/// The end of the year 9999, Unix s: no later expiry, so that dates keep four digits.
inline constexpr std::int64_t expire_s_max = 253'402'300'799;

struct PackageMeta {
  /// An object; the client's fields in their order.
  nlohmann::ordered_json fields = nlohmann::ordered_json::object();
  std::int64_t expire_s = 0;  ///< Unix s; 0: never
};

/// Takes a JSON object in UTF-8 in which no name comes twice and every integer has 64 bits: what
/// is kept must be what was sent. `expire` is missing, or an integer from 0 to expire_s_max.
/// The rule that is broken is always meta_json.
std::variant<PackageMeta, BadArchive> parse_meta(std::string_view text);

/// One line of JSON without a space in it (they are written as \u0020), so that it is one word of a
/// record: the client's fields in their order, then pkgid, apiid, when (Unix s) and expire,
/// whatever the client's own of these names are. Up to 6 times as long as what was parsed.
std::string complete_meta(const PackageMeta& meta, std::string_view pkgid, std::string_view apiid,
                          std::int64_t when_s);

}  // namespace dcount::packages
