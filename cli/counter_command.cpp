// `dcount counter create|add|get|reset|delete|list`.
#include "cli/counter_command.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "cli/paging.h"

namespace dcount::cli {
namespace {

struct CounterArguments {
  std::string collection;
  std::string id;
  std::int64_t n = 1;
  bool stale = false;
  std::size_t limit = 0;  ///< 0: all
  client::CounterOptions options;
};

std::string name_of(const client::CounterState& counter) {
  return counter.collection + "/" + counter.id;
}

Json json_of(const client::CounterState& counter) {
  Json json = {{"collection", counter.collection}, {"id", counter.id}, {"n", counter.n}};
  if (counter.version > 0) json["version"] = counter.version;
  return json;
}

ExitCode create(const CounterArguments& arguments, Context& context) {
  return with_client(
      context,
      [&](client::Client& client) {
        return client.create_counter(arguments.collection, arguments.id, arguments.n,
                                     arguments.options);
      },
      [&](const client::Created& created) {
        if (context.output.json()) {
          Json json = json_of(created.counter);
          json["created"] = created.created;
          context.output.document(json);
          return;
        }
        context.output.line(created.counter.id);
        if (!created.created) {
          context.output.note(name_of(created.counter) + " was there already, at " +
                              std::to_string(created.counter.n));
        }
      });
}

ExitCode add(const CounterArguments& arguments, Context& context) {
  return with_client(
      context,
      [&](client::Client& client) {
        return client.add(arguments.collection, arguments.id, arguments.n, arguments.options);
      },
      [&](const client::Added& added) {
        if (context.output.json()) {
          context.output.document({{"collection", arguments.collection},
                                   {"id", arguments.id},
                                   {"n", added.n},
                                   {"applied", added.applied},
                                   {"version", added.version},
                                   {"replayed", added.replayed}});
          return;
        }
        context.output.line(std::to_string(added.n));
        if (added.applied != arguments.n) {
          context.output.note("applied " + std::to_string(added.applied) + " of " +
                              std::to_string(arguments.n) + ": the counter is at its bound");
        }
      });
}

void show_counter(Context& context, const client::CounterState& counter) {
  if (context.output.json()) {
    context.output.document(json_of(counter));
  } else {
    context.output.line(std::to_string(counter.n));
  }
}

ExitCode get(const CounterArguments& arguments, Context& context) {
  return with_client(
      context,
      [&](client::Client& client) {
        return client.get(arguments.collection, arguments.id, arguments.stale);
      },
      [&](const client::CounterState& counter) { show_counter(context, counter); });
}

ExitCode reset(const CounterArguments& arguments, Context& context) {
  return with_client(
      context,
      [&](client::Client& client) {
        return client.reset(arguments.collection, arguments.id, arguments.options);
      },
      [&](const client::CounterState& counter) { show_counter(context, counter); });
}

ExitCode remove(const CounterArguments& arguments, Context& context) {
  return with_client(
      context,
      [&](client::Client& client) {
        return client.remove(arguments.collection, arguments.id, arguments.options);
      },
      [&](bool removed) {
        std::string name = arguments.collection + "/" + arguments.id;
        if (context.output.json()) {
          context.output.document(
              {{"collection", arguments.collection}, {"id", arguments.id}, {"deleted", removed}});
        } else {
          context.output.line(removed ? "deleted " + name : "there was no " + name);
        }
      });
}

void show_page(Context& context, const client::CounterPage& page, std::size_t count, bool first) {
  Table table{.right = {false, true, true}};
  if (first) table.columns = {"COUNTER", "N", "VERSION"};
  for (std::size_t i = 0; i < count; ++i) {
    const client::CounterState& counter = page.counters[i];
    if (context.output.json()) {
      context.output.document(json_of(counter));
    } else {
      table.rows.push_back(
          {name_of(counter), std::to_string(counter.n), std::to_string(counter.version)});
    }
  }
  if (!context.output.json()) context.output.table(table);
}

ExitCode list(const CounterArguments& arguments, Context& context) {
  std::string cursor;
  return with_pages(
      context, arguments.limit == 0 ? SIZE_MAX : arguments.limit, cursor,
      [&](client::Client& client, std::size_t limit, const std::string& from) {
        return client.list(arguments.collection, limit, from);
      },
      [&, first = true](const client::CounterPage& page, std::size_t left) mutable {
        const std::size_t count = std::min(left, page.counters.size());
        show_page(context, page, count, std::exchange(first, false));
        return count;
      });
}

void add_names(CLI::App& command, CounterArguments& arguments, bool id_required = true) {
  command.add_option("collection", arguments.collection, "Letters, digits and _")->required();
  auto id = command.add_option("id", arguments.id, "Letters, digits and _.-");
  if (id_required) id->required();
}

void add_key(CLI::App& command, CounterArguments& arguments) {
  command
      .add_option("--idempotency-key", arguments.options.idempotency_key,
                  "Finish an earlier call with this key, instead of a fresh one")
      ->type_name("KEY");
}

void add_version(CLI::App& command, CounterArguments& arguments) {
  command
      .add_option("--if-version", arguments.options.if_version,
                  "Only when the counter has this version")
      ->check(is_integer);
}

void add_bounds(CLI::App& command, CounterArguments& arguments) {
  using client::OnLimit;
  using client::TtlMode;
  client::CounterOptions& options = arguments.options;
  command.add_option("--min", options.min, "The counter never goes below")->check(is_integer);
  command.add_option("--max", options.max, "The counter never goes above")->check(is_integer);
  command
      .add_option_function<std::string>(
          "--on-limit",
          [&options](const std::string& word) {
            options.on_limit = word == "reject" ? OnLimit::reject : OnLimit::saturate;
          },
          "At a bound: reject the call, or saturate")
      ->check(CLI::IsMember({"reject", "saturate"}));
  command.add_option("--ttl", options.ttl_s, "Delete it after so many seconds")
      ->check(is_integer)
      ->type_name("SECONDS");
  command
      .add_option_function<std::string>(
          "--ttl-mode",
          [&options](const std::string& word) {
            options.ttl_mode = word == "set"       ? TtlMode::set
                               : word == "if-none" ? TtlMode::if_none
                                                   : TtlMode::keep;
          },
          "What --ttl does to a counter that has one")
      ->check(CLI::IsMember({"set", "if-none", "keep"}));
}

void add_changes(CLI::App& group, Context& context) {
  {
    auto [command, arguments] = add_action(
        group, context, "create", "Create a counter, under a made-up id unless one is given",
        {"dcount counter create views", "dcount counter create views home --n 100 --max 1000"},
        create);
    arguments.n = 0;
    add_names(command, arguments, false);
    command.add_option("--n", arguments.n, "Where it begins")
        ->check(is_integer)
        ->capture_default_str();
    add_bounds(command, arguments);
    add_key(command, arguments);
  }
  {
    auto [command, arguments] =
        add_action(group, context, "add", "Add to a counter; prints what it is then",
                   {"dcount counter add views home", "dcount counter add views home 5 --create",
                    "dcount counter add stock apples -3 --min 0"},
                   add);
    add_names(command, arguments);
    command.add_option("n,--n", arguments.n, "How much; may be negative")
        ->check(is_integer)
        ->capture_default_str();
    command.add_flag("--create", arguments.options.create, "Create it at 0 first, when missing");
    add_bounds(command, arguments);
    add_version(command, arguments);
    add_key(command, arguments);
  }
  {
    auto [command, arguments] = add_action(group, context, "reset", "Set a counter to 0",
                                           {"dcount counter reset views home"}, reset);
    add_names(command, arguments);
    add_version(command, arguments);
    add_key(command, arguments);
  }
  {
    auto [command, arguments] = add_action(group, context, "delete", "Delete a counter",
                                           {"dcount counter delete views home"}, remove);
    add_names(command, arguments);
    add_version(command, arguments);
    add_key(command, arguments);
  }
}

void add_queries(CLI::App& group, Context& context) {
  {
    auto [command, arguments] =
        add_action(group, context, "get", "Print a counter",
                   {"dcount counter get views home", "dcount counter get views home --json"}, get);
    add_names(command, arguments);
    command.add_flag("--stale", arguments.stale,
                     "From the server's memory, without asking whether that is the latest");
  }
  {
    auto [command, arguments] =
        add_action(group, context, "list", "List counters with their values",
                   {"dcount counter list views", "dcount counter list --json --limit 10"}, list);
    command.add_option("collection", arguments.collection, "Only this one");
    command.add_option("--limit", arguments.limit, "How many at most [all]")->check(is_integer);
  }
}

}  // namespace

void add_counter(CLI::App& app, Context& context) {
  CLI::App& group = add_command(app, "counter", "Create, change and read counters",
                                {"dcount counter add views home 5 --create"});
  add_changes(group, context);
  add_queries(group, context);
}

}  // namespace dcount::cli
