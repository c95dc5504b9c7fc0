#include "cli/package_rules.h"

#include <charconv>
#include <ctime>
#include <nlohmann/json.hpp>
#include <utility>
#include <variant>

#include "server/packages/archive_check.h"
#include "server/packages/meta.h"

namespace dcount::cli {
namespace {

using client::ClientError;
using client::ErrorKind;
using packages::BadArchive;

/// All digits, or nothing.
std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size() && number >= 0;
  return whole ? std::optional(number) : std::nullopt;
}

/// "7d" in seconds.
std::optional<std::int64_t> duration_of(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const std::int64_t unit_s = [&] {
    switch (text.back()) {
      case 's':
        return 1;
      case 'm':
        return 60;
      case 'h':
        return 3600;
      case 'd':
        return 86400;
      default:
        return 0;
    }
  }();
  const auto count = number_of(text.substr(0, text.size() - 1));
  if (unit_s == 0 || !count || *count > packages::expire_s_max / unit_s) return std::nullopt;
  return *count * unit_s;
}

std::optional<std::int64_t> date_of(const std::string& text) {
  for (const char* form : {"%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"}) {
    std::tm parts{};
    const char* end = ::strptime(text.c_str(), form, &parts);
    if (end == nullptr || *end != '\0') continue;
    const std::tm asked = parts;
    const std::int64_t time = ::timegm(&parts);
    // timegm makes the 2nd of March of the 30th of February.
    return parts.tm_mday == asked.tm_mday ? std::optional(time) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

ClientError bad_archive(const BadArchive& bad) {
  return {.kind = ErrorKind::bad_request,
          .code = "bad_archive",
          .detail = bad.detail,
          .rule = std::string(packages::to_string(bad.rule))};
}

std::optional<ClientError> check_package(int fd, std::uint64_t bytes) {
  const auto verdict = packages::check_archive(fd, 0, bytes);
  if (!verdict) return ClientError{.kind = ErrorKind::local, .detail = verdict.error().message};
  const auto* bad = std::get_if<BadArchive>(&*verdict);
  if (bad != nullptr) return bad_archive(*bad);
  const auto& checked = std::get<packages::CheckedArchive>(*verdict);
  if (!checked.meta_json) return std::nullopt;
  const auto meta = packages::parse_meta(*checked.meta_json);
  const auto* bad_meta = std::get_if<BadArchive>(&meta);
  return bad_meta != nullptr ? std::optional(bad_archive(*bad_meta)) : std::nullopt;
}

client::Result<std::optional<std::string>> merged_meta(const std::optional<std::string>& there,
                                                       const std::optional<std::string>& more,
                                                       std::optional<std::int64_t> expire_s) {
  auto fields = nlohmann::ordered_json::object();
  for (const auto* text : {&there, &more}) {
    if (!*text) continue;
    auto meta = packages::parse_meta(**text);
    if (const auto* bad = std::get_if<BadArchive>(&meta)) return bad_archive(*bad);
    fields.update(std::get<packages::PackageMeta>(meta).fields);
  }
  if (!more && !expire_s) return there;
  if (expire_s) fields["expire"] = *expire_s;
  std::string text = fields.dump() + "\n";
  // Two that were short enough may be too long together.
  const auto whole = packages::parse_meta(text);
  if (const auto* bad = std::get_if<BadArchive>(&whole)) return bad_archive(*bad);
  if (text.size() > packages::ArchiveLimits().meta_bytes_max) {
    return bad_archive({packages::ArchiveRule::meta_json, "meta.json is too long"});
  }
  return std::optional(std::move(text));
}

client::Result<std::int64_t> parse_expire(std::string_view text, std::int64_t now_unix_s) {
  const auto refuse = [&](const char* why) {
    return ClientError{.kind = ErrorKind::bad_request,
                       .detail = "'" + std::string(text) + "' " + why};
  };
  std::optional<std::int64_t> time = number_of(text);
  if (time == 0) return 0;
  if (!time) {
    if (const auto duration = duration_of(text)) time = now_unix_s + *duration;
  }
  if (!time) time = date_of(std::string(text));
  if (!time) return refuse("is no time like 2027-01-01, 3600s, 7d or 1798761600");
  if (*time > packages::expire_s_max) return refuse("is later than the year 9999");
  if (*time <= now_unix_s) return refuse("is over already");
  return *time;
}

}  // namespace dcount::cli
