// Everything the core, or the engine in its stead, can answer: a closed list of codes plus values.
//
// Thread-safety: plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/core/command.h"
#include "server/core/key.h"
#include "server/core/node.h"
#include "server/core/package.h"

namespace dcount::core {

enum class Code : std::uint8_t {
  ok,
  created,
  // Refusals of the domain. Nothing changed.
  not_found,
  bound_exceeded,       ///< `counter` says where it stands and the bounds that hold
  overflow,             ///< the result does not fit int64
  precondition_failed,  ///< version, existence
  key_reused,           ///< the Idempotency-Key came with another request before
  not_empty,            ///< a restore onto records
  exhausted,            ///< fewer numbers are left than were asked for; none was taken
  definition_differs,   ///< there is a sequence of that name with another definition
  fixed_sequence,       ///< forward and reverse cannot be changed or deleted
  not_gapless,          ///< only numbers of gapless sequences can be reserved
  confirmed,            ///< of a reservation: its number is handed out for good
  released,             ///< of a reservation: its number went back
  expired,              ///< of a reservation: its number went back by itself
  forbidden,            ///< another key's package, or the key has been revoked
  quota_exceeded,       ///< of the key: too many packages, or too long ones
  // The engine's.
  in_flight,     ///< a request with this Idempotency-Key is being worked on
  unavailable,   ///< not applied, and never will be by this request: try again
  too_large,     ///< does not fit a batch of the store's
  out_of_space,  ///< the store has no room for writes until an operator makes some
  unknown,       ///< may have been applied: try again with the same key
};

/// The code's name on the wire and in stored answers.
std::string_view to_string(Code code);

struct CounterOutcome {
  Code code = Code::ok;
  std::int64_t n = 0;
  std::int64_t applied = 0;
  std::int64_t version = 0;  ///< 0: no such counter ever was
  Bounds bounds;             ///< with bound_exceeded: those that hold
  std::string id;            ///< of a created counter
  bool deleted = false;      ///< a Delete found something

  bool operator==(const CounterOutcome&) const = default;
};

struct BatchOutcome {
  std::vector<CounterOutcome> results;  ///< one an op; only the refused one's when refused
  std::size_t refused_index = 0;

  bool operator==(const BatchOutcome&) const = default;
};

struct ListedCounter {
  std::string collection;
  std::string id;
  std::int64_t n = 0;
  std::int64_t version = 0;

  bool operator==(const ListedCounter&) const = default;
};

struct ListOutcome {
  std::vector<ListedCounter> counters;
  std::string next;  ///< the `after` of the next page; empty: that was all
  Revision revision = 0;

  bool operator==(const ListOutcome&) const = default;
};

/// Numbers drawn.
struct NumbersOutcome {
  std::vector<NumberRun> runs;
  std::int64_t version = 0;  ///< the sequence's; 0: no such sequence ever was
  std::int64_t wraps = 0;    ///< how often it began again while these were drawn

  bool operator==(const NumbersOutcome&) const = default;
};

/// One sequence as it stands.
struct SequenceOutcome {
  std::string name;
  Definition definition;
  std::optional<std::int64_t> next;  ///< the next number no server has leased; none: exhausted
  std::int64_t wraps = 0;            ///< how often it began again since it was created
  std::int64_t reserved = 0;         ///< gapless: reservations that are open
  std::int64_t free = 0;             ///< gapless: numbers that came back and wait to be drawn again
  std::int64_t version = 0;          ///< 0: no such sequence ever was, or a fixed one is untouched
  Revision revision = 0;             ///< of the last change, as clients see it; reads only
  bool deleted = false;              ///< a DeleteSequence found something

  bool operator==(const SequenceOutcome&) const = default;
};

struct SequenceListOutcome {
  std::vector<SequenceOutcome> sequences;
  std::string next;  ///< the `after` of the next page; empty: that was all
  Revision revision = 0;

  bool operator==(const SequenceListOutcome&) const = default;
};

struct ReservationOutcome {
  std::int64_t number = 0;
  std::string token;
  std::int64_t expires_ms = 0;
  std::int64_t version = 0;  ///< the sequence's; 0: neither sequence nor reservation is known

  bool operator==(const ReservationOutcome&) const = default;
};

/// Of AddItems: what is new in all. Of CountItems: one tenant.
struct ItemsOutcome {
  std::int64_t added = 0;
  std::int64_t count = 0;
  std::int64_t version = 0;  ///< the tenant's; 0: it has no items

  bool operator==(const ItemsOutcome&) const = default;
};

struct ItemListOutcome {
  std::vector<std::string> ids;
  std::uint64_t next = 0;  ///< the `after` of the next page; 0: that was all
  std::int64_t count = 0;
  Revision revision = 0;

  bool operator==(const ItemListOutcome&) const = default;
};

/// What the store knows of a node: its record, its lease, or both.
struct ListedNode {
  std::string name;
  std::optional<Node> node;
  std::optional<Presence> presence;  ///< none: it has no lease

  bool operator==(const ListedNode&) const = default;
};

struct NodeListOutcome {
  std::vector<ListedNode> nodes;
  Revision revision = 0;

  bool operator==(const NodeListOutcome&) const = default;
};

/// With refusals it is empty, but for a not_found of what once was: that has the tombstone.
struct PackageOutcome {
  Package package;

  bool operator==(const PackageOutcome&) const = default;
};

struct PackageListOutcome {
  std::vector<Package> packages;
  std::vector<std::string> records;  ///< of each
  std::string next;                  ///< the `after` of the next page; empty: that was all
  Revision revision = 0;

  bool operator==(const PackageListOutcome&) const = default;
};

struct ListedKey {
  std::string id;
  KeyTraits traits;
  std::int64_t created_ms = 0;

  bool operator==(const ListedKey&) const = default;
};

struct KeyOutcome {
  ListedKey key;
  std::int64_t version = 0;

  bool operator==(const KeyOutcome&) const = default;
};

struct KeyListOutcome {
  std::vector<ListedKey> keys;
  std::string next;  ///< the `after` of the next page; empty: that was all
  Revision revision = 0;

  bool operator==(const KeyListOutcome&) const = default;
};

struct UsageOutcome {
  std::int64_t packages = 0;
  std::int64_t bytes = 0;
  std::optional<std::int64_t> quota_packages;
  std::optional<std::int64_t> quota_bytes;

  bool operator==(const UsageOutcome&) const = default;
};

/// How many records a housekeeping or restore command has touched, and whether more wait.
struct WorkOutcome {
  std::size_t done = 0;
  std::size_t left = 0;  ///< 0: none

  bool operator==(const WorkOutcome&) const = default;
};

struct Outcome {
  Code code = Code::ok;
  std::variant<std::monostate, CounterOutcome, BatchOutcome, ListOutcome, NumbersOutcome,
               SequenceOutcome, SequenceListOutcome, ReservationOutcome, ItemsOutcome,
               ItemListOutcome, NodeListOutcome, WorkOutcome, PackageOutcome, PackageListOutcome,
               KeyOutcome, KeyListOutcome, UsageOutcome>
      value;
  bool replayed = false;          ///< the stored answer of an earlier request with this key
  std::int64_t key_window_s = 0;  ///< keyed commands: how long records of keys live at present

  bool operator==(const Outcome&) const = default;
};

}  // namespace dcount::core
