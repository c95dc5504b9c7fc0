// `dcount item add|count|list`.
#include "cli/item_command.h"

#include <algorithm>
#include <cstdint>

#include "cli/item_load.h"
#include "cli/paging.h"

namespace dcount::cli {
namespace {

struct ItemArguments {
  std::string tenant;
  std::vector<std::string> ids;
  ItemLoadOptions load;
  PageWish pages;
};

/// An id as a line of its own: itself, or a JSON text when it would not be one line, would touch
/// the terminal, or could be taken for a JSON text.
std::string line_of(const std::string& id) {
  bool control = std::any_of(id.begin(), id.end(), [](char c) {
    auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
  // U+0080 to U+009F are control characters as well.
  for (std::size_t i = 0; i + 1 < id.size(); ++i) {
    control |= id[i] == '\xc2' && static_cast<unsigned char>(id[i + 1]) < 0xa0;
  }
  if (!control && !id.starts_with('"')) return id;
  return Json(id).dump(-1, ' ', control, Json::error_handler_t::replace);
}

/// What CLI11 does not take for an id, though it may be one: [a,b] is a list of two to it, ++ the
/// end of a command, and so is -- behind an id. Empty: nothing on the line.
std::string mistaken(const std::vector<std::string>& words, const std::vector<std::string>& ids) {
  for (const std::string& word : words) {
    bool list = word.size() > 1 && word.front() == '[' && word.back() == ']';
    if (list || word == "++") return word;
  }
  auto mark = std::find(words.begin(), words.end(), "--");
  if (mark == words.end()) return "";
  std::vector<std::string> behind(mark + 1, words.end());
  bool taken =
      behind.size() <= ids.size() && std::equal(behind.rbegin(), behind.rend(), ids.rbegin());
  return taken ? "" : "--";
}

/// Ids from the command line; more than one request holds are sent one after the other.
ExitCode add_ids(const ItemArguments& arguments, Context& context) {
  auto options = context.client_options();
  if (!options) return fail(context, options.error());
  client::Client client(*options);
  std::int64_t added = 0;
  client::ItemBody body;
  for (std::size_t i = 0; i < arguments.ids.size(); ++i) {
    bool fits = body.add(arguments.ids[i], arguments.tenant);
    bool last = i + 1 == arguments.ids.size();
    if (fits && !last) continue;
    auto answer = client.add_items(std::move(body));
    if (!answer) {
      client::ClientError error = answer.error();
      error.idempotency_key.clear();
      ExitCode code = fail(context, error);
      if (error.kind == client::ErrorKind::unknown && !context.output.json()) {
        context.output.note("It may have been done; repeating the command counts nothing twice");
      }
      return code;
    }
    added += answer->added;
    body = {};
    if (!fits) --i;
  }
  if (context.output.json()) {
    context.output.document(
        {{"tenant", arguments.tenant}, {"items", arguments.ids.size()}, {"new", added}});
  } else {
    context.output.line(std::to_string(added) + " of " + std::to_string(arguments.ids.size()) +
                        " items new");
  }
  return ExitCode::ok;
}

ExitCode add(const ItemArguments& arguments, Context& context) {
  if (std::string word = mistaken(context.words, arguments.ids); !word.empty()) {
    return context.output.fail(ExitCode::usage,
                               word == "--"
                                   ? "-- belongs in front of the first id"
                                   : "'" + word + "' can only be given in a JSON line, see --help");
  }
  if (!arguments.ids.empty() && arguments.load != ItemLoadOptions()) {
    return context.output.fail(ExitCode::usage,
                               "--from, --state and --chunk are for JSON lines, not for ids");
  }
  if (!arguments.ids.empty()) return add_ids(arguments, context);
  ItemLoadOptions load = arguments.load;
  load.tenant = arguments.tenant;
  return run_item_load(load, context);
}

ExitCode count(const ItemArguments& arguments, Context& context) {
  return with_client(
      context, [&](client::Client& client) { return client.count_items(arguments.tenant); },
      [&](std::int64_t count) {
        if (context.output.json()) {
          context.output.document({{"tenant", arguments.tenant}, {"count", count}});
        } else {
          context.output.line(std::to_string(count));
        }
      });
}

void show_page(Context& context, const ItemArguments& arguments, const client::ItemPage& page) {
  for (const std::string& id : page.items) {
    if (context.output.json()) {
      context.output.document({{"id", id}, {"tenant", arguments.tenant}});
    } else {
      context.output.line(line_of(id));
    }
  }
}

ExitCode list(const ItemArguments& arguments, Context& context) {
  std::string cursor = arguments.pages.cursor;
  const ExitCode code = with_pages(
      context, arguments.pages.at_most(), cursor,
      [&](client::Client& client, std::size_t limit, const std::string& from) {
        return client.list_items(arguments.tenant, limit, from);
      },
      [&](const client::ItemPage& page, std::size_t left) {
        show_page(context, arguments, page);
        return std::min(left, page.items.size());
      });
  if (code != ExitCode::ok || !context.output.flush()) return code;
  note_more(context, cursor);
  return ExitCode::ok;
}

void add_adding(CLI::App& group, Context& context) {
  auto [command, arguments] = add_action(
      group, context, "add", "Add items; one that is there already counts once",
      {"dcount item add acme order-1 order-2", "dcount item add --from items.jsonl --state load",
       R"(echo '{"id": "order-3", "tenant": "acme"}' | dcount item add)"},
      add);
  command.add_option("tenant", arguments.tenant,
                     "Whose they are; without ids: those of lines that name no tenant");
  command.add_option("ids", arguments.ids,
                     R"(What to add; none: lines like {"id": "a", "tenant": "t"}, any number)");
  ItemLoadOptions& load = arguments.load;
  command.add_option("--from", load.from, "Where the lines are; - is standard input")
      ->type_name("FILE")
      ->capture_default_str();
  command
      .add_option("--state", load.state,
                  "Remembers how many lines are in; the next run with it goes on behind them")
      ->type_name("FILE");
  command.add_option("--chunk", load.chunk, "How many items a request holds")
      ->check(is_integer)
      ->check(CLI::Range(std::size_t{1}, client::items_max))
      ->capture_default_str();
}

void add_queries(CLI::App& group, Context& context) {
  {
    auto [command, arguments] =
        add_action(group, context, "count", "Print how many distinct items a tenant has",
                   {"dcount item count acme"}, count);
    command.add_option("tenant", arguments.tenant, "Whose items")->required()->check(is_given);
  }
  {
    auto [command, arguments] = add_action(
        group, context, "list",
        "List a tenant's items, one a line; one with control characters is written as JSON text",
        {"dcount item list acme --all",
         "dcount item list acme --all --json | dcount item add --server http://other:8080"},
        list);
    command.add_option("tenant", arguments.tenant, "Whose items")->required()->check(is_given);
    add_page_options(command, arguments.pages);
  }
}

}  // namespace

void add_item(CLI::App& app, Context& context) {
  CLI::App& group = add_command(app, "item", "Count distinct items per tenant",
                                {"dcount item add acme order-1 order-2"});
  add_adding(group, context);
  add_queries(group, context);
}

}  // namespace dcount::cli
