#include "cli/package_add.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <memory>
#include <sstream>

#include "cli/package_pack.h"
#include "cli/package_rules.h"
#include "cli/progress.h"
#include "cli/temporary_file.h"
#include "client/content_digest.h"

namespace dcount::cli {
namespace {

struct AddingArguments {
  std::string path;
  std::string expire;
  std::string meta;
  std::string key;
  bool unchecked = false;
};

/// What is sent: a file of the user's, or a packed directory.
struct Outgoing {
  std::unique_ptr<TemporaryFile> packed;  ///< null: the user's
  std::string path;
  std::string sha256;
  std::uint64_t bytes = 0;
};

client::ClientError local_error(std::string detail) {
  return {.kind = client::ErrorKind::local, .detail = std::move(detail)};
}

client::Result<std::optional<std::string>> meta_for(const AddingArguments& arguments,
                                                    const PackageTree& tree) {
  std::optional<std::string> more;
  if (!arguments.meta.empty()) {
    std::ifstream file(arguments.meta, std::ios::binary);
    std::ostringstream text;
    if (file) text << file.rdbuf();
    if (!file) return local_error("cannot read " + arguments.meta + ": " + std::strerror(errno));
    more = text.str();
  }
  std::optional<std::int64_t> expire_s;
  if (!arguments.expire.empty()) {
    const auto time = parse_expire(arguments.expire, std::time(nullptr));
    if (!time) return time.error();
    expire_s = *time;
  }
  return merged_meta(tree.meta_json, more, expire_s);
}

client::Result<Outgoing> pack_directory(const AddingArguments& arguments, const Context& context) {
  const auto tree = read_package_tree(arguments.path);
  if (!tree) return tree.error();
  const auto meta = meta_for(arguments, *tree);
  if (!meta) return meta.error();
  auto file = TemporaryFile::make();
  if (!file) return file.error();
  Progress progress(shows_progress(context), "pack", tree->bytes, ProgressUnit::bytes);
  const auto packed = pack_tree(*tree, *meta, (*file)->fd(), [&](std::uint64_t bytes) {
    progress.at(bytes);
    return true;
  });
  if (!packed) return packed.error();
  Outgoing archive{.packed = std::move(*file), .sha256 = packed->sha256, .bytes = packed->bytes};
  archive.path = archive.packed->path();
  return archive;
}

client::Result<Outgoing> open_archive(const AddingArguments& arguments) {
  auto sha256 = client::digest_of_file(arguments.path);
  if (!sha256) return sha256.error();
  struct stat info {};
  if (::stat(arguments.path.c_str(), &info) != 0) {
    return local_error("cannot read " + arguments.path + ": " + std::strerror(errno));
  }
  return Outgoing{.path = arguments.path,
                  .sha256 = std::move(*sha256),
                  .bytes = static_cast<std::uint64_t>(info.st_size)};
}

std::optional<client::ClientError> refusal_of(const Outgoing& archive) {
  const int fd = ::open(archive.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return local_error("cannot read " + archive.path + ": " + std::strerror(errno));
  auto wrong = check_package(fd, archive.bytes);
  ::close(fd);
  return wrong;
}

void show_added(Context& context, const client::AddedPackage& added) {
  if (!context.output.json()) return context.output.line(added.pkgid);
  context.output.document({{"pkgid", added.pkgid},
                           {"replicas", added.replicas},
                           {"sha256", added.sha256},
                           {"bytes", added.bytes},
                           {"replayed", added.replayed}});
}

ExitCode run_adding(const AddingArguments& arguments, Context& context) {
  auto options = context.client_options();
  if (!options) return fail(context, options.error());
  struct stat info {};
  const bool is_directory = ::stat(arguments.path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
  if (!is_directory && !(arguments.expire.empty() && arguments.meta.empty())) {
    return context.output.fail(ExitCode::usage,
                               "--expire and --meta are for directories; an archive has its own "
                               "meta.json");
  }
  auto archive = is_directory ? pack_directory(arguments, context) : open_archive(arguments);
  if (!archive) return fail(context, archive.error());
  if (!arguments.unchecked) {
    if (auto wrong = refusal_of(*archive)) return fail(context, *wrong);
  }
  client::Client client(*options);
  const auto added = [&] {
    Progress progress(shows_progress(context), "send", archive->bytes, ProgressUnit::bytes);
    client::AddPackageOptions adding{.sha256 = archive->sha256, .idempotency_key = arguments.key};
    adding.watcher = [&](std::uint64_t bytes, std::uint64_t) {
      progress.at(bytes);
      return true;
    };
    return client.add_package(archive->path, adding);
  }();
  if (!added) return fail(context, added.error());
  show_added(context, *added);
  return ExitCode::ok;
}

}  // namespace

void add_package_adding(CLI::App& group, Context& context) {
  auto [command, arguments] =
      add_action(group, context, "add", "Send a directory or a tar.xz; prints the package's id",
                 {"dcount package add ./model --expire 7d", "dcount package add model.tar.xz",
                  "dcount package add ./model --meta meta.json --expire 2027-01-01"},
                 run_adding);
  command.add_option("path", arguments.path, "A directory, which is packed, or a tar.xz")
      ->required()
      ->check(is_given);
  command
      .add_option("--expire", arguments.expire,
                  "When it may be removed: a date, 3600s, 12h, 7d from now, Unix seconds; 0: never")
      ->type_name("TIME");
  command.add_option("--meta", arguments.meta, "Fields for the package's meta.json, a JSON object")
      ->type_name("FILE");
  command
      .add_option("--idempotency-key", arguments.key,
                  "To finish an addition whose outcome is unknown: the key it printed")
      ->type_name("KEY");
  command.add_flag("--unchecked", arguments.unchecked, "Leave checking the archive to the server");
}

}  // namespace dcount::cli
