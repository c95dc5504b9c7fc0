// `dcount package add|get|list|show|remove|usage`.
#include "cli/package_command.h"

#include <algorithm>
#include <cstdint>

#include "cli/package_add.h"
#include "cli/package_get.h"
#include "cli/paging.h"
#include "cli/progress.h"
#include "cli/time_text.h"

namespace dcount::cli {
namespace {

struct PackageArguments {
  std::string pkgid;
  std::string key;
  PageWish pages;
};

void show_packages(Context& context, const std::vector<client::PackageInfo>& packages) {
  if (!context.output.json()) {
    Table table{.columns = {"PKGID", "SIZE", "ADDED", "EXPIRES", "ON"},
                .right = {false, true, false, false, false}};
    for (const client::PackageInfo& package : packages) {
      std::string holders;
      for (const std::string& name : package.holders) {
        holders += (holders.empty() ? "" : " ") + name;
      }
      table.rows.push_back({package.pkgid, human_bytes(package.bytes), time_text(package.when_s),
                            package.expire_s == 0 ? "never" : time_text(package.expire_s),
                            holders});
    }
    return context.output.table(table);
  }
  for (const client::PackageInfo& package : packages) {
    context.output.document({{"pkgid", package.pkgid},
                             {"bytes", package.bytes},
                             {"sha256", package.sha256},
                             {"when", package.when_s},
                             {"expire", package.expire_s},
                             {"replicas", package.replicas},
                             {"holders", package.holders}});
  }
}

ExitCode list_packages(const PackageArguments& arguments, Context& context) {
  std::string cursor = arguments.pages.cursor;
  std::vector<client::PackageInfo> packages;
  const ExitCode code = with_pages(
      context, arguments.pages.at_most(), cursor,
      [&](client::Client& client, std::size_t limit, const std::string& from) {
        return client.list_packages(limit, from);
      },
      [&](const client::PackagePage& page, std::size_t left) {
        packages.insert(packages.end(), page.packages.begin(), page.packages.end());
        return std::min(left, page.packages.size());
      });
  if (code != ExitCode::ok) return code;
  show_packages(context, packages);
  note_more(context, cursor);
  return code;
}

ExitCode show_package(const PackageArguments& arguments, Context& context) {
  return with_client(
      context, [&](client::Client& client) { return client.package_meta(arguments.pkgid); },
      [&](const std::string& meta) {
        const Json document = Json::parse(meta, nullptr, false);
        if (context.output.json() || document.is_discarded()) return context.output.line(meta);
        context.output.line(document.dump(2, ' ', false, Json::error_handler_t::replace));
      });
}

ExitCode remove_package(const PackageArguments& arguments, Context& context) {
  return with_client(
      context,
      [&](client::Client& client) { return client.remove_package(arguments.pkgid, arguments.key); },
      [&](bool removed) {
        if (context.output.json()) {
          context.output.document({{"pkgid", arguments.pkgid}, {"removed", removed}});
        } else {
          context.output.line((removed ? "removed " : "there was no ") + arguments.pkgid);
        }
      });
}

nlohmann::json number_or_null(const std::optional<std::int64_t>& number) {
  return number ? nlohmann::json(*number) : nlohmann::json();
}

ExitCode show_usage(const PackageArguments&, Context& context) {
  return with_client(
      context, [](client::Client& client) { return client.package_usage(); },
      [&](const client::PackageUsage& usage) {
        if (context.output.json()) {
          return context.output.document({{"key", usage.key},
                                          {"packages", usage.packages},
                                          {"bytes", usage.bytes},
                                          {"quota_packages", number_or_null(usage.quota_packages)},
                                          {"quota_bytes", number_or_null(usage.quota_bytes)}});
        }
        const auto bytes = [](std::int64_t count) {
          return human_bytes(static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0)));
        };
        context.output.table(
            {.columns = {"OF KEY " + usage.key, "USED", "QUOTA"},
             .rows = {{"packages", std::to_string(usage.packages),
                       usage.quota_packages ? std::to_string(*usage.quota_packages) : "none"},
                      {"size", bytes(usage.bytes),
                       usage.quota_bytes ? bytes(*usage.quota_bytes) : "none"}},
             .right = {false, true, true}});
      });
}

void add_listing(CLI::App& group, Context& context) {
  auto [command, arguments] =
      add_action(group, context, "list", "List the packages of the key",
                 {"dcount package list --all", "dcount package list --json"}, list_packages);
  add_page_options(command, arguments.pages);
}

}  // namespace

void add_package(CLI::App& app, Context& context) {
  CLI::App& group = add_command(app, "package", "Small archives, kept on several servers",
                                {"dcount package add ./model --expire 7d"});
  add_package_adding(group, context);
  add_package_getting(group, context);
  add_listing(group, context);
  {
    auto [command, arguments] = add_action(
        group, context, "show", "Print a package's meta.json, as the server completed it",
        {"dcount package show 5e0c…"}, show_package);
    command.add_option("pkgid", arguments.pkgid, "Which one")->required()->check(is_given);
  }
  {
    auto [command, arguments] = add_action(group, context, "remove", "Remove a package everywhere",
                                           {"dcount package remove 5e0c…"}, remove_package);
    command.add_option("pkgid", arguments.pkgid, "Which one")->required()->check(is_given);
    command
        .add_option("--idempotency-key", arguments.key,
                    "To finish a removal whose outcome is unknown: the key it printed")
        ->type_name("KEY");
  }
  add_action(group, context, "usage", "Print what the key has stored, and its quotas",
             {"dcount package usage"}, show_usage);
}

}  // namespace dcount::cli
