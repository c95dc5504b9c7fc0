#include "server/core/answer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace dcount::core {
namespace {

// A counter's outcome is "code:n:applied:version:deleted:min:max:id", cut after the last part that
// says something; a batch is "B<refused index>" and its results, separated by ';'.

std::string part(std::int64_t number) { return std::to_string(number); }

std::string part(const std::optional<std::int64_t>& number) {
  return number ? part(*number) : std::string();
}

std::string encode_counter(const CounterOutcome& counter) {
  const std::array<std::string, 8> parts = {std::string(to_string(counter.code)),
                                            part(counter.n),
                                            part(counter.applied),
                                            part(counter.version),
                                            counter.deleted ? "1" : "",
                                            part(counter.bounds.min),
                                            part(counter.bounds.max),
                                            counter.id};
  std::string word;
  for (const std::string& text : parts) (word += text) += ':';
  word.erase(word.find_last_not_of(':') + 1);
  return word;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Code> code_named(std::string_view name) {
  for (auto code = Code::ok; code <= Code::unknown;
       code = static_cast<Code>(static_cast<std::uint8_t>(code) + 1)) {
    if (to_string(code) == name) return code;
  }
  return std::nullopt;
}

std::optional<CounterOutcome> decode_counter_outcome(std::string_view word) {
  auto parts = split(word, ':');
  parts.resize(std::max<std::size_t>(parts.size(), 8));
  const auto code = code_named(parts[0]);
  const auto n = number(parts[1]);
  const auto applied = number(parts[2]);
  const auto version = number(parts[3]);
  if (!code || !n || !applied || !version) return std::nullopt;
  CounterOutcome counter;
  counter.code = *code;
  counter.n = *n;
  counter.applied = *applied;
  counter.version = *version;
  counter.deleted = parts[4] == "1";
  counter.bounds = {number(parts[5]), number(parts[6])};
  counter.id = parts[7];
  return counter;
}

}  // namespace

std::string encode_answer(const Outcome& outcome) {
  if (const auto* counter = std::get_if<CounterOutcome>(&outcome.value)) {
    return encode_counter(*counter);
  }
  std::string word = "B";
  const auto* batch = std::get_if<BatchOutcome>(&outcome.value);
  if (batch == nullptr) return word;
  word += part(static_cast<std::int64_t>(batch->refused_index));
  for (const CounterOutcome& result : batch->results) (word += ';') += encode_counter(result);
  return word;
}

std::optional<Outcome> decode_answer(std::string_view word) {
  Outcome outcome;
  if (!word.starts_with('B')) {
    const auto counter = decode_counter_outcome(word);
    if (!counter) return std::nullopt;
    outcome.code = counter->code;
    outcome.value = *counter;
    return outcome;
  }
  const auto parts = split(word.substr(1), ';');
  const auto refused_index = number(parts[0]);
  if (!refused_index) return std::nullopt;
  BatchOutcome batch;
  batch.refused_index = static_cast<std::size_t>(*refused_index);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    auto result = decode_counter_outcome(parts[i]);
    if (!result) return std::nullopt;
    batch.results.push_back(std::move(*result));
  }
  const bool refused = batch.results.size() == 1 && batch.results[0].code != Code::ok &&
                       batch.results[0].code != Code::created;
  outcome.code = refused ? batch.results[0].code : Code::ok;
  outcome.value = std::move(batch);
  return outcome;
}

}  // namespace dcount::core
