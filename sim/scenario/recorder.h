// The journal of a run: JSON lines, in the order in which things were noted (docs/harness.md,
// "Histories"). One recorder for all clients and the faults; the order of its lines is the order
// that judges go by, so an invocation is noted before its first byte leaves and a completion after
// its answer was understood.
//
// Thread-safety: every method from any thread.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "server/store/result.h"
#include "sim/scenario/fields.h"

namespace dcount::sim {

struct TailItem;

enum class Noted { ok, fail, info };

/// What an operation is about, as the journal has it.
struct Invocation {
  int process = 0;
  std::string_view function;  ///< "add"
  std::string_view key;       ///< empty: none
  std::string value;          ///< JSON; empty: none
  std::string_view id;        ///< its Idempotency-Key; empty: none
};

struct Completed {
  Noted how = Noted::ok;
  std::string value;         ///< JSON; empty: none
  std::int64_t version = 0;  ///< 0: not said
  std::string error;         ///< a word, with fail and info
  std::string more;          ///< more fields, as JSON: "\"applied\":3"
};

class Recorder {
 public:
  /// Makes the file. Error: it cannot be written.
  static Result<std::unique_ptr<Recorder>> open(const std::filesystem::path& file);
  ~Recorder();

  /// The first line; time begins with it.
  void header(const Json& header);
  void invoke(const Invocation& invocation);
  void complete(const Invocation& invocation, const Completed& completed, std::string_view node);
  /// A line of a subscriber or a mirror: `value` has its phase.
  void tail(std::string_view name, const Json& value);
  /// What a subscriber was sent.
  void tail_item(std::string_view name, const TailItem& item);
  /// A line of the nemesis: a fault or a phase.
  void nemesis(std::string_view function, const Json& value);

  /// Hands what was noted to the kernel; from time to time.
  void flush();
  /// False: something could not be written (a full disk).
  [[nodiscard]] bool close();

  /// How many operations have ended so.
  std::int64_t count(Noted how) const { return counts_[static_cast<std::size_t>(how)]; }
  /// Since the header was written.
  std::chrono::nanoseconds now() const { return std::chrono::steady_clock::now() - began_; }

 private:
  explicit Recorder(const std::filesystem::path& file);
  void line(std::string_view process, std::string_view type, std::string_view function,
            const std::string& rest);

  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::mutex mutex_;  // guards what follows, and with it the order of lines
  std::ofstream file_;
  std::int64_t next_index_ = 0;
  std::array<std::atomic<std::int64_t>, 3> counts_{};
};

/// A text as JSON.
std::string json_text(std::string_view text);

}  // namespace dcount::sim
