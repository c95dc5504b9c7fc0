#include "server/core/idempotency.h"

#include <algorithm>

#include "server/core/answer.h"
#include "server/core/fields.h"
#include "server/core/names.h"

namespace dcount::core {
namespace {

struct StoredAnswer {
  std::string_view fingerprint;
  std::int64_t expires_ms = 0;
  std::string_view answer;
};

std::optional<StoredAnswer> parse(std::string_view text) {
  FieldReader fields(text);
  StoredAnswer stored;
  while (const auto field = fields.next()) {
    if (field->name == "f") stored.fingerprint = field->word;
    if (field->name == "e") stored.expires_ms = field->number().value_or(0);
    if (field->name == "a") stored.answer = field->word;
  }
  if (stored.fingerprint.empty() || stored.answer.empty()) return std::nullopt;
  return stored;
}

}  // namespace

std::optional<Outcome> recall(Transaction& transaction, const Idempotency& key) {
  const auto text = transaction.get(idempotency_key(key.digest));
  const auto stored = text ? parse(*text) : std::nullopt;
  if (!stored || stored->expires_ms <= transaction.now().unix_ms) return std::nullopt;
  if (stored->fingerprint != key.fingerprint) return Outcome{.code = Code::key_reused, .value = {}};
  auto outcome = decode_answer(stored->answer);
  if (outcome) outcome->replayed = true;
  return outcome;
}

void remember(Transaction& transaction, const Idempotency& key, const Outcome& outcome) {
  FieldWriter fields;
  fields.add("f", key.fingerprint)
      .add("e", transaction.now().unix_ms + key.keep_ms)
      .add("a", encode_answer(outcome));
  transaction.put(idempotency_key(key.digest), fields.take());
}

std::optional<std::int64_t> record_expires_ms(std::string_view text) {
  const auto stored = parse(text);
  if (!stored) return std::nullopt;
  return stored->expires_ms;
}

bool is_replayable(std::string_view text) {
  const auto stored = parse(text);
  return stored && stored->expires_ms >= 0 && decode_answer(stored->answer).has_value();
}

std::int64_t key_window_s(const State& state, const Idempotency& key, Now now) {
  std::int64_t window_ms = key.keep_ms;
  if (state.idempotency().size() >= key.records_max ||
      state.idempotency().bytes() >= idempotency_bytes_max) {
    state.idempotency().scan_oldest_first([&](const Record& oldest) {
      const auto expires_ms = record_expires_ms(oldest.value()).value_or(now.unix_ms);
      window_ms =
          std::clamp<std::int64_t>(now.unix_ms - (expires_ms - key.keep_ms), 0, key.keep_ms);
      return false;
    });
  }
  return window_ms / 1000;
}

}  // namespace dcount::core
