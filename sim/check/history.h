// What clients saw of a service that counts: the one input of every judge.
//
// Operations are ordered by the journal's index and never by a clock: `invoked` is the place of the
// line written before the first byte left, `completed` that of the line written after the answer
// was understood. An operation that ended before another began was before it, whatever clocks say.
//
// Thread-safety: none; a finished History may be read by several threads.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/check/index.h"
#include "sim/check/package_history.h"
#include "sim/check/tail_history.h"

namespace dcount::check {

/// What was asked for. The names in a journal are those of docs/harness.md.
enum class Function : std::uint8_t {
  create,   ///< argument: the first value
  add,      ///< argument: the delta; result: the value after it (none: a blind increment)
  read,     ///< result: the value (none: there is no such counter)
  reset,    ///< result: 0
  remove,   ///< "delete"; result: 1, or 0 when there was none
  next,     ///< argument: how many; list: the numbers
  reserve,  ///< result: the number
  confirm,  ///< argument: the number
  release,  ///< argument: the number
  items,    ///< list: ids added to a tenant, all or nothing
  count,    ///< result: how many distinct ids the tenant has
  members,  ///< list: the tenant's ids
  // Of packages; what else they say is in History::packages:
  add_package,     ///< an upload
  get_package,     ///< a download, to its end
  list_packages,   ///< of one owner
  remove_package,  ///< result: 1, or 0 when there was none
  usage,           ///< result: how many packages the owner has
  final_holder,    ///< what a node has on its disk, at the end
  final_packages,  ///< the store's records of all owners, at the end
};
inline constexpr std::size_t functions = 19;

constexpr bool on_package(Function function) { return function >= Function::add_package; }

enum class Outcome : std::uint8_t {
  ok,
  fail,     ///< provably not applied
  unknown,  ///< "info", or no completion at all: may have been applied, or may still be
};

/// One operation, invocation and completion together. A batch (and a request for items of several
/// tenants) is one Operation for each key it touches, all of one `group`: all or nothing.
struct Operation {
  Index invoked = 0;
  Index completed = never;  ///< never: no completion, or an unknown one
  std::uint32_t key = 0;    ///< of History::keys
  std::uint32_t process = 0;
  Function function = Function::read;
  Outcome outcome = Outcome::unknown;
  bool refused = false;     ///< a fail that says what it saw: `result` and `version` are a read's;
                            ///< of packages `result` is the status, 403 or 404
  bool saturated = false;   ///< an add that a bound has cut short: `argument` is what was applied,
                            ///< the list's one element what was asked for
  bool creates = false;     ///< an add that first creates a counter that is not there, at 0
  std::uint16_t node = 0;   ///< of History::nodes; 0: not said
  std::uint32_t group = 0;  ///< 0: of its own
  std::int64_t argument = none;
  std::int64_t result = none;
  std::int64_t version = none;  ///< of the record, as the answer says
  /// Its elements are History::elements[list, list + list_size): numbers of `next`, places in
  /// History::names of items and members, the token's place of reserve, confirm and release.
  std::uint32_t list = 0;
  std::uint32_t list_size = 0;
};

/// What the journal's header says about a key; what it does not say is not judged.
struct KeyFacts {
  enum class Kind : std::uint8_t { unsaid, counter, sequence, items, package };
  enum class Mode : std::uint8_t { strict, cached, gapless };
  Kind kind = Kind::unsaid;
  bool exists = true;  ///< a counter is there from the start, with `initial` and `version`
  std::int64_t initial = 0;
  std::int64_t version = none;
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  bool saturates = false;  ///< "on_limit":"saturate": an unknown add may have been cut short
  // Sequences:
  Mode mode = Mode::strict;
  std::int64_t start = 1;
  std::int64_t increment = 1;
  bool cycle = false;
  std::int64_t gap_max = none;  ///< cached: how many numbers a crash may lose
  bool expires = true;  ///< gapless: reservations may end by themselves while the history is taken
};

/// Where a run changes: from then on no faults, only final reads.
struct Phase {
  std::string name;  ///< "heal", "final"
  Index began = 0;
};

/// A fault as the journal tells it.
struct Fault {
  std::string kind;    ///< "kill", "cut" …
  std::string target;  ///< for people
  std::uint32_t id = 0;
  Index began = 0;
  Index ended = never;
  std::int64_t began_ns = 0;
  std::int64_t ended_ns = none;
  bool confirmed = false;
  bool hidden = false;   ///< it could not show, since another one hurt the same at the time
  std::string evidence;  ///< how it was confirmed, or why it was not
};

/// What a feed of changes tells about one operation.
struct FeedRecord {
  Index index = 0;       ///< of the line: it had happened by then
  std::uint64_t id = 0;  ///< hash_id() of the operation's own name
  std::uint32_t key = 0;
  std::int64_t version = none;
  std::int64_t value = none;
};

/// FNV-1a over 64 bits, never 0: two ids of a million agree by chance once in 40 million runs.
constexpr std::uint64_t hash_id(std::string_view id) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash == 0 ? 1 : hash;
}

struct History {
  std::vector<Operation> operations;   ///< in the order of `invoked`
  std::vector<std::int64_t> elements;  ///< of lists: numbers, or for items places in `names`
  std::vector<std::string> keys;
  std::vector<KeyFacts> facts;     ///< one for each key
  std::vector<std::string> nodes;  ///< [0] is ""
  std::size_t nodes_named = 0;     ///< how many of them the header names: [1, nodes_named]
  std::vector<std::string> names;  ///< ids of items, tokens of reservations
  std::vector<std::uint64_t>
      ids;  ///< hash_id() of each operation's, 0: none; empty: of none at all
  std::vector<FeedRecord> feed;
  bool feed_complete = false;  ///< what is not in the feed never happened
  std::vector<Tail> tails;
  std::vector<TailSelection> selections;   ///< of tails
  std::vector<std::int64_t> completed_ns;  ///< of operations, none: not said; only with tails, and
                                           ///< of those that were answered behind the first one
  PackageHistory packages;
  std::vector<Fault> faults;
  std::vector<Phase> phases;
  std::string scenario;
  std::uint64_t seed = 0;

  std::span<const std::int64_t> list(const Operation& operation) const {
    return {elements.data() + operation.list, operation.list_size};
  }
};

}  // namespace dcount::check
