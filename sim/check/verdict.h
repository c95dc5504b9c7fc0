// What a judge says.
//
// Thread-safety: values.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "sim/check/history.h"

namespace dcount::check {

enum class Verdict : std::uint8_t {
  valid,
  unknown,  ///< there is not enough evidence
  invalid,  ///< a violation; dominates
};

std::string_view word_for(Verdict verdict);  ///< "valid", "unknown", "invalid"

/// Why a history cannot be: the fewest operations that show it, in the order of their story.
struct Witness {
  std::string text;               ///< for people, complete sentences
  std::vector<Index> operations;  ///< their `invoked`
};

/// What one judge found about one key (or, with an empty key, about the whole history).
struct Finding {
  std::string judge;  ///< "increments", "versions", "blind", "sequence", "items", "batch",
                      ///< "search", "feed", "tails", "packages", "evidence"
  std::string key;
  Verdict verdict = Verdict::valid;
  std::string summary;  ///< a line for people: what was looked at, or what is missing
  Witness witness;      ///< when invalid
};

struct Judgement {
  Verdict verdict = Verdict::unknown;  ///< the worst of the findings; unknown without any
  std::vector<Finding> findings;       ///< the worst first
};

struct CheckOptions {
  bool need_faults = false;       ///< unknown unless operations were under way during each fault
  bool need_resumes = false;      ///< unknown unless a subscriber resumed, and was sent something
  bool need_final_reads = true;   ///< unknown unless every key was read after its last write, and
                                  ///< by every node the header names, and every subscriber
                                  ///< followed to its end
  std::size_t findings_max = 20;  ///< of invalid ones; more are counted in the last one's summary
  /// For the general search, all keys together: only where no judge is exact and cheap.
  std::chrono::milliseconds search_time_max{5000};
};

/// Judges everything that can be judged: each key with the judge its operations ask for.
Judgement check(const History& history, const CheckOptions& options = {});

}  // namespace dcount::check
