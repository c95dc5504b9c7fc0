// One committed change of a record, as tails tell of it, in all the forms that they use.
//
// Thread-safety: const functions from one thread at a time: forms are made when they are first
// asked for, and shared by all who want the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/entry.h"

namespace dcount::tails {

/// Kinds of records that there are feeds of.
enum class Kind : std::uint8_t { counter, sequence, tenant, package, node };

/// What is sent for a change.
enum class Form : std::uint8_t {
  web_socket,     ///< a whole frame, not compressed (RFC 6455, 5.2)
  event,          ///< of server-sent events, without an id
  last_event,     ///< the last of its revision: with the id that a client resumes from
  line,           ///< of JSON
  last_line,      ///< "complete": true
  lockstep,       ///< a record of the lockstep protocol, counters under their ids
  lockstep_full,  ///< counters under "collection/id"
};
inline constexpr std::size_t forms = 7;

/// A message as it is sent: the payload, and around it what frames it, a WebSocket's header or an
/// HTTP chunk: one message is one frame or one chunk.
class Framed {
 public:
  static Framed web_socket(std::string_view payload);
  static Framed chunk(std::string_view payload);

  std::string_view bytes() const { return bytes_; }
  std::string_view payload() const {
    return std::string_view(bytes_).substr(payload_at_, payload_bytes_);
  }

 private:
  std::string bytes_;
  std::size_t payload_at_ = 0;
  std::size_t payload_bytes_ = 0;
};

class Change {
 public:
  /// Nothing when there are no feeds of such records. `revision` is the one that clients see,
  /// `at_ms` Unix time, 0: not known.
  static std::shared_ptr<const Change> of(std::string_view key, std::string_view value,
                                          Revision revision, std::int64_t at_ms);

  Kind kind() const { return kind_; }
  Revision revision() const { return revision_; }
  bool deleted() const { return deleted_; }
  /// Of a counter; otherwise empty.
  const std::string& collection() const { return collection_; }
  /// A counter's id, a sequence's or node's name, a tenant.
  const std::string& id() const { return id_; }

  const Framed& as(Form form) const;

  bool same_record(const Change& other) const {
    return kind_ == other.kind_ && id_ == other.id_ && collection_ == other.collection_;
  }

 private:
  Change() = default;
  std::string tail_members() const;
  std::string lockstep_record(bool full) const;
  Framed encode(Form form) const;

  Kind kind_ = Kind::counter;
  bool deleted_ = false;
  Revision revision_ = 0;
  std::int64_t at_ms_ = 0;
  std::int64_t n_ = 0;  ///< of a counter, or how many items a tenant has
  std::int64_t version_ = 0;
  std::string collection_;
  std::string id_;
  std::string members_;  ///< `,"name":value` …: what a lockstep record has beside
  mutable std::array<std::unique_ptr<const Framed>, forms> forms_;
};

using ChangePtr = std::shared_ptr<const Change>;

/// The kind of a key of the store; nothing when there are no feeds of such.
std::optional<Kind> kind_of(std::string_view key);

}  // namespace dcount::tails
