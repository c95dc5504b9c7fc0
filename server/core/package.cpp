#include "server/core/package.h"

#include <algorithm>
#include <functional>

#include "server/core/answer_words.h"
#include "server/core/fields.h"
#include "server/core/names.h"

namespace dcount::core {
namespace {

// 9999-12-31: beyond, milliseconds would not be in range.
constexpr std::int64_t second_max = 253'402'300'799;

bool is_meta(std::string_view text) {
  return text.size() >= 2 && text.size() <= meta_bytes_max && text.front() == '{' &&
         text.back() == '}' && text.find_first_of(" \n\r") == std::string_view::npos;
}

bool is_second(std::int64_t second) { return second >= 0 && second <= second_max; }

/// In order, and none twice.
bool are_holders(const std::vector<std::string>& names) {
  return names.size() <= holders_max && std::ranges::all_of(names, is_node_name) &&
         std::ranges::adjacent_find(names, std::greater_equal<>()) == names.end();
}

bool is_whole(const Package& package) {
  const PackageTraits& traits = package.traits;
  if (package.version < 1 || !is_package_id(traits.pkgid) || !is_key_id(traits.owner)) return false;
  if (package.deleted) return true;
  return traits.bytes >= 0 && is_sha256(traits.sha256) && is_second(traits.when_s) &&
         is_second(traits.expire_s) && is_meta(traits.meta) && are_holders(package.holders);
}

std::string joined(const std::vector<std::string>& names) {
  std::string words;
  for (const std::string& name : names) (words += words.empty() ? "" : ",") += name;
  return words;
}

}  // namespace

std::string encode(const Package& package) {
  const PackageTraits& traits = package.traits;
  FieldWriter fields;
  if (package.deleted) fields.flag("del");
  fields.add("id", traits.pkgid).add("owner", traits.owner);
  if (!package.deleted) {
    fields.add("bytes", traits.bytes).add("sha", traits.sha256).add("when", traits.when_s);
    if (traits.expire_s > 0) fields.add("expire", traits.expire_s);
    if (!package.holders.empty()) fields.add("holders", joined(package.holders));
  }
  fields.add("v", package.version).add("at", package.at_ms);
  if (!package.deleted) fields.add("meta", traits.meta);
  return fields.take();
}

std::optional<Package> decode_package(std::string_view text) {
  FieldReader fields(text);
  if (fields.malformed()) return std::nullopt;
  Package package;
  PackageTraits& traits = package.traits;
  while (const auto field = fields.next()) {
    if (field->name == "del") package.deleted = true;
    if (field->name == "id") traits.pkgid = field->word;
    if (field->name == "owner") traits.owner = field->word;
    if (field->name == "bytes") traits.bytes = field->number().value_or(-1);
    if (field->name == "sha") traits.sha256 = field->word;
    if (field->name == "when") traits.when_s = field->number().value_or(-1);
    if (field->name == "expire") traits.expire_s = field->number().value_or(-1);
    if (field->name == "holders") {
      for (const auto name : split(field->word, ',')) package.holders.emplace_back(name);
    }
    if (field->name == "v") package.version = field->number().value_or(0);
    if (field->name == "at") package.at_ms = field->number().value_or(0);
    if (field->name == "meta") traits.meta = field->word;
  }
  if (!is_whole(package)) return std::nullopt;
  return package;
}

std::int64_t package_due_ms(std::string_view text, std::int64_t tombstone_ms) {
  const auto package = decode_package(text);
  if (!package) return 0;
  return package->deleted ? package->at_ms + tombstone_ms : package->traits.expire_s * 1000;
}

}  // namespace dcount::core
