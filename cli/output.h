// What a command says: data on stdout, everything else on stderr.
//
// Thread-safety: one thread, except that `fail` and `note` may be called from another one while
// nobody else writes.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.h"

namespace dcount::cli {

/// Keeps the order fields are written in: people read this too.
using Json = nlohmann::ordered_json;

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  std::vector<bool> right;  ///< which columns hold numbers; missing: left
};

class Output {
 public:
  Output();

  void set_json(bool json) { json_ = json; }
  bool json() const { return json_; }
  /// For colour and progress. NO_COLOR and TERM=dumb count against colour.
  bool out_is_terminal() const { return out_is_terminal_; }
  bool err_is_terminal() const { return err_is_terminal_; }
  bool colour_out() const { return colour_out_; }

  /// One JSON document on a line of its own (with --json).
  void document(const Json& value);
  /// Raw bytes to stdout, for people or for a pipe.
  void text(std::string_view bytes);
  void line(std::string_view text);
  /// Aligned columns; on a terminal with a bold head, elsewhere with the same words.
  void table(const Table& table);

  /// A remark on stderr.
  void note(std::string_view text);
  /// "dcount: message" on stderr (with --json one document {"error": {…}}); returns `code`.
  /// `more` is added to the document.
  ExitCode fail(ExitCode code, std::string_view message, const Json& more = nullptr);

  /// Hands what was written to the kernel. False: it could not be (a full disk, a closed pipe).
  [[nodiscard]] bool flush();
  /// False from the first write that failed: a long output can stop early.
  bool good() const { return good_; }

 private:
  void write_out(std::string_view bytes);

  bool json_ = false;
  bool out_is_terminal_;
  bool err_is_terminal_;
  bool colour_out_;
  bool colour_err_;
  bool good_ = true;
};

}  // namespace dcount::cli
