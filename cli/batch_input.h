// The operations of a batch: one JSON document `{"ops": […]}`, or JSON lines, one operation each.
//
// Thread-safety: one thread.
#pragma once

#include <cstddef>
#include <istream>
#include <string>
#include <vector>

#include "cli/output.h"

namespace dcount::cli {

inline constexpr std::size_t operation_bytes_max = std::size_t{64} << 10;
/// A batch's body, as the server bounds it; a file of lines may be longer.
inline constexpr std::size_t batch_bytes_max = std::size_t{8} << 20;

/// The counter an operation names: "views/home" of {"add": "views/home", "n": 5}. Empty: it is no
/// operation. What else is in it is for the server to judge.
std::string counter_of(const Json& operation);

class BatchInput {
 public:
  explicit BatchInput(std::istream& stream) : stream_(stream) {}

  /// Up to `count` more operations; fewer only at the end. What is wrong with the input, for
  /// people, goes to `error`, and nothing is returned then.
  std::vector<Json> next(std::size_t count, std::string& error);

  /// Where the next line begins: how much has been read.
  std::size_t bytes() const { return bytes_; }

 private:
  void begin(std::string& error);
  void read_document(std::string text, std::string& error);
  bool read_line(std::string& line, std::string& error);

  std::istream& stream_;
  std::size_t line_number_ = 0;
  std::size_t bytes_ = 0;
  bool begun_ = false;
  bool is_document_ = false;
  std::vector<Json> ready_;  ///< of the document, or of the first line
  std::size_t taken_ = 0;
};

}  // namespace dcount::cli
