// What changes the key space, and the replies that say so.
#include <algorithm>
#include <utility>

#include "sim/world/mvcc_store.h"

namespace dcount::world {

/// One revision under way.
class MvccStore::Writing {
 public:
  explicit Writing(MvccStore& store) : store_(store), revision_(store.now_.revision + 1) {}

  /// What a read of this transaction sees.
  Revision revision() const { return changed_ ? revision_ : revision_ - 1; }

  void put(const PutRequest& put) {
    std::vector<Version>& versions = store_.keys_[put.key];
    const Version* before = at(versions, revision_);
    Version version{revision_, before == nullptr ? revision_ : before->created,
                    before == nullptr ? 1 : before->version + 1, put.lease, put.value};
    if (before != nullptr) leave_lease(put.key, *before);
    if (put.lease != 0) store_.leases_[put.lease].insert(put.key);
    std::string json = "{\"kv\":{";
    store_.append_version(json, put.key, version);
    json += "}}";
    versions.push_back(std::move(version));
    told({put.key, std::move(json), false});
  }

  std::int64_t erase(std::string_view begin, std::string_view end) {
    std::vector<std::string> gone;
    store_.scan(begin, end, revision_,
                [&](const std::string& key, const Version&) { gone.push_back(key); });
    for (std::string& key : gone) {
      std::vector<Version>& versions = store_.keys_[key];
      const Version* before = at(versions, revision_);
      leave_lease(key, *before);
      Version version;
      version.modified = revision_;
      versions.push_back(std::move(version));
      std::string json = "{\"type\":\"DELETE\",\"kv\":{";
      append_bytes(json, "key", key);
      append_number(json, "mod_revision", revision_);
      told({std::move(key), json + "}}", true});
    }
    return static_cast<std::int64_t>(gone.size());
  }

  /// The revision afterwards.
  Revision end() {
    store_.now_.revision = revision();
    return store_.now_.revision;
  }

 private:
  void leave_lease(const std::string& key, const Version& before) {
    const auto lease = store_.leases_.find(before.lease);
    if (lease != store_.leases_.end()) lease->second.erase(key);
  }

  void told(Event event) {
    if (!changed_) store_.events_.emplace_back();
    changed_ = true;
    store_.events_.back().push_back(std::move(event));
  }

  MvccStore& store_;
  const Revision revision_;
  bool changed_ = false;
};

void MvccStore::append_reply(std::string& out, const TxnRequest& txn, const std::vector<bool>& path,
                             std::size_t& place, Revision revision, Writing* writing) const {
  using Kind = RequestOperation::Kind;
  const bool succeeded = path[place++];
  if (succeeded) out.append(",\"succeeded\":true");
  const auto& operations = succeeded ? txn.success : txn.failure;
  if (operations.empty()) return;
  out.append(",\"responses\":[");
  for (const RequestOperation& one : operations) {
    if (out.back() != '[') out += ',';
    switch (one.kind) {
      case Kind::range:
        out.append("{\"response_range\":{\"header\":{}");
        append_range(out, one.range, writing == nullptr ? revision : writing->revision());
        break;
      case Kind::put:
        writing->put(one.put);
        out.append("{\"response_put\":{\"header\":{}");
        break;
      case Kind::erase: {
        out.append("{\"response_delete_range\":{\"header\":{}");
        append_number(out, "deleted", writing->erase(one.erase.key, one.erase.end));
        break;
      }
      case Kind::txn:
        out.append("{\"response_txn\":{\"header\":{}");
        append_reply(out, one.txn.front(), path, place, revision, writing);
        break;
      case Kind::none:
        break;
    }
    out.append("}}");
  }
  out.append("]");
}

bool MvccStore::leases_known(const TxnRequest& txn, const std::vector<bool>& path,
                             std::size_t& place) const {
  for (const RequestOperation& one : path[place++] ? txn.success : txn.failure) {
    const bool is_put = one.kind == RequestOperation::Kind::put;
    if (is_put && one.put.lease != 0 && !has_lease(one.put.lease)) return false;
    const bool is_txn = one.kind == RequestOperation::Kind::txn;
    if (is_txn && !leases_known(one.txn.front(), path, place)) return false;
  }
  return true;
}

GatewayReply MvccStore::apply(const TxnRequest& txn) {
  const auto is_put = [](const RequestOperation& one) {
    return one.kind == RequestOperation::Kind::put;
  };
  // As etcd counts it: what is in nested transactions takes no room.
  if (full_ &&
      (std::ranges::any_of(txn.success, is_put) || std::ranges::any_of(txn.failure, is_put))) {
    return refusal::no_space();
  }
  std::vector<bool> path;
  judge(txn, now_.revision, path);
  std::size_t place = 0;
  if (!leases_known(txn, path, place)) return refusal::lease_not_found();
  place = 0;
  auto ranges = check_ranges(txn, path, place, now_);
  if (ranges.status != 200) return ranges;
  Writing writing(*this);
  std::string reply;
  place = 0;
  append_reply(reply, txn, path, place, 0, &writing);
  return {200, header(writing.end()) + reply + "}"};
}

GatewayReply MvccStore::apply(const PutRequest& put) {
  if (put.key.empty()) return refusal::empty_key();
  if (full_) return refusal::no_space();
  if (put.lease != 0 && !has_lease(put.lease)) return refusal::lease_not_found();
  Writing writing(*this);
  writing.put(put);
  return {200, header(writing.end()) + "}"};
}

GatewayReply MvccStore::apply(const DeleteRequest& erase) {
  if (erase.key.empty()) return refusal::empty_key();
  Writing writing(*this);
  const std::int64_t deleted = writing.erase(erase.key, erase.end);
  std::string body = header(writing.end());
  append_number(body, "deleted", deleted);
  return {200, body + "}"};
}

bool MvccStore::revoke(std::int64_t lease) {
  const auto found = leases_.find(lease);
  if (found == leases_.end()) return false;
  const std::set<std::string> keys = std::move(found->second);
  leases_.erase(found);
  Writing writing(*this);
  for (const std::string& key : keys) writing.erase(key, {});
  writing.end();
  return true;
}

}  // namespace dcount::world
