// From the bodies of answers to values: problems and counters, and what all decoding needs. 64-bit
// integers are exact and may come as strings.
//
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/client.h"

namespace dcount::client {

/// application/problem+json, as far as it is one.
struct Problem {
  std::string code;
  std::string detail;
  std::optional<std::int64_t> index;
  std::optional<std::int64_t> value;
  std::string fault;
  std::string rule;
};

Problem decode_problem(std::string_view body);

/// All of them: nothing when the body is not what the contract says.
std::optional<CounterState> decode_counter(std::string_view body);
std::optional<Added> decode_added(std::string_view body);
std::optional<bool> decode_removed(std::string_view body);
std::optional<CounterPage> decode_page(std::string_view body);
std::optional<std::vector<Added>> decode_results(std::string_view body);

/// Discarded when it is no JSON, or deeper than any answer of dcount's.
nlohmann::json parse_answer(std::string_view body);

/// An integer that fits, given as a number or as a string.
std::optional<std::int64_t> integer_of(const nlohmann::json& value);
std::optional<std::int64_t> integer_at(const nlohmann::json& object, const char* name);

/// "" when it is not there, or no text.
std::string text_at(const nlohmann::json& object, const char* name);

}  // namespace dcount::client
