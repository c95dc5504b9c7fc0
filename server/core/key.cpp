#include "server/core/key.h"

#include <algorithm>

#include "server/core/answer_words.h"
#include "server/core/fields.h"
#include "server/core/names.h"

namespace dcount::core {
namespace {

std::string encoded(std::string_view text) {
  std::string part;
  append_key_part(part, text);
  return part;
}

/// Comma-separated, each encoded.
std::string encoded(const std::vector<std::string>& texts) {
  std::string words;
  for (const std::string& text : texts) {
    if (!words.empty()) words += ',';
    append_key_part(words, text);
  }
  return words;
}

bool is_quota(const std::optional<std::int64_t>& quota) { return !quota || *quota >= 0; }

bool is_whole(const Key& key) {
  if (key.version < 1) return false;
  if (key.deleted) return true;
  const KeyTraits& traits = key.traits;
  return is_key_label(traits.name) && is_sha256(traits.secret_hash) && traits.scopes != Scopes{} &&
         std::ranges::all_of(traits.prefixes, is_item_name) && is_quota(traits.quota_bytes) &&
         is_quota(traits.quota_packages) && traits.rate_per_minute.value_or(1) >= 1;
}

}  // namespace

std::string to_string(const Scopes& scopes) {
  std::string words;
  const auto add = [&](bool holds, std::string_view word) {
    if (!holds) return;
    if (!words.empty()) words += ',';
    words += word;
  };
  add(scopes.read, "read");
  add(scopes.write, "write");
  add(scopes.packages, "packages");
  add(scopes.admin, "admin");
  return words;
}

std::optional<Scopes> scopes_named(std::string_view words) {
  Scopes scopes;
  for (const std::string_view word : split(words, ',')) {
    if (word == "read")
      scopes.read = true;
    else if (word == "write")
      scopes.write = true;
    else if (word == "packages")
      scopes.packages = true;
    else if (word == "admin")
      scopes.admin = true;
    else
      return std::nullopt;
  }
  return scopes;
}

std::string encode(const Key& key) {
  FieldWriter fields;
  if (key.deleted) return fields.flag("del").add("v", key.version).add("at", key.at_ms).take();
  const KeyTraits& traits = key.traits;
  fields.add("name", encoded(traits.name))
      .add("hash", traits.secret_hash)
      .add("scopes", to_string(traits.scopes));
  if (!traits.prefixes.empty()) fields.add("prefixes", encoded(traits.prefixes));
  if (traits.quota_bytes) fields.add("qb", *traits.quota_bytes);
  if (traits.quota_packages) fields.add("qp", *traits.quota_packages);
  if (traits.rate_per_minute) fields.add("rate", *traits.rate_per_minute);
  return fields.add("v", key.version).add("at", key.at_ms).take();
}

std::optional<Key> decode_key(std::string_view text) {
  FieldReader fields(text);
  if (fields.malformed()) return std::nullopt;
  Key key;
  KeyTraits& traits = key.traits;
  bool fine = true;
  const auto decode = [&](std::string_view word) {
    auto part = decode_key_part(word);
    fine = fine && part.has_value();
    return std::move(part).value_or("");
  };
  while (const auto field = fields.next()) {
    if (field->name == "del") key.deleted = true;
    if (field->name == "name") traits.name = decode(field->word);
    if (field->name == "hash") traits.secret_hash = field->word;
    if (field->name == "scopes") {
      const auto scopes = scopes_named(field->word);
      fine = fine && scopes.has_value();
      traits.scopes = scopes.value_or(Scopes{});
    }
    if (field->name == "prefixes") {
      for (const auto part : split(field->word, ',')) traits.prefixes.push_back(decode(part));
    }
    if (field->name == "qb") traits.quota_bytes = field->number().value_or(-1);
    if (field->name == "qp") traits.quota_packages = field->number().value_or(-1);
    if (field->name == "rate") traits.rate_per_minute = field->number().value_or(-1);
    if (field->name == "v") key.version = field->number().value_or(0);
    if (field->name == "at") key.at_ms = field->number().value_or(0);
  }
  if (!fine || !is_whole(key)) return std::nullopt;
  return key;
}

std::string encode(const Usage& usage) {
  return FieldWriter()
      .add("packages", usage.packages)
      .add("bytes", usage.bytes)
      .add("v", usage.version)
      .take();
}

std::optional<Usage> decode_usage(std::string_view text) {
  FieldReader fields(text);
  if (fields.malformed()) return std::nullopt;
  Usage usage;
  while (const auto field = fields.next()) {
    if (field->name == "packages") usage.packages = field->number().value_or(-1);
    if (field->name == "bytes") usage.bytes = field->number().value_or(-1);
    if (field->name == "v") usage.version = field->number().value_or(0);
  }
  if (usage.packages < 0 || usage.bytes < 0 || usage.version < 1) return std::nullopt;
  return usage;
}

}  // namespace dcount::core
