#include "server/core/answer.h"

#include <utility>

#include "server/core/answer_words.h"
#include "server/core/counter_answer.h"
#include "server/core/sequence_answer.h"

namespace dcount::core {
namespace {

// A counter's answer begins with its code, in small letters. The others begin with a letter for
// their kind; all but batches, whose results say it, have the code and a '/' after it.
constexpr char batch_kind = 'B';
constexpr char numbers_kind = 'N';
constexpr char sequence_kind = 'S';
constexpr char reservation_kind = 'R';
constexpr char items_kind = 'I';
constexpr char package_kind = 'P';
constexpr char key_kind = 'K';
constexpr char nothing_kind = '-';  ///< refused before there was more to say than the code

std::string kind_and_code(char kind, Code code) {
  return kind + std::string(to_string(code)) + '/';
}

std::string encode_items(const ItemsOutcome& items) {
  return word_of(items.added) + ':' + word_of(items.count) + ':' + word_of(items.version);
}

std::optional<ItemsOutcome> decode_items(std::string_view word) {
  const auto words = split(word, ':');
  if (words.size() != 3) return std::nullopt;
  const auto added = number_in(words[0]);
  const auto count = number_in(words[1]);
  const auto version = number_in(words[2]);
  if (!added || !count || !version) return std::nullopt;
  return ItemsOutcome{*added, *count, *version};
}

/// What an upload's answer tells: not meta.json.
std::string encode_package(const Package& package) {
  std::string word = package.traits.pkgid + ':' + package.traits.sha256 + ':' +
                     word_of(package.traits.bytes) + ':' + word_of(package.version) + ':';
  for (const std::string& holder : package.holders) word += holder + ',';
  return word;
}

std::optional<PackageOutcome> decode_package_answer(std::string_view word) {
  const auto words = split(word, ':');
  if (words.size() != 5) return std::nullopt;
  const auto bytes = number_in(words[2]);
  const auto version = number_in(words[3]);
  if (!bytes || !version) return std::nullopt;
  PackageOutcome outcome;
  outcome.package.traits.pkgid = words[0];
  outcome.package.traits.sha256 = words[1];
  outcome.package.traits.bytes = *bytes;
  outcome.package.version = *version;
  for (const std::string_view holder : split(words[4], ',')) {
    if (!holder.empty()) outcome.package.holders.emplace_back(holder);
  }
  return outcome;
}

/// Which key it was: the secret is in no record.
std::optional<KeyOutcome> decode_key_answer(std::string_view word) {
  KeyOutcome outcome;
  outcome.key.id = word;
  return outcome;
}

template <class Value>
std::optional<Outcome> with_code(Code code, std::optional<Value> value) {
  if (!value) return std::nullopt;
  return Outcome{.code = code, .value = *std::move(value)};
}

struct Encode {
  Code code;

  std::string operator()(const CounterOutcome& counter) const { return encode_answer(counter); }
  std::string operator()(const BatchOutcome& batch) const {
    return batch_kind + encode_answer(batch);
  }
  std::string operator()(const NumbersOutcome& numbers) const {
    return kind_and_code(numbers_kind, code) + encode_answer(numbers);
  }
  std::string operator()(const SequenceOutcome& sequence) const {
    return kind_and_code(sequence_kind, code) + encode_answer(sequence);
  }
  std::string operator()(const ReservationOutcome& reservation) const {
    return kind_and_code(reservation_kind, code) + encode_answer(reservation);
  }
  std::string operator()(const ItemsOutcome& items) const {
    return kind_and_code(items_kind, code) + encode_items(items);
  }
  std::string operator()(const PackageOutcome& package) const {
    return kind_and_code(package_kind, code) + encode_package(package.package);
  }
  std::string operator()(const KeyOutcome& key) const {
    return kind_and_code(key_kind, code) + key.key.id;
  }
  template <class NothingStored>
  std::string operator()(const NothingStored&) const {
    return kind_and_code(nothing_kind, code);
  }
};

}  // namespace

std::string encode_answer(const Outcome& outcome) {
  return std::visit(Encode{outcome.code}, outcome.value);
}

std::optional<Outcome> decode_answer(std::string_view word) {
  if (word.empty()) return std::nullopt;
  const char kind = word.front();
  if (kind >= 'a' && kind <= 'z') {
    const auto counter = decode_counter_answer(word);
    if (!counter) return std::nullopt;
    return Outcome{.code = counter->code, .value = *counter};
  }
  word.remove_prefix(1);
  if (kind == batch_kind) return decode_batch_answer(word);
  const auto slash = word.find('/');
  const auto code = code_named(word.substr(0, slash));
  if (slash == std::string_view::npos || !code) return std::nullopt;
  word.remove_prefix(slash + 1);
  if (kind == numbers_kind) return with_code(*code, decode_numbers_answer(word));
  if (kind == sequence_kind) return with_code(*code, decode_sequence_answer(word));
  if (kind == reservation_kind) return with_code(*code, decode_reservation_answer(word));
  if (kind == items_kind) return with_code(*code, decode_items(word));
  if (kind == package_kind) return with_code(*code, decode_package_answer(word));
  if (kind == key_kind) return with_code(*code, decode_key_answer(word));
  if (kind == nothing_kind) return Outcome{.code = *code, .value = {}};
  return std::nullopt;
}

}  // namespace dcount::core
