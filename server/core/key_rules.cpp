#include "server/core/key_rules.h"

#include <algorithm>
#include <utility>

#include "server/core/names.h"

namespace dcount::core {
namespace {

/// Version 0: there never was one.
Key record_at(Transaction& transaction, const std::string& record_key) {
  const auto text = transaction.get(record_key);
  Key none;
  none.deleted = true;
  return text ? decode_key(*text).value_or(none) : none;
}

Outcome outcome_of(Code code, std::string id, const Key& key) {
  return {.code = code, .value = KeyOutcome{{std::move(id), key.traits, key.at_ms}, key.version}};
}

}  // namespace

Outcome apply(Transaction& transaction, const CreateKey& create) {
  const std::string record_key = key_record_key(create.id);
  Key key = record_at(transaction, record_key);
  if (key.version > 0) return outcome_of(Code::precondition_failed, create.id, key);
  key.deleted = false;
  key.traits = create.traits;
  key.version = 1;
  key.at_ms = transaction.now().unix_ms;
  transaction.put(record_key, encode(key));
  return outcome_of(Code::created, create.id, key);
}

Outcome apply(Transaction& transaction, const RevokeKey& revoke) {
  const std::string record_key = key_record_key(revoke.id);
  Key key = record_at(transaction, record_key);
  if (key.deleted) return outcome_of(Code::not_found, revoke.id, key);
  key = {.deleted = true, .traits = {}, .version = key.version + 1};
  key.at_ms = transaction.now().unix_ms;
  transaction.put(record_key, encode(key));
  return outcome_of(Code::ok, revoke.id, key);
}

Outcome apply(Transaction& transaction, const ReadUsage& read) {
  const auto traits = key_at(transaction, read.id);
  const Usage usage = usage_at(transaction, read.id);
  UsageOutcome outcome{.packages = usage.packages, .bytes = usage.bytes};
  if (traits) {
    outcome.quota_packages = traits->quota_packages;
    outcome.quota_bytes = traits->quota_bytes;
  }
  return {.code = traits ? Code::ok : Code::not_found, .value = outcome};
}

std::optional<KeyTraits> key_at(Transaction& transaction, std::string_view id) {
  Key key = record_at(transaction, key_record_key(id));
  if (key.deleted) return std::nullopt;
  return std::move(key.traits);
}

Usage usage_at(Transaction& transaction, std::string_view id) {
  const auto text = transaction.get(usage_key(id));
  return text ? decode_usage(*text).value_or(Usage{}) : Usage{};
}

void use(Transaction& transaction, std::string_view id, std::int64_t packages, std::int64_t bytes) {
  Usage usage = usage_at(transaction, id);
  usage.packages = std::max<std::int64_t>(0, usage.packages + packages);
  usage.bytes = std::max<std::int64_t>(0, usage.bytes + bytes);
  usage.version += 1;
  transaction.put(usage_key(id), encode(usage));
}

}  // namespace dcount::core
