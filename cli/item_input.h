// Items as JSON lines, `{"id": "a", "tenant": "t"}`, gathered into chunks that fit a request.
//
// Thread-safety: one thread.
#pragma once

#include <cstddef>
#include <string>

#include "cli/line_reader.h"
#include "client/item.h"

namespace dcount::cli {

struct ItemChunk {
  client::ItemBody items;
  InputPosition end;  ///< behind all that is in this chunk and those before
};

class ItemInput {
 public:
  /// `tenant` is that of lines that name none; empty: each line must. `lines` stays the caller's.
  ItemInput(LineReader& lines, std::string tenant, std::size_t items_max)
      : lines_(lines), tenant_(std::move(tenant)), items_max_(items_max) {}

  /// The next chunk; one without items is the end of the input, or an interruption. What is wrong
  /// with the input, for people, goes to `error`.
  ItemChunk next(std::string& error);

 private:
  bool read_item(std::string& error);

  LineReader& lines_;
  std::string tenant_;
  std::size_t items_max_;
  client::Item item_;     ///< the last one that was read
  bool waiting_ = false;  ///< it did not fit the last chunk
};

}  // namespace dcount::cli
