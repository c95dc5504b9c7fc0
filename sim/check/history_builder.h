// Makes a History in memory, line by line: for the reader, and for a simulation that needs no file.
//
//   HistoryBuilder history;
//   std::uint32_t key = history.key("views/home", {.kind = KeyFacts::Kind::counter, .version = 1});
//   auto add = history.invoke(3, {.key = key, .function = Function::add, .argument = 5});
//   history.complete(add, Outcome::ok, {.result = 12, .version = 9});
//   Judgement judgement = check(history.history());
//
// Every invoke and every complete is a line of its own: it gets the next index. What is never
// completed is unknown.
//
// Thread-safety: none.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>

#include "sim/check/history.h"

namespace dcount::check {

/// What is asked for. A list is copied.
struct Call {
  std::uint32_t key = 0;
  Function function = Function::read;
  std::int64_t argument = none;
  std::span<const std::int64_t> list = {};  ///< ids of items (name()), the token
  bool creates = false;
};

/// What was answered. A list is copied.
struct Answer {
  std::int64_t result = none;
  std::int64_t version = none;
  std::uint16_t node = 0;
  std::span<const std::int64_t> list = {};  ///< numbers of next, ids of members, the token
  std::int64_t applied = none;              ///< an add that a bound has cut short
  bool refused = false;                     ///< with Outcome::fail: result and version were seen
};

/// What is asked for of packages. Texts are copied; empty: not said.
struct PackageCall {
  std::string_view owner = {};
  std::string_view label = {};    ///< of an upload
  std::string_view package = {};  ///< its id, of get and remove
  std::string_view digest = {};   ///< of an upload
  std::int64_t bytes = none;
  std::int64_t expire = 0;      ///< Unix seconds; 0: never
  std::uint16_t holder = 0;     ///< of final_holder: node()
  std::int64_t time_ns = none;  ///< since the run began
};

/// What was answered. Texts and lists are copied.
struct PackageAnswer {
  std::string_view package = {};  ///< of an upload
  std::string_view digest = {};   ///< of a download
  int status = 0;                 ///< of a refusal; 403 and 404 are refusals that say what they saw
  std::int64_t result = none;     ///< of remove and usage
  std::int64_t bytes = none;      ///< of usage
  std::int64_t replicas = none;   ///< of an upload
  std::span<const ListedPackage> list = {};
  std::uint16_t node = 0;
  std::uint16_t holder = 0;  ///< 0: as it was asked for
  std::int64_t time_ns = none;
};

/// The key of what is about no package in particular.
inline constexpr std::string_view packages_key = "packages";

class HistoryBuilder {
 public:
  /// The place of the operation in History::operations.
  using Handle = std::uint32_t;

  HistoryBuilder();

  /// The number of a key, the same for the same name.
  std::uint32_t key(std::string_view name);
  std::uint32_t key(std::string_view name, const KeyFacts& facts);
  std::uint16_t node(std::string_view name);
  /// A node that has to be read from at the end.
  std::uint16_t name_node(std::string_view name);
  /// The number of an item's id or of a reservation's token, for lists.
  std::int64_t name(std::string_view text);

  Handle invoke(std::uint32_t process, const Call& call);
  /// A batch: one line, all or nothing. The handle of the first; the others follow it.
  Handle invoke(std::uint32_t process, std::span<const Call> parts);

  void complete(Handle operation, Outcome outcome, const Answer& answer = {});
  /// Of a batch: one answer for each part, or none at all.
  void complete(Handle first, Outcome outcome, std::span<const Answer> answers);

  /// An operation on packages: of the package's key once its id is known, else of `packages_key`.
  Handle invoke_package(std::uint32_t process, Function function, const PackageCall& call);
  /// Wants a handle of invoke_package().
  void complete_package(Handle operation, Outcome outcome, const PackageAnswer& answer = {});
  /// The number of a package's name; no_name for an empty one.
  Name package_name(std::string_view text);
  /// Keeps holders for a ListedPackage of the next answer.
  void set_holders(ListedPackage& listed, std::span<const std::uint16_t> nodes);

  /// The operation's own name, for what a feed tells of it.
  void set_id(Handle operation, std::string_view id);
  void add_feed(std::string_view id, std::uint32_t key, std::int64_t version, std::int64_t value);
  void begin_phase(std::string_view name);
  /// A fault begins; what else is known of it can be written into the result until the next call.
  Fault& begin_fault(std::string_view kind, std::string_view target);
  void end_fault(std::uint32_t id);  ///< Fault::id; nothing for one that is not there

  /// The number of a subscriber, the same for the same name.
  std::uint32_t tail(std::string_view name);
  /// A connection begins, and one that was there has ended. Its place in the journal and its first
  /// event are filled in, and the selection's number.
  void connect_tail(std::uint32_t tail, TailConnection connection, TailSelection selection);
  /// Wants the tail connected; fills in the index.
  void add_tail_event(std::uint32_t tail, TailEvent event);
  void disconnect_tail(std::uint32_t tail);
  void refuse_tail(std::uint32_t tail);  ///< 410
  void end_tail(std::uint32_t tail);
  /// A null selection: what its connection asked for, or everything.
  void add_table(std::uint32_t tail, std::optional<TailSelection> selection,
                 std::vector<std::pair<std::uint32_t, std::int64_t>> rows);
  void set_completed_ns(Handle operation, std::int64_t time);

  /// The index of the next line.
  Index index() const { return index_; }
  /// For a reader: never backwards.
  void set_index(Index index) { index_ = index; }

  /// What there is so far; changes with the next call.
  History& history() { return history_; }
  const History& history() const { return history_; }
  /// Gives it away and begins anew.
  History take();

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  using Places = std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>>;

  Handle append(std::uint32_t process, const Call& call, std::uint32_t group);
  void finish(Operation& operation, Outcome outcome, const Answer& answer);
  void set_list(Operation& operation, std::span<const std::int64_t> list);
  std::uint32_t select(const Tail& tail, TailSelection selection);

  History history_;
  Places keys_;
  Places nodes_;
  Places names_;
  Places tails_;
  Index index_ = 0;
  std::uint32_t groups_ = 0;
};

}  // namespace dcount::check
