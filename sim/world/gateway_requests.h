// Requests to etcd's JSON gateway, read as the gateway reads them, but for one thing: a field that
// is not known here is an error, not passed over, so that a misspelt one is noticed.
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/entry.h"

namespace dcount::world {

struct RangeRequest {
  std::string key;
  std::string end;  ///< empty: one key; a zero byte: all from `key` on
  Revision at = 0;
  Revision modified_min = 0;
  std::int64_t limit = 0;
  bool serializable = false;
};

struct PutRequest {
  std::string key;
  std::string value;
  std::int64_t lease = 0;
};

struct DeleteRequest {
  std::string key;
  std::string end;
};

struct CompareRequest {
  enum class Target { version = 0, created = 1, modified = 2, value = 3, lease = 4 };
  enum class Result { equal = 0, greater = 1, less = 2, not_equal = 3 };
  Target target = Target::version;
  Result result = Result::equal;
  std::string key;
  std::string end;
  std::string value;
  std::int64_t number = 0;
};

struct RequestOperation;

struct TxnRequest {
  std::vector<CompareRequest> compare;
  std::vector<RequestOperation> success;
  std::vector<RequestOperation> failure;
};

struct RequestOperation {
  enum class Kind { none, range, put, erase, txn };
  Kind kind = Kind::none;
  RangeRequest range;
  PutRequest put;
  DeleteRequest erase;
  std::vector<TxnRequest> txn;  ///< one
};

struct WatchRequest {
  std::string key;
  std::string end;
  Revision from = 0;
  bool fragment = false;
};

struct LeaseRequest {
  std::int64_t id = 0;
  std::int64_t ttl_s = 0;
};

struct CompactionRequest {
  Revision revision = 0;
};

/// A range's end that stands for "to the last one".
inline bool is_to_last(std::string_view end) { return end.size() == 1 && end[0] == '\0'; }

// Nothing: the body is not one.
std::optional<RangeRequest> read_range(std::string_view body);
std::optional<PutRequest> read_put(std::string_view body);
std::optional<DeleteRequest> read_delete(std::string_view body);
std::optional<TxnRequest> read_txn(std::string_view body);
std::optional<WatchRequest> read_watch(std::string_view body);
std::optional<LeaseRequest> read_lease(std::string_view body);
std::optional<CompactionRequest> read_compaction(std::string_view body);

}  // namespace dcount::world
