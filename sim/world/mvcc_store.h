// etcd's key space as the log of its cluster makes it: every version of every key, by revision.
// What a member that lags knows is an older revision of the same.
//
// Thread-safety: none; one world's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/world/gateway_replies.h"
#include "sim/world/gateway_requests.h"

namespace dcount::world {

/// A moment as a member knows it.
struct Moment {
  Revision revision = 1;
  Revision compacted = 0;
};

class MvccStore {
 public:
  /// `terse`: leaves out what dcount never looks at (create_revision, version, count).
  explicit MvccStore(bool terse = false) : terse_(terse) {}

  const Moment& now() const { return now_; }

  /// Reads as of what `known` says. Without a revision in the request: `known` itself.
  GatewayReply range(const RangeRequest& request, const Moment& known) const;
  /// A transaction that only reads, as of `known`.
  GatewayReply read_txn(const TxnRequest& txn, const Moment& known) const;

  // Changes, in the order of the log.
  GatewayReply apply(const TxnRequest& txn);
  GatewayReply apply(const PutRequest& put);
  GatewayReply apply(const DeleteRequest& erase);
  GatewayReply compact(Revision revision);

  /// No room: puts are refused.
  void set_full(bool full) { full_ = full; }
  bool full() const { return full_; }

  void grant(std::int64_t lease) { leases_.emplace(lease, std::set<std::string>{}); }
  bool has_lease(std::int64_t lease) const { return leases_.contains(lease); }
  /// And the keys that hang on it. False: there is none.
  bool revoke(std::int64_t lease);

  /// What a revision has changed, for watches: the key, and the event as the gateway writes it.
  struct Event {
    std::string key;
    std::string json;
    bool erased = false;
  };
  const std::vector<Event>& events(Revision revision) const;

 private:
  struct Version {
    Revision modified = 0;
    Revision created = 0;
    std::int64_t version = 0;  ///< 0: erased
    std::int64_t lease = 0;
    std::string value;
  };
  using Keys = std::map<std::string, std::vector<Version>, std::less<>>;
  class Writing;

  static const Version* at(const std::vector<Version>& versions, Revision revision);
  template <class Visit>
  void scan(std::string_view begin, std::string_view end, Revision revision, Visit visit) const;
  bool holds(const CompareRequest& compare, Revision revision) const;
  void judge(const TxnRequest& txn, Revision revision, std::vector<bool>& path) const;
  void append_range(std::string& out, const RangeRequest& range, Revision revision) const;
  /// Empty: the ranges on the way can be read.
  GatewayReply check_ranges(const TxnRequest& txn, const std::vector<bool>& path,
                            std::size_t& place, const Moment& known) const;
  bool leases_known(const TxnRequest& txn, const std::vector<bool>& path, std::size_t& place) const;
  void append_reply(std::string& out, const TxnRequest& txn, const std::vector<bool>& path,
                    std::size_t& place, Revision revision, Writing* writing) const;

  void append_version(std::string& out, std::string_view key, const Version& version) const;

  const bool terse_;
  Keys keys_;
  Moment now_;
  bool full_ = false;
  std::map<std::int64_t, std::set<std::string>> leases_;
  std::vector<std::vector<Event>> events_;  // [revision - 2]: the first change makes revision 2
};

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

}  // namespace dcount::world
