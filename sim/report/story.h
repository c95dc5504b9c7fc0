// A witness as a picture: its operations and those around them, in the order of the journal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/check/verdict.h"
#include "sim/report/journal_times.h"

namespace dcount::report {

inline constexpr std::size_t stories_max = 10;
inline constexpr std::size_t witness_operations_max = 24;  ///< drawn of one witness
inline constexpr std::size_t neighbours_max = 18;

struct StoryOperation {
  check::Index invoked = 0;
  check::Index completed = check::never;
  std::int64_t began = 0;
  std::int64_t ended = check::none;
  std::uint32_t process = 0;
  check::Outcome outcome = check::Outcome::unknown;
  bool of_witness = false;
  std::string key;
  std::string words;  ///< "add 5 → 12"
  std::string node;
  std::int64_t version = check::none;
};

struct Story {
  std::size_t finding = 0;                 ///< of Judgement::findings
  std::vector<StoryOperation> operations;  ///< by `invoked`
  std::size_t left_out = 0;                ///< of the witness' operations
};

/// One for each of the first invalid findings. Around the witness stand the operations on the same
/// keys that are nearest to its own by index.
std::vector<Story> stories_of(const check::History& history, const check::Judgement& judgement,
                              const JournalTimes& times);

}  // namespace dcount::report
