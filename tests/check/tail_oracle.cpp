#include "tests/check/tail_oracle.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

namespace dcount::check {
namespace {

constexpr std::size_t steps_max = 60'000;

struct Commit {
  std::int64_t revision = 0;
  std::uint32_t key = 0;
  std::int64_t value = none;
  std::int64_t version = none;
  Index before = 0;  // the line
};

struct Line {
  enum class Kind { none, answer, event, end, table } kind = Kind::none;
  std::uint32_t place = 0;  // of the operation, or the tail
  std::size_t event = 0;
  std::size_t connection = 0;
};

struct World {
  std::vector<Commit> log;
  std::vector<bool> done;
  std::int64_t value[2] = {0, 0};
  std::int64_t version[2] = {1, 1};
  std::int64_t revision = 1;
  std::size_t read[2] = {0, 0};  // the log's size at the last read
};

class Course {
 public:
  explicit Course(const History& history) : history_(history) {
    for (std::uint32_t i = 0; i < history.operations.size(); ++i) {
      const Operation& operation = history.operations[i];
      if (operation.outcome == Outcome::ok) {
        line(operation.completed) = {Line::Kind::answer, i, 0, 0};
      }
      line(operation.invoked);
    }
    for (std::uint32_t t = 0; t < history.tails.size(); ++t) {
      const Tail& tail = history.tails[t];
      for (std::size_t c = 0; c < tail.connections.size(); ++c) {
        for (std::size_t e = tail.connections[c].first; e < tail.end_of(c); ++e) {
          line(tail.events[e].index) = {Line::Kind::event, t, e, c};
          if (!tail.events[e].is_bookmark()) sighted_.insert(tail.events[e].revision);
          highest_ = std::max(highest_, tail.events[e].revision);
        }
        highest_ = std::max(highest_, tail.connections[c].cursor);
      }
      if (tail.ended != never) line(tail.ended) = {Line::Kind::end, t, 0, 0};
      if (tail.table) line(tail.table->index) = {Line::Kind::table, t, 0, 0};
    }
  }

  std::optional<bool> exists() {
    World world;
    world.log = {{1, 0, 0, 1, 0}, {1, 1, 0, 1, 0}};
    world.done.resize(history_.operations.size());
    bool found = go(world, 0);
    if (steps_ > steps_max) return std::nullopt;
    return found;
  }

 private:
  Line& line(Index index) {
    if (lines_.size() <= index) lines_.resize(index + 1);
    return lines_[index];
  }

  bool go(const World& world, Index at) {
    if (++steps_ > steps_max) return false;
    if (at == lines_.size()) return true;
    World next = world;
    if (accepts(next, at) && go(next, at + 1)) return true;
    // Or something is committed before.
    auto sighted = sighted_.upper_bound(world.revision);
    std::int64_t last = sighted == sighted_.end() ? highest_ + 2 : *sighted;
    for (std::int64_t r = world.revision + 1; r <= std::max(last, world.revision + 1); ++r) {
      World begun = world;
      begun.revision = r;
      if (commit(begun, at)) return true;
    }
    return false;
  }

  /// One more operation in the group, and then the rest.
  bool commit(const World& world, Index at) {
    for (std::uint32_t i = 0; i < history_.operations.size(); ++i) {
      const Operation& operation = history_.operations[i];
      bool open = !world.done[i] && operation.invoked < at && operation.completed >= at &&
                  operation.outcome != Outcome::fail && operation.function != Function::read;
      if (!open) continue;
      World next = world;
      if (!apply(next, i, at)) continue;
      if (go(next, at)) return true;
      if (steps_ > steps_max) return false;
      if (commit(next, at)) return true;
    }
    return false;
  }

  bool apply(World& world, std::uint32_t place, Index at) {
    const Operation& operation = history_.operations[place];
    bool ok = operation.outcome == Outcome::ok;
    std::int64_t& value = world.value[operation.key];
    std::int64_t& version = world.version[operation.key];
    world.done[place] = true;
    if (operation.function == Function::remove) {
      if (value == none) return ok && operation.result == 0;
      if (ok && operation.result == 0) return false;
      value = none;
      ++version;
    } else {
      if (value == none && !operation.creates) return false;
      version += value == none ? 2 : 1;
      value = (value == none ? 0 : value) + operation.argument;
      if (ok && operation.result != value) return false;
    }
    if (ok && operation.version != none && operation.version != version) return false;
    world.log.push_back({world.revision, operation.key, value, version, at});
    return true;
  }

  bool accepts(World& world, Index at) {
    const Line& line = lines_[at];
    switch (line.kind) {
      case Line::Kind::none:
        return true;
      case Line::Kind::answer: {
        const Operation& operation = history_.operations[line.place];
        if (operation.function != Function::read) return world.done[line.place];
        world.read[operation.key] = world.log.size();
        return world.value[operation.key] == operation.result;
      }
      case Line::Kind::event:
        return accepts_event(world, line);
      case Line::Kind::end:
        return accepts_end(world, history_.tails[line.place]);
      case Line::Kind::table:
        return accepts_table(world, *history_.tails[line.place].table);
    }
    return false;
  }

  bool selects(const TailConnection& connection, std::uint32_t key) const {
    return history_.selections[connection.selection].all || key == 0;
  }

  bool accepts_event(const World& world, const Line& line) const {
    const Tail& tail = history_.tails[line.place];
    const TailConnection& connection = tail.connections[line.connection];
    const TailEvent& event = tail.events[line.event];
    bool stream = connection.format != TailFormat::websocket;
    bool start = connection.snapshot || connection.cursor == 0;
    std::int64_t from = start || connection.cursor == none ? 0
                        : connection.inclusive             ? connection.cursor
                                                           : connection.cursor + 1;
    if (event.revision > world.revision) return false;
    if (!event.is_bookmark()) {
      const Commit* state = nullptr;
      for (const Commit& commit : world.log) {
        if (commit.key == event.key && commit.revision == event.revision) state = &commit;
      }
      if (state == nullptr || state->value != event.value) return false;
      if (event.version != none && event.version != state->version) return false;
      if (!selects(connection, event.key) || event.revision < from) return false;
    }
    for (std::size_t e = connection.first; e < line.event; ++e) {
      const TailEvent& before = tail.events[e];
      if (!event.is_bookmark() && before.key == event.key && before.revision >= event.revision) {
        return false;
      }
      if (!stream) continue;
      if (before.revision > event.revision) return false;
      if (!event.is_bookmark() && before.complete != 0 && before.revision >= event.revision) {
        return false;
      }
    }
    if (!stream) return true;
    std::int64_t complete = event.complete != 0 ? event.revision : event.revision - 1;
    for (std::uint32_t key = 0; key < 2; ++key) {
      if (selects(connection, key) && !covers(world, line, key, from, complete)) return false;
    }
    return true;
  }

  /// Whether the connection has been sent the record as it was at `complete`, or later.
  bool covers(const World& world, const Line& line, std::uint32_t key, std::int64_t from,
              std::int64_t complete) const {
    const Tail& tail = history_.tails[line.place];
    const TailConnection& connection = tail.connections[line.connection];
    const Commit* state = nullptr;
    for (const Commit& commit : world.log) {
      if (commit.key != key || commit.revision < from) continue;
      if (commit.revision > complete) return true;  // it has taken the place
      state = &commit;
    }
    if (state == nullptr) return true;
    std::int64_t sent = -1;
    for (std::size_t e = connection.first; e <= line.event; ++e) {
      if (tail.events[e].key == key) sent = tail.events[e].revision;
    }
    if (sent >= state->revision) return true;
    bool start = connection.snapshot || connection.cursor == 0;
    if (start) return state->value == none && sent < 0;
    return connection.cursor == none && state->before <= connection.connected;
  }

  bool accepts_end(const World& world, const Tail& tail) const {
    std::size_t begin = tail.connections.size() - 1;
    auto starts = [](const TailConnection& c) {
      return c.snapshot || c.cursor == 0 || c.cursor == none;
    };
    while (begin > 0 && !starts(tail.connections[begin])) --begin;
    const TailConnection& begun = tail.connections[begin];
    for (std::uint32_t key = 0; key < 2; ++key) {
      if (!selects(tail.connections.back(), key)) continue;
      const Commit* state = nullptr;
      for (std::size_t i = 0; i < world.read[key]; ++i) {
        if (world.log[i].key == key) state = &world.log[i];
      }
      std::int64_t sent = -1;
      for (std::size_t e = begun.first; e < tail.events.size(); ++e) {
        if (tail.events[e].key == key) sent = std::max(sent, tail.events[e].revision);
      }
      if (sent >= state->revision) continue;
      if (sent >= 0) return false;
      if (begun.snapshot || begun.cursor == 0) {
        if (state->value != none) return false;
      } else if (begun.format != TailFormat::websocket && state->before > begun.connected) {
        return false;
      }
    }
    return true;
  }

  bool accepts_table(const World& world, const MirrorTable& table) const {
    for (std::uint32_t key = 0; key < 2; ++key) {
      std::int64_t row = none;
      for (auto [k, value] : table.rows) {
        if (k == key) row = value;
      }
      bool can = false;
      std::int64_t value = none;
      for (std::size_t i = 0; i < world.log.size(); ++i) {
        if (world.log[i].key == key) value = world.log[i].value;
        can = can || (value == row && i + 1 >= world.read[key]);
      }
      if (!can) return false;
    }
    return true;
  }

  const History& history_;
  std::vector<Line> lines_;
  std::set<std::int64_t> sighted_;
  std::int64_t highest_ = 1;
  std::size_t steps_ = 0;
};

}  // namespace

std::optional<bool> tails_have_a_course(const History& history) { return Course(history).exists(); }

}  // namespace dcount::check
