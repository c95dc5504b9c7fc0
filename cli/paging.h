// Lists that come in pages: `counter list`, `sequence list`, `item list`, `key list`, `package
// list`.
//
// Thread-safety: the main thread's.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "cli/command.h"

namespace dcount::cli {

/// What is wanted of a list.
struct PageWish {
  std::size_t limit = 100;
  std::string cursor;  ///< from which on; empty: the beginning
  bool all = false;    ///< instead of `limit`

  std::size_t at_most() const { return all ? SIZE_MAX : limit; }
};

/// --limit, --cursor and --all. `wish` outlives the command.
void add_page_options(CLI::App& command, PageWish& wish);

/// Says how to go on where a list has ended before all was shown; nothing when `cursor` is empty.
void note_more(Context& context, const std::string& cursor);

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
