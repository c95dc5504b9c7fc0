#include "cli/paging.h"

#include <nlohmann/json.hpp>

namespace dcount::cli {

void add_page_options(CLI::App& command, PageWish& wish) {
  CLI::Option* all = command.add_flag("--all", wish.all, "Not only the first");
  command.add_option("--limit", wish.limit, "How many at most")
      ->check(is_integer)
      ->check(CLI::PositiveNumber)
      ->excludes(all)
      ->capture_default_str();
  command.add_option("--cursor", wish.cursor, "Go on where the list before ended")
      ->type_name("CURSOR");
}

void note_more(Context& context, const std::string& cursor) {
  if (cursor.empty()) return;
  context.output.note(context.output.json() ? nlohmann::json{{"next", cursor}}.dump()
                                            : "there are more: --cursor " + cursor + ", or --all");
}

}  // namespace dcount::cli
