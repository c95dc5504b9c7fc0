// `dcount key create|list|revoke`: API keys, at a server, or the first one without a server.
#include "cli/key_command.h"

#include <charconv>
#include <ctime>

#include "cli/paging.h"
#include "cli/server_command.h"
#include "server/api/bad_request.h"
#include "server/api/first_key.h"
#include "server/api/keys.h"

namespace dcount::cli {
namespace {

struct CreateArguments {
  client::KeyWish wish;
  bool admin = false;
  std::string rate;
  std::string data;
  std::string store;
  api::EtcdSettings etcd;
  std::string etcd_password_file;
};

struct RevokeArguments {
  std::string id;
};

/// "60" or "60/min"
std::optional<std::int64_t> rate_of(std::string_view text) {
  if (text.ends_with("/min")) text.remove_suffix(4);
  std::int64_t rate = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || rate < 1 || rate > api::key_rate_per_minute_max) return std::nullopt;
  return rate;
}

const CLI::Validator is_rate(
    [](std::string& text) {
      return rate_of(text) ? std::string() : "'" + text + "' is not a rate like 60/min";
    },
    "");

/// As the wire has it; the same checks for both ways.
client::KeyWish wish_of(const CreateArguments& arguments) {
  client::KeyWish wish = arguments.wish;
  if (arguments.admin) wish.scopes.emplace_back("admin");
  if (!arguments.rate.empty()) wish.rate_per_minute = rate_of(arguments.rate);
  return wish;
}

void show(Context& context, const std::string& id, const std::string& name,
          const std::string& key) {
  if (context.output.json()) {
    context.output.document({{"id", id}, {"name", name}, {"key", key}});
    return;
  }
  context.output.line(key);
  context.output.note("the key of " + name + ", whose id is " + id +
                      ". It is not shown again: keep it in a file only you can read");
}

ExitCode create_offline(const CreateArguments& arguments, const client::KeyWish& wish,
                        Context& context) {
  Json body{{"name", wish.name}, {"scopes", wish.scopes}, {"prefixes", wish.prefixes}};
  if (wish.quota_bytes) body["quota_bytes"] = *wish.quota_bytes;
  if (wish.quota_packages) body["quota_packages"] = *wish.quota_packages;
  if (wish.rate_per_minute) body["rate_per_minute"] = *wish.rate_per_minute;
  core::KeyTraits traits;
  try {
    traits = api::key_input(nlohmann::json(body));
  } catch (const api::BadRequest& bad) {
    return context.output.fail(ExitCode::error, bad.what());
  }
  api::ServerSettings settings;
  settings.data_directory = arguments.data;
  if (!arguments.store.empty()) settings.store = arguments.store;
  settings.etcd = arguments.etcd;
  if (settings.store == "rocks" && settings.data_directory.empty()) {
    return context.output.fail(ExitCode::usage, "say where the data is: --data DIR");
  }
  if (auto wrong = read_etcd_password(arguments.etcd_password_file, settings.etcd.password);
      !wrong.empty()) {
    return context.output.fail(ExitCode::usage, wrong);
  }
  const auto made = api::make_key_offline(std::move(settings), std::move(traits));
  if (!made) {
    const bool unknown = made.error().certainty == Certainty::unknown;
    return context.output.fail(unknown ? ExitCode::unknown : ExitCode::error, made.error().message);
  }
  show(context, made->id, wish.name, made->text);
  return ExitCode::ok;
}

ExitCode create(const CreateArguments& arguments, Context& context) {
  const client::KeyWish wish = wish_of(arguments);
  if (wish.scopes.empty()) {
    return context.output.fail(ExitCode::usage,
                               "say what the key is for: --scope read,write,packages or --admin");
  }
  if (!arguments.data.empty() || !arguments.store.empty()) {
    return create_offline(arguments, wish, context);
  }
  auto options = context.client_options();
  if (!options) return fail(context, options.error());
  const auto created = client::Client(*options).create_key(wish);
  if (!created) return fail(context, created.error());
  if (created->replayed) {
    return context.output.fail(
        ExitCode::error,
        "the key was made, but the answer that had it was lost: 'dcount key revoke " + created->id +
            "', and make another one");
  }
  show(context, created->id, wish.name, created->key);
  return ExitCode::ok;
}

std::string joined_words(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) (text += text.empty() ? "" : ",") += word;
  return text;
}

std::string day_and_time(std::int64_t unix_s) {
  const std::time_t time = unix_s;
  std::tm parts{};
  char text[32];
  if (unix_s <= 0 || gmtime_r(&time, &parts) == nullptr) return "";
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%SZ", &parts)};
}

ExitCode list(const PageWish& wish, Context& context) {
  const auto number = [](const std::optional<std::int64_t>& it) {
    return it ? std::to_string(*it) : std::string("-");
  };
  Table table{
      .columns = {"ID", "NAME", "SCOPES", "PREFIXES", "BYTES", "PACKAGES", "RATE", "CREATED"},
      .right = {false, false, false, false, true, true, true, false}};
  std::string cursor = wish.cursor;
  const ExitCode code = with_pages(
      context, wish.at_most(), cursor,
      [](client::Client& client, std::size_t limit, const std::string& from) {
        return client.list_keys(limit, from);
      },
      [&](const client::KeyPage& page, std::size_t left) {
        for (const client::ListedKey& key : page.keys) {
          if (context.output.json()) {
            context.output.line(key.document);
            continue;
          }
          const client::KeyWish& traits = key.traits;
          table.rows.push_back({key.id, traits.name, joined_words(traits.scopes),
                                joined_words(traits.prefixes), number(traits.quota_bytes),
                                number(traits.quota_packages), number(traits.rate_per_minute),
                                day_and_time(key.created_s)});
        }
        return std::min(left, page.keys.size());
      });
  if (code != ExitCode::ok) return code;
  if (!context.output.json()) context.output.table(table);
  note_more(context, cursor);
  return code;
}

ExitCode revoke(const RevokeArguments& arguments, Context& context) {
  auto options = context.client_options();
  if (!options) return fail(context, options.error());
  const auto revoked = client::Client(*options).revoke_key(arguments.id);
  if (!revoked) return fail(context, revoked.error());
  if (!*revoked) {
    return context.output.fail(ExitCode::not_found, "there is no key with the id " + arguments.id);
  }
  if (context.output.json()) {
    context.output.document({{"id", arguments.id}, {"revoked", true}});
  } else {
    context.output.line("revoked " + arguments.id);
  }
  return ExitCode::ok;
}

void add_creation(CLI::App& group, Context& context) {
  auto [command, arguments] = add_action(
      group, context, "create", "Make a key and print it, this once",
      {"dcount key create ops --admin", "dcount key create shop --scope read,write --prefix shop_",
       "dcount key create backup --scope packages --quota-bytes 1000000000 --rate 600/min",
       "dcount key create first --admin --data /var/lib/dcount"},
      create);
  client::KeyWish& wish = arguments.wish;
  command.add_option("name", wish.name, "What people call it")->required()->check(is_given);
  command.add_flag("--admin", arguments.admin, "It may do everything");
  command
      .add_option("--scope", wish.scopes,
                  "What it may do: read, write, packages, admin (again, or with commas, for more)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"read", "write", "packages", "admin"}))
      ->type_name("SCOPE");
  command
      .add_option("--prefix", wish.prefixes,
                  "Only collections, sequences and tenants that begin so (again for more)")
      ->allow_extra_args(false)
      ->type_name("PREFIX");
  const auto quota = [&command](const char* name, std::optional<std::int64_t>& into,
                                const char* help) {
    command.add_option(name, into, help)
        ->check(is_integer)
        ->check(CLI::NonNegativeNumber)
        ->type_name("N");
  };
  quota("--quota-bytes", wish.quota_bytes, "How long its packages may be together");
  quota("--quota-packages", wish.quota_packages, "How many packages it may have");
  command.add_option("--rate", arguments.rate, "How many requests it may make, at each server")
      ->check(is_rate)
      ->type_name("N/min");
  command
      .add_option("--data", arguments.data,
                  "Make it in this directory's store, with no server running: the first key")
      ->type_name("DIR");
  command
      .add_option("--store", arguments.store,
                  "Make it in this cluster's etcd, etcd://host:port[,host:port…][/prefix]")
      ->type_name("URL");
  add_etcd_options(command, context, arguments.etcd, arguments.etcd_password_file);
}

}  // namespace

void add_key(CLI::App& app, Context& context) {
  CLI::App& group = add_command(app, "key", "API keys", {"dcount key create ops --admin"});
  add_creation(group, context);
  {
    auto [command, arguments] =
        add_action(group, context, "list", "List them, without their secrets",
                   {"dcount key list", "dcount key list --all --json"}, list);
    add_page_options(command, arguments);
  }
  {
    auto [command, arguments] = add_action(group, context, "revoke", "End one, for good",
                                           {"dcount key revoke 0123456789abcdef"}, revoke);
    command.add_option("id", arguments.id, "As create and list show it")
        ->required()
        ->check(is_given);
  }
}

}  // namespace dcount::cli
