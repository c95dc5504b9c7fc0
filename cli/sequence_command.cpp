// `dcount sequence next|create|show|list|delete`, and the group itself.
#include "cli/sequence_command.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "cli/paging.h"
#include "cli/reservation_command.h"

namespace dcount::cli {
namespace {

struct SequenceArguments {
  std::string name;
  std::int64_t count = 1;
  std::size_t limit = 0;  ///< 0: all
  client::SequenceDefinition definition;
  std::string key;
};

Json json_of(const client::SequenceState& sequence) {
  Json json = {{"name", sequence.name},   {"mode", client::name(sequence.mode)},
               {"start", sequence.start}, {"increment", sequence.increment},
               {"min", sequence.min},     {"max", sequence.max},
               {"cycle", sequence.cycle}, {"next", sequence.next ? Json(*sequence.next) : Json()},
               {"wraps", sequence.wraps}, {"version", sequence.version}};
  if (sequence.cache) json["cache"] = *sequence.cache;
  if (sequence.gap_max) json["gap_max"] = *sequence.gap_max;
  if (sequence.reserved) json["reserved"] = *sequence.reserved;
  if (sequence.free) json["free"] = *sequence.free;
  return json;
}

std::string text_of(const Json& value) {
  if (value.is_null()) return "exhausted";  // only `next` can be
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// A line for each member.
void show_sequence(Context& context, const client::SequenceState& sequence) {
  Json json = json_of(sequence);
  if (context.output.json()) return context.output.document(json);
  Table table;
  for (const auto& [name, value] : json.items()) table.rows.push_back({name, text_of(value)});
  context.output.table(table);
}

ExitCode next(const SequenceArguments& arguments, Context& context) {
  return with_client(
      context,
      [&](client::Client& client) {
        return client.draw(arguments.name, arguments.count, arguments.key);
      },
      [&](const client::Drawn& drawn) {
        if (context.output.json()) {
          context.output.document({{"name", arguments.name},
                                   {"numbers", drawn.numbers},
                                   {"wraps", drawn.wraps},
                                   {"version", drawn.version},
                                   {"replayed", drawn.replayed}});
          return;
        }
        for (std::int64_t number : drawn.numbers) context.output.line(std::to_string(number));
        if (drawn.wraps > 0) context.output.note(arguments.name + " has begun again");
      });
}

ExitCode create(const SequenceArguments& arguments, Context& context) {
  return with_client(
      context,
      [&](client::Client& client) {
        return client.define_sequence(arguments.name, arguments.definition, arguments.key);
      },
      [&](const client::DefinedSequence& defined) {
        if (context.output.json()) {
          Json json = json_of(defined.sequence);
          json["created"] = defined.created;
          context.output.document(json);
          return;
        }
        context.output.line(arguments.name);
        if (!defined.created) {
          context.output.note(arguments.name + " was there already, with this definition");
        }
      });
}

ExitCode show(const SequenceArguments& arguments, Context& context) {
  return with_client(
      context, [&](client::Client& client) { return client.get_sequence(arguments.name); },
      [&](const client::SequenceState& sequence) { show_sequence(context, sequence); });
}

ExitCode remove(const SequenceArguments& arguments, Context& context) {
  return with_client(
      context,
      [&](client::Client& client) { return client.remove_sequence(arguments.name, arguments.key); },
      [&](bool removed) {
        if (context.output.json()) {
          context.output.document({{"name", arguments.name}, {"deleted", removed}});
        } else {
          context.output.line((removed ? "deleted " : "there was no sequence ") + arguments.name);
        }
      });
}

void show_page(Context& context, const client::SequencePage& page, std::size_t count, bool first) {
  Table table{.right = {false, false, true, true, true, true}};
  if (first) table.columns = {"NAME", "MODE", "NEXT", "INCREMENT", "MIN", "MAX", "CYCLE"};
  for (std::size_t i = 0; i < count; ++i) {
    Json json = json_of(page.sequences[i]);
    if (context.output.json()) {
      context.output.document(json);
      continue;
    }
    auto& row = table.rows.emplace_back();
    for (const char* name : {"name", "mode", "next", "increment", "min", "max", "cycle"}) {
      row.push_back(text_of(json[name]));
    }
  }
  if (!context.output.json()) context.output.table(table);
}

ExitCode list(const SequenceArguments& arguments, Context& context) {
  std::string cursor;
  return with_pages(
      context, arguments.limit == 0 ? SIZE_MAX : arguments.limit, cursor,
      [](client::Client& client, std::size_t limit, const std::string& from) {
        return client.list_sequences(limit, from);
      },
      [&, first = true](const client::SequencePage& page, std::size_t left) mutable {
        const std::size_t count = std::min(left, page.sequences.size());
        show_page(context, page, count, std::exchange(first, false));
        return count;
      });
}

void add_name(CLI::App& command, SequenceArguments& arguments) {
  command.add_option("name", arguments.name, "Letters, digits and _.-")
      ->required()
      ->check(is_given);
}

void add_key(CLI::App& command, SequenceArguments& arguments) {
  command
      .add_option("--idempotency-key", arguments.key,
                  "Finish an earlier call with this key, instead of a fresh one")
      ->type_name("KEY");
}

void add_definition(CLI::App& command, client::SequenceDefinition& definition) {
  command.add_option("--start", definition.start, "The first number [--min, or --max going down]")
      ->check(is_integer);
  command.add_option("--increment", definition.increment, "From one to the next; may be negative")
      ->check(is_integer);
  command.add_option("--min", definition.min, "No number below")->check(is_integer);
  command.add_option("--max", definition.max, "No number above")->check(is_integer);
  command.add_flag_function(
      "--cycle", [&definition](std::int64_t count) { definition.cycle = count > 0; },
      "Begin again at the end of the range, instead of being exhausted");
  command
      .add_option_function<std::string>(
          "--mode",
          [&definition](const std::string& word) { definition.mode = client::sequence_mode(word); },
          "strict: each number after all before it. cached: servers hand out of blocks, fast and "
          "with gaps. gapless: numbers can be reserved and released")
      ->check(CLI::IsMember({"strict", "cached", "gapless"}));
  command.add_option("--cache", definition.cache, "cached: how many numbers a block has")
      ->check(is_integer);
}

void add_numbers(CLI::App& group, Context& context) {
  {
    auto [command, arguments] =
        add_action(group, context, "next", "Draw numbers, one a line",
                   {"dcount sequence next forward", "dcount sequence next jobs --count 5"}, next);
    add_name(command, arguments);
    command.add_option("--count", arguments.count, "How many, all or none")
        ->check(is_integer)
        ->capture_default_str();
    add_key(command, arguments);
  }
  {
    auto [command, arguments] = add_action(
        group, context, "create", "Define a sequence; again with the same definition is no error",
        {"dcount sequence create invoices --mode gapless",
         "dcount sequence create countdown --start 10 --increment -1 --min 0 --max 10"},
        create);
    add_name(command, arguments);
    add_definition(command, arguments.definition);
    add_key(command, arguments);
  }
  {
    auto [command, arguments] =
        add_action(group, context, "show", "Print how a sequence is defined and stands",
                   {"dcount sequence show invoices"}, show);
    add_name(command, arguments);
  }
  {
    auto [command, arguments] =
        add_action(group, context, "list", "List sequences",
                   {"dcount sequence list", "dcount sequence list --json"}, list);
    command.add_option("--limit", arguments.limit, "How many at most [all]")->check(is_integer);
  }
  {
    auto [command, arguments] = add_action(group, context, "delete", "Delete a sequence",
                                           {"dcount sequence delete invoices"}, remove);
    add_name(command, arguments);
    add_key(command, arguments);
  }
}

}  // namespace

void add_sequence(CLI::App& app, Context& context) {
  CLI::App& group = add_command(app, "sequence", "Draw numbers that are never handed out twice",
                                {"dcount sequence next forward --count 3"});
  add_numbers(group, context);
  add_reservations(group, context);
}

}  // namespace dcount::cli
