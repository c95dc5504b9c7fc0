#include "server/core/sequence_answer.h"

#include <utility>

#include "server/core/answer_words.h"

namespace dcount::core {
namespace {

constexpr std::size_t sequence_words = 15;

/// Every one of `words` as a number; nullopt when one is none.
template <std::size_t Count>
bool take_numbers(const std::vector<std::string_view>& words, std::size_t begin,
                  std::int64_t* const (&into)[Count]) {
  for (std::size_t i = 0; i < Count; ++i) {
    const auto number = number_in(words[begin + i]);
    if (!number) return false;
    *into[i] = *number;
  }
  return true;
}

}  // namespace

std::string encode_answer(const NumbersOutcome& numbers) {
  std::string word = word_of(numbers.version) + ':' + word_of(numbers.wraps);
  for (const NumberRun& run : numbers.runs) {
    word += ';' + word_of(run.first) + ':' + word_of(run.step) + ':' + word_of(run.count);
  }
  return word;
}

std::optional<NumbersOutcome> decode_numbers_answer(std::string_view word) {
  const auto parts = split(word, ';');
  const auto head = split(parts[0], ':');
  NumbersOutcome numbers;
  if (head.size() != 2 || !take_numbers(head, 0, {&numbers.version, &numbers.wraps})) {
    return std::nullopt;
  }
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto words = split(parts[i], ':');
    NumberRun run;
    if (words.size() != 3 || !take_numbers(words, 0, {&run.first, &run.step, &run.count})) {
      return std::nullopt;
    }
    if (run.count < 1 || run.count > draw_count_max) return std::nullopt;
    numbers.runs.push_back(run);
  }
  return numbers;
}

std::string encode_answer(const SequenceOutcome& sequence) {
  const Definition& definition = sequence.definition;
  std::string word = sequence.name;
  word += sequence.deleted ? ":1" : ":0";
  word += definition.cycle ? ":1:" : ":0:";
  word += to_string(definition.mode);
  for (const std::int64_t number :
       {sequence.version, definition.start, definition.increment, definition.min, definition.max,
        definition.cache, sequence.wraps, sequence.reserved, sequence.free, sequence.revision}) {
    (word += ':') += word_of(number);
  }
  return (word += ':') += word_of(sequence.next);
}

std::optional<SequenceOutcome> decode_sequence_answer(std::string_view word) {
  const auto words = split(word, ':');
  if (words.size() != sequence_words) return std::nullopt;
  SequenceOutcome sequence;
  Definition& definition = sequence.definition;
  sequence.name = words[0];
  sequence.deleted = words[1] == "1";
  definition.cycle = words[2] == "1";
  const auto mode = sequence_mode_named(words[3]);
  const bool read =
      take_numbers(words, 4,
                   {&sequence.version, &definition.start, &definition.increment, &definition.min,
                    &definition.max, &definition.cache, &sequence.wraps, &sequence.reserved,
                    &sequence.free, &sequence.revision});
  if (!mode || !read) return std::nullopt;
  definition.mode = *mode;
  sequence.next = number_in(words[14]);
  return sequence;
}

std::string encode_answer(const ReservationOutcome& reservation) {
  return word_of(reservation.number) + ':' + reservation.token + ':' +
         word_of(reservation.expires_ms) + ':' + word_of(reservation.version);
}

std::optional<ReservationOutcome> decode_reservation_answer(std::string_view word) {
  const auto words = split(word, ':');
  ReservationOutcome reservation;
  if (words.size() != 4 || !take_numbers(words, 0, {&reservation.number}) ||
      !take_numbers(words, 2, {&reservation.expires_ms, &reservation.version})) {
    return std::nullopt;
  }
  reservation.token = words[1];
  return reservation;
}

}  // namespace dcount::core
