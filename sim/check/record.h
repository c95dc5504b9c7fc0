// One line of a journal, whatever it was written in.
//
// Thread-safety: values; texts point into the parser's buffers and are good until its next record.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace dcount::check {

struct Value {
  enum class Kind : std::uint8_t { absent, null, boolean, integer, real, text, list, map };
  Kind kind = Kind::absent;
  std::int64_t integer = 0;  ///< boolean: 0 or 1
  std::string_view text;
  std::vector<Value> list;  ///< map: names and values in turn

  void clear() {
    kind = Kind::absent;
    text = {};
    list.clear();
  }
  bool is(Kind other) const { return kind == other; }
  bool nothing() const { return kind == Kind::absent || kind == Kind::null; }
  /// A map's member; nullptr: it has none of that name.
  const Value* member(std::string_view name) const {
    for (std::size_t i = 0; i + 1 < list.size() && kind == Kind::map; i += 2) {
      if (list[i].text == name) return &list[i + 1];
    }
    return nullptr;
  }
};

/// The members that mean something; others are left out.
struct Record {
  Value index, process, type, f, key, value, version, node, id, applied, error, token, create,
      owner;
  Value time;
  Value n, rev, deleted, complete;  ///< of a tail's events
  Value header;                     ///< the whole map, of a header

  /// Where a member of that name goes; nullptr: nowhere.
  Value* slot(std::string_view name);
  /// Forgets everything but memory.
  void clear();
};

}  // namespace dcount::check
