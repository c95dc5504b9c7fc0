// Cuts a stream into records: lines, or the elements of one array or vector, with where they begin.
//
// Thread-safety: none. Does not own the stream.
#pragma once

#include <istream>
#include <string>
#include <string_view>
#include <vector>

namespace dcount::check {

enum class Syntax : std::uint8_t { json, edn };

class RecordSource {
 public:
  explicit RecordSource(std::istream& input);

  /// As the first characters say.
  Syntax syntax() const { return syntax_; }

  /// The next record's text; behind it lie `padding` readable bytes. False: there is none, or (with
  /// an error) it cannot be had.
  bool next(std::string_view& text);
  /// Of the last record, from 1.
  std::uint64_t line() const { return line_; }
  const std::string& error() const { return error_; }

  static constexpr std::size_t padding = 64;

 private:
  bool fill();
  void detect();
  bool next_line(std::string_view& text);
  bool next_element(std::string_view& text);
  bool skip_space();
  std::size_t element_end();
  bool fail(std::string message);

  std::istream& input_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  ///< of what was not yet given out
  std::size_t end_ = 0;
  bool at_end_ = false;  ///< of the stream
  bool lines_ = true;
  bool inside_ = false;  ///< the array or vector
  bool done_ = false;
  Syntax syntax_ = Syntax::json;
  std::uint64_t line_ = 0;
  std::uint64_t next_line_ = 1;  ///< of begin_
  std::string error_;
};

}  // namespace dcount::check
