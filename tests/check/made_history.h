// Histories written by hand, in few words.
#pragma once

#include <string>
#include <vector>

#include "sim/check/history_builder.h"
#include "sim/check/verdict.h"

namespace dcount::check {

/// One key; handles are operations in the order in which they were asked for.
class Made {
 public:
  using Handle = HistoryBuilder::Handle;
  explicit Made(const KeyFacts& facts = {.kind = KeyFacts::Kind::counter}) {
    key_ = builder_.key("c/a", facts);
  }
  HistoryBuilder& builder() { return builder_; }
  std::uint32_t key() const { return key_; }

  Handle ask(std::uint32_t process, Function function, std::int64_t argument = none) {
    return builder_.invoke(process, {.key = key_, .function = function, .argument = argument});
  }
  void ok(Handle operation, std::int64_t result = none, std::int64_t version = none) {
    builder_.complete(operation, Outcome::ok, {.result = result, .version = version});
  }
  void listed(Handle operation, std::vector<std::int64_t> list) {
    builder_.complete(operation, Outcome::ok, {.list = list});
  }
  /// Asked and answered at once.
  void done(std::uint32_t process, Function function, std::int64_t argument, std::int64_t result,
            std::int64_t version = none) {
    ok(ask(process, function, argument), result, version);
  }
  void add(std::uint32_t process, std::int64_t delta, std::int64_t result,
           std::int64_t version = none) {
    done(process, Function::add, delta, result, version);
  }
  void read(std::uint32_t process, std::int64_t result, std::int64_t version = none) {
    done(process, Function::read, none, result, version);
  }
  Judgement judged(const CheckOptions& options = {.need_final_reads = false}) {
    return check(builder_.history(), options);
  }

 private:
  HistoryBuilder builder_;
  std::uint32_t key_ = 0;
};

}  // namespace dcount::check
