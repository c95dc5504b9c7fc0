// Lists that come in pages: `counter list`, `sequence list`, `item list`.
//
// Thread-safety: the main thread's.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

#include "cli/command.h"

namespace dcount::cli {

/// Connects and shows `left` entries, or all there are: `get(client, limit, cursor)` brings a page,
/// `show(page, left)` shows up to `left` entries of it and returns how many. `cursor`, from which
/// on it begins (empty: the beginning), is set to where the list would go on (empty: it has ended).
/// Ends early when the output cannot be written any more.
template <class Get, class Show>
ExitCode with_pages(Context& context, std::size_t left, std::string& cursor, const Get& get,
                    Show show) {
  auto options = context.client_options();
  if (!options) return fail(context, options.error());
  client::Client client(*options);
  while (left > 0) {
    auto page = get(client, std::min(left, client::list_limit_max), cursor);
    if (!page) return fail(context, page.error());
    left -= show(*page, left);
    cursor = page->next;
    if (cursor.empty() || left == 0 || !context.output.flush()) break;
  }
  return ExitCode::ok;
}

}  // namespace dcount::cli
