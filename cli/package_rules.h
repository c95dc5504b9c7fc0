// The server's rules for packages, asked before anything is sent: the same words as the server's.
//
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/error.h"
#include "server/packages/archive_rule.h"

namespace dcount::cli {

/// As the server would have refused it: a bad_request `bad_archive` with the rule.
client::ClientError bad_archive(const packages::BadArchive& bad);

/// Nothing: the server has no reason to refuse the archive in `fd`.
std::optional<client::ClientError> check_package(int fd, std::uint64_t bytes);

/// What becomes of meta.json: the one that is there (nothing: none), over it the fields of `more`,
/// over these `expire_s`. Byte for byte the one that is there when nothing comes over it; nothing
/// when there is nothing at all. Error: one of them is no meta.json (`bad_archive`).
[[nodiscard]] client::Result<std::optional<std::string>> merged_meta(
    const std::optional<std::string>& there, const std::optional<std::string>& more,
    std::optional<std::int64_t> expire_s);

/// When a package expires: "2027-01-01" and "2027-01-01T12:00:00Z" (UTC), "90s", "30m", "12h", "7d"
/// from now, or Unix seconds; 0: never. Error: bad_request, for people; a time that is over as
/// well.
[[nodiscard]] client::Result<std::int64_t> parse_expire(std::string_view text,
                                                        std::int64_t now_unix_s);

}  // namespace dcount::cli
