#include "sim/world/mvcc_store.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace dcount::world {
namespace {

constexpr std::size_t first_change = 2;  // an empty etcd is at revision 1

GatewayReply refuse(int status, int code, const char* message) {
  std::string body = "{\"error\":\"";
  body.append(message).append("\",\"message\":\"").append(message).append("\",\"code\":");
  body.append(std::to_string(code)).append("}");
  return {status, std::move(body)};
}

void append_number(std::string& out, const char* name, std::int64_t number) {
  if (number == 0) return;
  if (out.back() != '{') out += ',';
  out.append("\"").append(name).append("\":\"").append(std::to_string(number)).append("\"");
}

void append_bytes(std::string& out, const char* name, std::string_view bytes) {
  if (bytes.empty()) return;
  if (out.back() != '{') out += ',';
  out.append("\"").append(name).append("\":\"");
  append_base64(out, bytes);
  out += '"';
}

std::string header(Revision revision) {
  return "{\"header\":{\"revision\":\"" + std::to_string(revision) + "\"}";
}

/// A zero byte stands for "to the last one".
bool is_to_last(std::string_view end) { return end.size() == 1 && end[0] == '\0'; }

}  // namespace

namespace refusal {
GatewayReply no_leader() { return refuse(503, 14, "etcdserver: no leader"); }
GatewayReply timed_out() { return refuse(503, 14, "etcdserver: request timed out"); }
GatewayReply leader_changed() { return refuse(503, 14, "etcdserver: leader changed"); }
GatewayReply empty_key() { return refuse(400, 3, "etcdserver: key is not provided"); }
GatewayReply too_many_operations() {
  return refuse(400, 3, "etcdserver: too many operations in txn request");
}
GatewayReply duplicate_key() {
  return refuse(400, 3, "etcdserver: duplicate key given in txn request");
}
GatewayReply compacted() {
  return refuse(400, 11, "etcdserver: mvcc: required revision has been compacted");
}
GatewayReply future_revision() {
  return refuse(400, 11, "etcdserver: mvcc: required revision is a future revision");
}
GatewayReply lease_not_found() { return refuse(404, 5, "etcdserver: requested lease not found"); }
GatewayReply no_space() { return refuse(429, 8, "etcdserver: mvcc: database space exceeded"); }
GatewayReply malformed() { return refuse(400, 3, "the body is not understood"); }
}  // namespace refusal

void append_base64(std::string& out, std::string_view bytes) {
  static constexpr char digits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto byte = [&](std::size_t i) {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
  };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const unsigned bits = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    out += digits[bits >> 18];
    out += digits[bits >> 12 & 63];
    out += i + 1 < bytes.size() ? digits[bits >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? digits[bits & 63] : '=';
  }
}

// ---- what the gateway looks at first

namespace {

/// What a list of operations puts and erases.
struct Touched {
  std::vector<std::string_view> puts;
  std::vector<const DeleteRequest*> erased;

  bool has_put(std::string_view key) const { return std::ranges::find(puts, key) != puts.end(); }
  bool erases(std::string_view key) const {
    return std::ranges::any_of(erased, [&](const DeleteRequest* one) {
      if (one->end.empty()) return one->key == key;
      return key >= one->key && (is_to_last(one->end) || key < one->end);
    });
  }
};

/// As etcd's checkIntervals, in its order: deletes of this level, what is nested, then puts.
/// Nothing: a key is put twice, or put and erased.
std::optional<Touched> gather(const std::vector<RequestOperation>& operations) {
  using Kind = RequestOperation::Kind;
  Touched all;
  for (const RequestOperation& one : operations) {
    if (one.kind == Kind::erase) all.erased.push_back(&one.erase);
  }
  for (const RequestOperation& one : operations) {
    if (one.kind != Kind::txn) continue;
    const auto then = gather(one.txn.front().success);
    const auto otherwise = gather(one.txn.front().failure);
    if (!then || !otherwise) return std::nullopt;
    for (const std::string_view key : then->puts) {
      if (all.has_put(key) || all.erases(key)) return std::nullopt;
    }
    for (const std::string_view key : otherwise->puts) {
      if (all.has_put(key) || all.erases(key)) return std::nullopt;
    }
    for (const Touched* branch : {&*then, &*otherwise}) {
      all.puts.insert(all.puts.end(), branch->puts.begin(), branch->puts.end());
      all.erased.insert(all.erased.end(), branch->erased.begin(), branch->erased.end());
    }
  }
  for (const RequestOperation& one : operations) {
    if (one.kind != Kind::put) continue;
    if (all.has_put(one.put.key) || all.erases(one.put.key)) return std::nullopt;
    all.puts.push_back(one.put.key);
  }
  return all;
}

GatewayReply check_sizes(const TxnRequest& txn, std::size_t operations_max) {
  using Kind = RequestOperation::Kind;
  const std::size_t operations =
      std::max({txn.compare.size(), txn.success.size(), txn.failure.size()});
  if (operations > operations_max) return refusal::too_many_operations();
  for (const CompareRequest& compare : txn.compare) {
    if (compare.key.empty()) return refusal::empty_key();
  }
  for (const auto* branch : {&txn.success, &txn.failure}) {
    for (const RequestOperation& one : *branch) {
      const bool has_key = one.kind == Kind::txn ||
                           (one.kind == Kind::range && !one.range.key.empty()) ||
                           (one.kind == Kind::put && !one.put.key.empty()) ||
                           (one.kind == Kind::erase && !one.erase.key.empty());
      if (!has_key) return refusal::empty_key();
      if (one.kind != Kind::txn) continue;
      auto nested = check_sizes(one.txn.front(), operations_max - operations);
      if (nested.status != 200) return nested;
    }
  }
  return {200, {}};
}

}  // namespace

GatewayReply check_request(const TxnRequest& txn, std::size_t operations_max) {
  auto sizes = check_sizes(txn, operations_max);
  if (sizes.status != 200) return sizes;
  for (const auto* branch : {&txn.success, &txn.failure}) {
    if (!gather(*branch)) return refusal::duplicate_key();
  }
  return {200, {}};
}

bool is_read_only(const TxnRequest& txn) {
  const auto is_range = [](const RequestOperation& one) {
    return one.kind == RequestOperation::Kind::range;
  };
  return std::ranges::all_of(txn.success, is_range) && std::ranges::all_of(txn.failure, is_range);
}

bool is_serializable(const TxnRequest& txn) {
  const auto is_local = [](const RequestOperation& one) {
    return one.kind == RequestOperation::Kind::range && one.range.serializable;
  };
  return std::ranges::all_of(txn.success, is_local) && std::ranges::all_of(txn.failure, is_local);
}

// ---- reading

const MvccStore::Version* MvccStore::at(const std::vector<Version>& versions, Revision revision) {
  for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
    if (version->modified > revision) continue;
    return version->version == 0 ? nullptr : &*version;
  }
  return nullptr;
}

template <class Visit>
void MvccStore::scan(std::string_view begin, std::string_view end, Revision revision,
                     Visit visit) const {
  if (end.empty()) {
    const auto found = keys_.find(begin);
    if (found == keys_.end()) return;
    if (const Version* version = at(found->second, revision)) visit(found->first, *version);
    return;
  }
  const bool to_last = is_to_last(end);
  for (auto key = keys_.lower_bound(begin); key != keys_.end(); ++key) {
    if (!to_last && key->first >= end) return;
    if (const Version* version = at(key->second, revision)) visit(key->first, *version);
  }
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

// ---- writing

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

GatewayReply MvccStore::compact(Revision revision) {
  if (revision <= now_.compacted) return refusal::compacted();
  if (revision > now_.revision) return refusal::future_revision();
  now_.compacted = revision;
  return {200, header(now_.revision) + "}"};
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

const std::vector<MvccStore::Event>& MvccStore::events(Revision revision) const {
  return events_.at(static_cast<std::size_t>(revision) - first_change);
}

}  // namespace dcount::world
