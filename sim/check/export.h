// Histories in the formats of other checkers.
//
// - porcupine: JSON lines that unmarshal into Go's porcupine.Operation: {"ClientId":3,"Input":{"f":
//   "add","key":"views/home","value":5},"Call":0,"Output":{"value":12,"version":9},"Return":1}.
//   Times are journal indices. An unknown operation returns behind everything, with
//   {"unknown":true}; those that failed without effect are left out. A batch is one operation:
//   "f":"batch", "value":
//   [["c/a",5],…], and [["c/a",17,4],…] in its output.
// - elle: EDN for Elle's rw-register, a transaction for each operation on counters: an add of d
// that
//   was answered v is [[:r k v-d] [:w k v]], a read [[:r k v]], a batch both for each of its parts;
//   where a value is not known stands nil. Values have to be unique for Elle to find their order:
//   so it says most of counters that only go up. Other kinds are left out.
// - jepsen: Jepsen's own EDN, with key, version, node and token as members of their own.
//   read_history reads it; headers and faults are not in it.
//
// Operations on packages are in none of them: no model of those checkers fits.
//
// In both EDN formats lines are numbered anew, since each unknown operation gets a line that says
// so.
//
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <ostream>
#include <string_view>

#include "sim/check/history.h"

namespace dcount::check {

enum class ExportFormat : std::uint8_t { porcupine, elle, jepsen };

/// "porcupine", "elle", "jepsen"; nothing for another name.
std::optional<ExportFormat> export_format(std::string_view name);

/// How many operations are in no format, for they are on packages.
std::size_t packages_left_out(const History& history);

/// Errors are the stream's.
void export_history(const History& history, ExportFormat format, std::ostream& output);

}  // namespace dcount::check
