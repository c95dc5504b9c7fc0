// What the records of a journal mean: makes a History of them.
//
// Thread-safety: none.
#pragma once

#include <string>
#include <unordered_map>

#include "sim/check/history_builder.h"
#include "sim/check/record.h"

namespace dcount::check {

class Journal {
 public:
  /// `jepsen`: as far as is known, completions of adds repeat what was asked for.
  explicit Journal(bool jepsen) : jepsen_(jepsen) {}

  /// The next record; empty: it was understood, otherwise what is wrong with it.
  std::string add(const Record& record);
  /// The end: gives the history away.
  History finish();
  HistoryBuilder& builder() { return builder_; }

 private:
  struct Open {
    HistoryBuilder::Handle handle = 0;
    std::uint32_t parts = 1;
    Function function = Function::read;
    bool batch = false;
  };

  std::string add_operation(const Record& record);
  std::string invoke(const Record& record, std::uint32_t process);
  std::string invoke_batch(const Record& record, std::uint32_t process);
  std::string invoke_package(const Record& record, std::uint32_t process, Function function);
  std::string invoke_items(const Record& record, std::uint32_t process);
  std::string complete(const Record& record, std::uint32_t process);
  std::string complete_batch(const Record& record, const Open& open);
  std::string read_answer(const Record& record, const Open& open, Answer& answer);
  std::string read_feed(const Record& record);
  void note_time(const Record& record, const Open& open);
  std::string take_numbers(const Value& value);
  std::string take_names(const Value& value);
  std::uint32_t key_of(const Record& record);
  void open(std::uint32_t process, const Open& open, const Record& record);

  HistoryBuilder builder_;
  std::unordered_map<std::uint32_t, Open> open_;
  std::vector<std::int64_t> list_;  ///< scratch
  bool jepsen_;
  bool keyed_ = false;  ///< some operation said its key
  std::uint64_t records_ = 0;
};

}  // namespace dcount::check
