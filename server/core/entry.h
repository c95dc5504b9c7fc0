// The data model everything below the API shares: keys with values, each at the revision of its
// last change. It is etcd's, so that every store can hold it.
//
// Thread-safety: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dcount {

/// The store's logical time: one per committed batch, strictly increasing, from 1. 0 means absent.
using Revision = std::int64_t;

/// One committed key. No value: the key is not in the store (never was, or was erased).
/// A record that was deleted is not erased: its value is a tombstone (counter.h), so that feeds can
/// tell of it and its version goes on.
struct Entry {
  std::string key;
  std::optional<std::string> value;
  Revision revision = 0;

  bool operator==(const Entry&) const = default;
};

/// A key a decision has looked at, and the revision it saw there (0: absent).
struct Read {
  std::string key;
  Revision revision = 0;

  bool operator==(const Read&) const = default;
};

/// All keys in [begin, end) a decision has looked at: none of them had changed after `newest`.
struct RangeRead {
  std::string begin;
  std::string end;
  Revision newest = 0;

  bool operator==(const RangeRead&) const = default;
};

/// What is to become of a key. No value erases it, without a trace: only for records that nobody
/// watches and nobody counts versions of.
struct Write {
  std::string key;
  std::optional<std::string> value;

  bool operator==(const Write&) const = default;
};

}  // namespace dcount
