// Reading; changes are in mvcc_changes.cpp.
#include "sim/world/mvcc_store.h"

#include <algorithm>

namespace dcount::world {
namespace {

constexpr std::size_t first_change = 2;  // an empty etcd is at revision 1

}  // namespace

const MvccStore::Version* MvccStore::at(const std::vector<Version>& versions, Revision revision) {
  for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
    if (version->modified > revision) continue;
    return version->version == 0 ? nullptr : &*version;
  }
  return nullptr;
}

bool MvccStore::holds(const CompareRequest& compare, Revision revision) const {
  using Target = CompareRequest::Target;
  const auto is_so = [&](const Version& version) {
    std::int64_t order = 0;
    switch (compare.target) {
      case Target::version:
        order = version.version - compare.number;
        break;
      case Target::created:
        order = version.created - compare.number;
        break;
      case Target::modified:
        order = version.modified - compare.number;
        break;
      case Target::lease:
        order = version.lease - compare.number;
        break;
      case Target::value:
        order = version.value.compare(compare.value);
        break;
    }
    switch (compare.result) {
      case CompareRequest::Result::equal:
        return order == 0;
      case CompareRequest::Result::greater:
        return order > 0;
      case CompareRequest::Result::less:
        return order < 0;
      case CompareRequest::Result::not_equal:
        return order != 0;
    }
    return false;
  };
  bool found = false;
  bool all = true;
  scan(compare.key, compare.end, revision, [&](const std::string&, const Version& version) {
    found = true;
    all = all && is_so(version);
  });
  if (found) return all;
  return compare.target != Target::value && is_so(Version{});
}

/// Which branch is taken, of the transaction and of those in it, in the order in which they are
/// carried out: all of it is known before anything is changed.
void MvccStore::judge(const TxnRequest& txn, Revision revision, std::vector<bool>& path) const {
  const bool succeeded = std::ranges::all_of(
      txn.compare, [&](const CompareRequest& one) { return holds(one, revision); });
  path.push_back(succeeded);
  for (const RequestOperation& one : succeeded ? txn.success : txn.failure) {
    if (one.kind == RequestOperation::Kind::txn) judge(one.txn.front(), revision, path);
  }
}

void MvccStore::append_version(std::string& out, std::string_view key,
                               const Version& version) const {
  append_bytes(out, "key", key);
  if (!terse_) append_number(out, "create_revision", version.created);
  append_number(out, "mod_revision", version.modified);
  if (!terse_) append_number(out, "version", version.version);
  append_bytes(out, "value", version.value);
  if (!terse_) append_number(out, "lease", version.lease);
}

void MvccStore::append_range(std::string& out, const RangeRequest& range, Revision revision) const {
  std::int64_t count = 0;
  std::int64_t shown = 0;
  bool more = false;
  std::string entries;
  scan(range.key, range.end, range.at > 0 ? range.at : revision,
       [&](const std::string& key, const Version& version) {
         ++count;
         if (version.modified < range.modified_min) return;
         if (range.limit > 0 && shown == range.limit) return void(more = true);
         ++shown;
         entries += entries.empty() ? "{" : ",{";
         append_version(entries, key, version);
         entries += '}';
       });
  if (!entries.empty()) out.append(",\"kvs\":[").append(entries).append("]");
  if (more) out.append(",\"more\":true");
  if (!terse_) append_number(out, "count", count);
}

GatewayReply MvccStore::range(const RangeRequest& request, const Moment& known) const {
  if (request.key.empty()) return refusal::empty_key();
  if (request.at > known.revision) return refusal::future_revision();
  if (request.at > 0 && request.at < known.compacted) return refusal::compacted();
  std::string body = header(known.revision);
  append_range(body, request, known.revision);
  return {200, body + "}"};
}

GatewayReply MvccStore::check_ranges(const TxnRequest& txn, const std::vector<bool>& path,
                                     std::size_t& place, const Moment& known) const {
  for (const RequestOperation& one : path[place++] ? txn.success : txn.failure) {
    if (one.kind == RequestOperation::Kind::txn) {
      auto nested = check_ranges(one.txn.front(), path, place, known);
      if (nested.status != 200) return nested;
    }
    if (one.kind != RequestOperation::Kind::range || one.range.at == 0) continue;
    if (one.range.at > known.revision) return refusal::future_revision();
    if (one.range.at < known.compacted) return refusal::compacted();
  }
  return {200, {}};
}

GatewayReply MvccStore::read_txn(const TxnRequest& txn, const Moment& known) const {
  std::vector<bool> path;
  judge(txn, known.revision, path);
  std::size_t place = 0;
  auto ranges = check_ranges(txn, path, place, known);
  if (ranges.status != 200) return ranges;
  std::string body = header(known.revision);
  place = 0;
  append_reply(body, txn, path, place, known.revision, nullptr);
  return {200, body + "}"};
}

GatewayReply MvccStore::compact(Revision revision) {
  if (revision <= now_.compacted) return refusal::compacted();
  if (revision > now_.revision) return refusal::future_revision();
  now_.compacted = revision;
  return {200, header(now_.revision) + "}"};
}

const std::vector<MvccStore::Event>& MvccStore::events(Revision revision) const {
  return events_.at(static_cast<std::size_t>(revision) - first_change);
}

}  // namespace dcount::world
