// Histories with subscribers written by hand, in few words: two counters, c/a and c/b, at 0 and of
// version 1.
#pragma once

#include <string>
#include <vector>

#include "sim/check/history_builder.h"
#include "sim/check/verdict.h"

namespace dcount::check {

inline constexpr std::uint32_t a = 0;  ///< c/a
inline constexpr std::uint32_t b = 1;  ///< c/b

class MadeTails {
 public:
  using Handle = HistoryBuilder::Handle;
  MadeTails() {
    KeyFacts facts{.kind = KeyFacts::Kind::counter};
    facts.version = 1;
    builder_.key("c/a", facts);
    builder_.key("c/b", facts);
  }
  HistoryBuilder& builder() { return builder_; }

  Handle ask(std::uint32_t key, Function function, std::int64_t argument = none) {
    return builder_.invoke(0, {.key = key, .function = function, .argument = argument});
  }
  void ok(Handle operation, std::int64_t result, std::int64_t version) {
    builder_.complete(operation, Outcome::ok, {.result = result, .version = version});
  }
  /// An increment, asked and answered at once: two lines.
  void add(std::uint32_t key, std::int64_t result, std::int64_t version) {
    ok(ask(key, Function::add, 1), result, version);
  }
  void remove(std::uint32_t key, std::int64_t version) {
    ok(ask(key, Function::remove), 1, version);
  }
  void read(std::uint32_t key, std::int64_t result, std::int64_t version) {
    ok(ask(key, Function::read), result, version);
  }

  /// The connection of tail-`tail` begins: one line, as everything below.
  void connect(int tail, TailConnection connection = {.cursor = 0},
               TailSelection keys = {true, {}}) {
    builder_.connect_tail(number(tail), connection, std::move(keys));
  }
  void resume(int tail, std::int64_t cursor) { connect(tail, {.cursor = cursor}); }
  void sent(int tail, std::uint32_t key, std::int64_t value, std::int64_t revision,
            std::int64_t version = none) {
    builder_.add_tail_event(
        number(tail),
        {.revision = revision, .value = value, .version = version, .key = key, .complete = 1});
  }
  /// Not the last of its revision.
  void sent_part(int tail, std::uint32_t key, std::int64_t value, std::int64_t revision) {
    builder_.add_tail_event(number(tail), {.revision = revision, .value = value, .key = key});
  }
  void bookmark(int tail, std::int64_t revision) {
    builder_.add_tail_event(number(tail), {.revision = revision, .complete = 1});
  }
  void disconnect(int tail) { builder_.disconnect_tail(number(tail)); }
  void end(int tail) { builder_.end_tail(number(tail)); }
  void table(int tail, std::vector<std::pair<std::uint32_t, std::int64_t>> rows) {
    builder_.add_table(number(tail), std::nullopt, std::move(rows));
  }

  Judgement judged(const CheckOptions& options = {}) { return check(builder_.history(), options); }

 private:
  std::uint32_t number(int tail) { return builder_.tail("tail-" + std::to_string(tail)); }

  HistoryBuilder builder_;
};

}  // namespace dcount::check
