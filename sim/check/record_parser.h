// Parses the text of one record.
//
// Thread-safety: none.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "sim/check/record.h"
#include "sim/check/record_source.h"

namespace dcount::check {

class RecordParser {
 public:
  virtual ~RecordParser() = default;

  /// Fills in the record; empty: it is good. Wants RecordSource::padding bytes behind the text.
  virtual std::string parse(std::string_view text, Record& record) = 0;
};

std::unique_ptr<RecordParser> make_json_parser();
std::unique_ptr<RecordParser> make_edn_parser();

}  // namespace dcount::check
