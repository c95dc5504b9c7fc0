// etcd's key space as the log of its cluster makes it: every version of every key, by revision.
// What a member that lags knows is an older revision of the same.
//
// Replies are the gateway's bodies, without what identifies a cluster and its members.
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

#include "sim/world/gateway_requests.h"

namespace dcount::world {

/// What a member answers: HTTP's status (0: it closed the connection instead) and a body.
struct GatewayReply {
  int status = 0;
  std::string body;
};

namespace refusal {
GatewayReply no_leader();
GatewayReply timed_out();
GatewayReply leader_changed();
GatewayReply empty_key();
GatewayReply too_many_operations();
GatewayReply duplicate_key();
GatewayReply compacted();
GatewayReply future_revision();
GatewayReply lease_not_found();
GatewayReply no_space();
GatewayReply malformed();
}  // namespace refusal

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

/// What the gateway refuses before it looks at what there is; status 200: nothing.
GatewayReply check_request(const TxnRequest& txn, std::size_t operations_max);

/// Only ranges in both branches: it does not go through the log.
bool is_read_only(const TxnRequest& txn);
/// And all of them serializable (or none at all): the member answers on its own.
bool is_serializable(const TxnRequest& txn);

/// Standard base64, padded, appended.
void append_base64(std::string& out, std::string_view bytes);

}  // namespace dcount::world
