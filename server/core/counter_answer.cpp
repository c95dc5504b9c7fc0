#include "server/core/counter_answer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "server/core/answer_words.h"

namespace dcount::core {

std::string encode_answer(const CounterOutcome& counter) {
  const std::array<std::string, 8> parts = {std::string(to_string(counter.code)),
                                            word_of(counter.n),
                                            word_of(counter.applied),
                                            word_of(counter.version),
                                            counter.deleted ? "1" : "",
                                            word_of(counter.bounds.min),
                                            word_of(counter.bounds.max),
                                            counter.id};
  std::string word;
  for (const std::string& text : parts) (word += text) += ':';
  word.erase(word.find_last_not_of(':') + 1);
  return word;
}

std::optional<CounterOutcome> decode_counter_answer(std::string_view word) {
  auto parts = split(word, ':');
  parts.resize(std::max<std::size_t>(parts.size(), 8));
  const auto code = code_named(parts[0]);
  const auto n = number_in(parts[1]);
  const auto applied = number_in(parts[2]);
  const auto version = number_in(parts[3]);
  if (!code || !n || !applied || !version) return std::nullopt;
  CounterOutcome counter;
  counter.code = *code;
  counter.n = *n;
  counter.applied = *applied;
  counter.version = *version;
  counter.deleted = parts[4] == "1";
  counter.bounds = {number_in(parts[5]), number_in(parts[6])};
  counter.id = parts[7];
  return counter;
}

std::string encode_answer(const BatchOutcome& batch) {
  std::string word = word_of(static_cast<std::int64_t>(batch.refused_index));
  for (const CounterOutcome& result : batch.results) (word += ';') += encode_answer(result);
  return word;
}

std::optional<Outcome> decode_batch_answer(std::string_view word) {
  const auto parts = split(word, ';');
  const auto refused_index = number_in(parts[0]);
  if (!refused_index) return std::nullopt;
  BatchOutcome batch;
  batch.refused_index = static_cast<std::size_t>(*refused_index);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    auto result = decode_counter_answer(parts[i]);
    if (!result) return std::nullopt;
    batch.results.push_back(std::move(*result));
  }
  const bool refused = batch.results.size() == 1 && batch.results[0].code != Code::ok &&
                       batch.results[0].code != Code::created;
  return Outcome{.code = refused ? batch.results[0].code : Code::ok, .value = std::move(batch)};
}

}  // namespace dcount::core
