// Versioned records of one kind in little memory: by key, in the order of keys, and in the order
// of the revisions of their last change. A record is one allocation; beside it stand a slot in a
// hash table, one in a B-tree (ordered tables) and two list pointers: some 55 bytes beyond key and
// value (docs/architecture.md has the measurement).
//
// Thread-safety: none; one thread's at a time.
#pragma once

#include <absl/container/btree_set.h>

#include <boost/intrusive/list.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "server/core/entry.h"

namespace dcount::core {

/// Key, value and revision in one block of memory. Made and freed by its table only.
class Record : public boost::intrusive::list_base_hook<> {
 public:
  std::string_view key() const { return {bytes(), key_bytes_}; }
  std::string_view value() const { return {bytes() + key_bytes_, value_bytes_}; }
  Revision revision() const { return revision_; }
  std::size_t size() const { return std::size_t{key_bytes_} + value_bytes_; }

 private:
  friend class Table;
  Record() = default;
  ~Record() = default;

  static Record* make(std::string_view key, std::string_view value);
  static void free(Record* record);
  std::size_t value_room() const;  ///< what the block has room for, with what malloc rounded up
  const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
  char* bytes() { return reinterpret_cast<char*>(this + 1); }

  Revision revision_ = 0;
  std::uint32_t value_bytes_ = 0;
  std::uint16_t key_bytes_ = 0;
};

class Table {
 public:
  enum class Order { by_key, none };

  explicit Table(Order order) : order_(order) {}
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
  ~Table() { clear(); }

  /// Null when absent. What a record pointer points to stays until the next put, erase or clear.
  const Record* find(std::string_view key) const;

  /// Inserts or replaces. `revision` is at least that of the record it replaces.
  void put(std::string_view key, std::string_view value, Revision revision);

  /// The same for a record of this table that was found just now.
  void replace(const Record& known, std::string_view value, Revision revision);

  /// False when there was none.
  bool erase(std::string_view key);

  void clear();

  std::size_t size() const { return by_key_hash_.size(); }

  /// Of keys and values together.
  std::size_t bytes() const { return bytes_; }

  /// A put of a new key while loading, when revisions come in any order; sort once at the end.
  void load(std::string_view key, std::string_view value, Revision revision);
  void sort_by_revision();

  /// Calls visit(const Record&) for keys in [begin, end) in order, until it returns false.
  /// Ordered tables only.
  template <class Visit>
  void scan(std::string_view begin, std::string_view end, Visit visit) const {
    for (auto at = by_key_.lower_bound(begin); at != by_key_.end(); ++at) {
      if ((!end.empty() && (*at)->key() >= end) || !visit(**at)) return;
    }
  }

  /// From the record whose last change is the longest ago, until visit returns false.
  template <class Visit>
  void scan_oldest_first(Visit visit) const {
    for (const Record& record : by_revision_) {
      if (!is_place(record) && !visit(record)) return;
    }
  }

  class Place;

 private:
  /// Where somebody stands in the order of revisions: a record without a key.
  static bool is_place(const Record& record) { return record.key_bytes_ == 0; }

  struct KeyOf {
    using is_transparent = void;
    static std::string_view of(const Record* record) { return record->key(); }
    static std::string_view of(std::string_view key) { return key; }
  };
  struct Hash : KeyOf {
    template <class K>
    std::size_t operator()(const K& key) const {
      return std::hash<std::string_view>{}(of(key));
    }
  };
  struct Equal : KeyOf {
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return of(a) == of(b);
    }
  };
  struct Less : KeyOf {
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return of(a) < of(b);
    }
  };

  Record& insert(std::string_view key, std::string_view value, Revision revision);
  Record* move_to_larger(Record* record, std::string_view value);
  void link_newest(Record& record);

  Order order_;
  std::size_t bytes_ = 0;
  boost::unordered_flat_set<Record*, Hash, Equal> by_key_hash_;
  absl::btree_set<Record*, Less> by_key_;
  // Where readers stand is nothing that the table holds.
  mutable boost::intrusive::list<Record> by_revision_;
  mutable std::vector<Place*> places_;
};

/// A place in the order of revisions. It stays where it is while records that change move past it
/// to the end, so that a long walk can be made in short pieces, with anything in between: what
/// changed since a revision is found by walking back just that far, and what a walk forwards passes
/// is in order. It is gone when its table is cleared.
///
/// Thread-safety: its table's.
class Table::Place {
 public:
  /// Behind the newest record, or before the oldest.
  enum class End { newest, oldest };
  Place(const Table& table, End end);
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place();

  bool gone() const { return marker_ == nullptr; }

  /// Goes back over `records` at most, to before the oldest one whose revision is above `after`.
  /// True: it is there. Not when it is gone.
  bool back_to(Revision after, std::size_t records);

  /// The next record; null: none. Not when it is gone.
  const Record* next() const;
  /// Goes past it.
  void pass();

 private:
  friend class Table;
  void move_before(boost::intrusive::list<Record>::iterator place);

  const Table& table_;
  Record* marker_;
};

}  // namespace dcount::core
