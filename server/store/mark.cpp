#include "server/store/mark.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace dcount::store {
namespace {

/// Takes `word` and the number after it off the front of `text`.
bool take_number(std::string_view& text, std::string_view word, std::int64_t& number) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

[[noreturn]] void die(const std::string& why) {
  std::fprintf(stderr, "dcount: broken batch: %s\n", why.c_str());
  std::abort();
}

}  // namespace

bool is_own_key(std::string_view key) {
  return key.starts_with(mark_prefix) || key.starts_with(own_prefix);
}

std::string mark_key(std::string_view node) { return std::string(mark_prefix).append(node); }

std::string to_text(const Mark& mark) {
  return "1 incarnation=" + std::to_string(mark.incarnation) +
         " batch=" + std::to_string(mark.batch);
}

std::optional<Mark> parse_mark(std::string_view text) {
  Mark mark;
  if (!take_number(text, "1 incarnation=", mark.incarnation)) return std::nullopt;
  if (!take_number(text, " batch=", mark.batch) || !text.empty()) return std::nullopt;
  return mark;
}

Standing standing(const Mark& held, const Batch& batch) {
  if (held.incarnation > batch.next.incarnation) return Standing::fenced;
  if (held == batch.next) return Standing::applied;
  return held == batch.previous ? Standing::open : Standing::passed;
}

CommitResult answer_by_mark(const Mark& held, const Batch& batch) {
  CommitResult result;
  result.mark = held;
  switch (standing(held, batch)) {
    case Standing::applied:
      result.status = CommitResult::Status::committed;
      break;
    case Standing::fenced:
      result.status = CommitResult::Status::fenced;
      result.error = "a newer incarnation of this server holds its mark: " + to_text(held);
      break;
    case Standing::open:
      die("nothing was done about it");
    case Standing::passed:
      result.status = CommitResult::Status::not_applied;
      result.error = "this server's mark has moved on: " + to_text(held);
      break;
  }
  return result;
}

void check_batch(const Batch& batch) {
  if (batch.next.incarnation != batch.previous.incarnation) die("marks of two incarnations");
  if (batch.next.batch <= batch.previous.batch) die("its mark does not follow the previous one");
  for (const Group& group : batch.groups) {
    for (const Write& write : group.writes) {
      if (is_own_key(write.key)) die("a write to the store's own key " + write.key);
    }
  }
}

}  // namespace dcount::store
