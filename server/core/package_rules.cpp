#include "server/core/package_rules.h"

#include <algorithm>
#include <utility>

#include "server/core/key_rules.h"
#include "server/core/names.h"
#include "server/core/package.h"

namespace dcount::core {
namespace {

/// Version 0: there never was one.
Package package_at(Transaction& transaction, const std::string& key) {
  const auto text = transaction.get(key);
  Package none;
  none.deleted = true;
  return text ? decode_package(*text).value_or(none) : none;
}

void put(Transaction& transaction, const std::string& key, Package& package) {
  package.version += 1;
  package.at_ms = transaction.now().unix_ms;
  transaction.put(key, encode(package));
}

void bury(Transaction& transaction, const std::string& key, const Package& package) {
  use(transaction, package.traits.owner, -1, -package.traits.bytes);
  Package tombstone{.deleted = true, .traits = {}, .holders = {}, .version = package.version};
  tombstone.traits.pkgid = package.traits.pkgid;
  tombstone.traits.owner = package.traits.owner;
  put(transaction, key, tombstone);
}

/// What is there and has not expired. What has is buried on the way.
Package live_at(Transaction& transaction, const std::string& key) {
  Package package = package_at(transaction, key);
  if (package.deleted || !package.expired(transaction.now().unix_ms)) return package;
  bury(transaction, key, package);
  package.deleted = true;
  return package;
}

Outcome outcome_of(Code code, Package package) {
  if (code != Code::ok && code != Code::created) package = {};
  return {.code = code, .value = PackageOutcome{std::move(package)}};
}

/// That it is gone, and its version if it ever was: who has bytes of it may throw them away.
Outcome gone(const Package& package) {
  Package tombstone{.deleted = true, .traits = {}, .holders = {}, .version = package.version};
  tombstone.traits.pkgid = package.traits.pkgid;
  return {.code = Code::not_found, .value = PackageOutcome{std::move(tombstone)}};
}

/// In order, each once.
void put_in_order(std::vector<std::string>& names) {
  std::ranges::sort(names);
  const auto twice = std::ranges::unique(names);
  names.erase(twice.begin(), twice.end());
}

bool exceeds(std::int64_t used, std::int64_t more, const std::optional<std::int64_t>& quota) {
  return quota && (used > *quota || more > *quota - used);
}

}  // namespace

Outcome apply(Transaction& transaction, const AddPackage& add) {
  const std::string key = package_key(add.record);
  const auto owner = key_at(transaction, add.traits.owner);
  if (!owner) return outcome_of(Code::forbidden, {});
  Package package = package_at(transaction, key);
  if (package.version > 0) return outcome_of(Code::precondition_failed, {});
  const Usage usage = usage_at(transaction, add.traits.owner);
  if (exceeds(usage.packages, 1, owner->quota_packages) ||
      exceeds(usage.bytes, add.traits.bytes, owner->quota_bytes)) {
    return outcome_of(Code::quota_exceeded, {});
  }
  package.deleted = false;
  package.traits = add.traits;
  package.holders = add.holders;
  put_in_order(package.holders);
  put(transaction, key, package);
  use(transaction, add.traits.owner, 1, add.traits.bytes);
  return outcome_of(Code::created, std::move(package));
}

Outcome apply(Transaction& transaction, const ReadPackage& read) {
  Package package = package_at(transaction, package_key(read.record));
  if (package.deleted || package.expired(transaction.now().unix_ms)) return gone(package);
  const bool allowed = read.owner.empty() || read.owner == package.traits.owner;
  return outcome_of(allowed ? Code::ok : Code::forbidden, std::move(package));
}

Outcome apply(Transaction& transaction, const DeletePackage& del) {
  const std::string key = package_key(del.record);
  Package package = live_at(transaction, key);
  if (package.deleted) return outcome_of(Code::not_found, {});
  if (!del.owner.empty() && del.owner != package.traits.owner) {
    return outcome_of(Code::forbidden, {});
  }
  bury(transaction, key, package);
  return outcome_of(Code::ok, std::move(package));
}

Outcome apply(Transaction& transaction, const ChangeHolders& change) {
  const std::string key = package_key(change.record);
  Package package = live_at(transaction, key);
  if (package.deleted) return outcome_of(Code::not_found, {});
  if (change.seen_version && *change.seen_version != package.version) {
    return outcome_of(Code::precondition_failed, {});
  }
  std::vector<std::string> holders = package.holders;
  std::erase_if(holders,
                [&](const auto& name) { return std::ranges::count(change.remove, name) > 0; });
  holders.insert(holders.end(), change.add.begin(), change.add.end());
  put_in_order(holders);
  if (holders.size() > holders_max) return outcome_of(Code::precondition_failed, {});
  if (holders != package.holders) {
    package.holders = std::move(holders);
    put(transaction, key, package);
  }
  return outcome_of(Code::ok, std::move(package));
}

bool expire_package(Transaction& transaction, const std::string& key) {
  const Package package = package_at(transaction, key);
  if (package.deleted || !package.expired(transaction.now().unix_ms)) return false;
  bury(transaction, key, package);
  return true;
}

}  // namespace dcount::core
