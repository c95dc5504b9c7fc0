// etcd's messages as its JSON gateway has them: typed requests become bodies, bodies become typed
// replies. Nothing else of the project writes or reads them (the gateway ignores fields it does not
// know, so a misspelt one would silently change what is asked).
//
// Source: etcd's rpc.proto and kv.proto, 3.4; all of it is in 3.5, too. Keys and values are base64,
// 64-bit numbers are strings, and what is zero, false or empty is left out.
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/entry.h"
#include "server/store/result.h"

namespace dcount::store::etcd {

/// What one etcd is asked, and where.
struct Request {
  const char* path = nullptr;
  std::string body;
};

inline constexpr const char* range_path = "/v3/kv/range";
inline constexpr const char* txn_path = "/v3/kv/txn";
inline constexpr const char* watch_path = "/v3/watch";
inline constexpr const char* grant_path = "/v3/lease/grant";
inline constexpr const char* keep_alive_path = "/v3/lease/keepalive";
inline constexpr const char* revoke_path = "/v3/lease/revoke";
inline constexpr const char* authenticate_path = "/v3/auth/authenticate";

// ---- requests. Views must live until the body is made.

struct Compare {
  enum class Of {
    modified,  ///< the key was last changed at `revision`; 0: it is absent
    range,     ///< nothing in [key, end) was changed after `revision`
    value,     ///< the key is there with this value
    absent,
  };
  Of of = Of::modified;
  std::string_view key;
  std::string_view end;
  std::string_view value;
  Revision revision = 0;
};

struct Txn;

struct Operation {
  enum class Kind { range, put, erase, txn };
  Kind kind = Kind::range;
  std::string_view key;
  std::string_view end;       ///< range: empty for one key
  bool to_last = false;       ///< range: all keys from `key` on; `end` says nothing then
  std::string_view value;     ///< put
  std::int64_t lease = 0;     ///< put: 0 for none
  Revision at = 0;            ///< range: as of this revision; 0: now
  Revision newer_than = 0;    ///< range: only what was changed after this
  std::int64_t limit = 0;     ///< range: 0 for all
  bool serializable = false;  ///< range: as the member knows it, without asking the others
  std::vector<Txn> txn;       ///< txn: one
};

struct Txn {
  std::vector<Compare> compare;
  std::vector<Operation> success;
  std::vector<Operation> failure;
};

Operation range_of(std::string_view key);
Operation put_of(std::string_view key, std::string_view value, std::int64_t lease = 0);
Operation erase_of(std::string_view key);

/// Bodies: every key in them gets `prefix` in front.
std::string txn_body(const Txn& txn, std::string_view prefix);
std::string range_body(const Operation& range, std::string_view prefix);

/// Watches all keys under the prefix from revision `from` on.
std::string watch_body(Revision from, std::string_view prefix);

std::string grant_body(std::int64_t ttl_s);
std::string lease_body(std::int64_t lease);
std::string authenticate_body(std::string_view user, std::string_view password);

// ---- replies

struct KeyValue {
  std::string key;  ///< without the prefix
  std::string value;
  Revision revision = 0;
};

struct TxnReply;

/// Of a range: what there is. Of a nested txn: its reply. Of the others: nothing.
struct OperationReply {
  std::vector<KeyValue> entries;
  bool more = false;  ///< the limit left some out
  std::vector<TxnReply> txn;
};

struct TxnReply {
  bool succeeded = false;
  Revision revision = 0;  ///< of the store, after it
  std::vector<OperationReply> operations;
};

struct RangeReply {
  Revision revision = 0;
  std::vector<KeyValue> entries;
  bool more = false;
};

/// One line of a watch's stream.
struct WatchReply {
  bool created = false;
  bool canceled = false;
  bool fragment = false;      ///< the rest of this revision is still to come
  Revision compacted = 0;     ///< with canceled: everything before this is gone
  Revision revision = 0;      ///< of the store, when it was sent
  std::vector<Entry> events;  ///< without a value: erased
  std::string error;          ///< the stream has failed
};

// Errors: the body is not what etcd answers.
Result<TxnReply> parse_txn(std::string_view body, std::string_view prefix);
Result<RangeReply> parse_range(std::string_view body, std::string_view prefix);
Result<WatchReply> parse_watch(std::string_view line, std::string_view prefix);

/// The lease's id and the time-to-live it was given.
struct Lease {
  std::int64_t id = 0;
  std::int64_t ttl_s = 0;  ///< 0: it has ended
};
Result<Lease> parse_lease(std::string_view body);
Result<std::string> parse_token(std::string_view body);

/// Whether the body is a whole JSON document.
bool is_json(std::string_view body);

/// The message of an error's body, or the body's beginning.
std::string error_message(std::string_view body);

/// One past all keys that begin with `prefix` (which does not end with 0xff).
std::string end_of_prefix(std::string_view prefix);

}  // namespace dcount::store::etcd
