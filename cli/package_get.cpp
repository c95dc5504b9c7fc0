#include "cli/package_get.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "cli/interruption.h"
#include "cli/package_add.h"
#include "cli/package_unpack.h"
#include "cli/progress.h"
#include "cli/temporary_file.h"

namespace dcount::cli {
namespace {

struct GettingArguments {
  std::string pkgid;
  std::string file;  ///< "-": standard output; empty: <pkgid>.tar.xz, or none with --unpack
  std::string directory;
  std::vector<std::string> need;
};

using Got = client::Result<client::GotPackage>;

bool writes_file(const GettingArguments& arguments) {
  return !arguments.file.empty() && arguments.file != "-";
}

/// A bar, from when the server has said how long the package is.
class GetProgress {
 public:
  explicit GetProgress(bool visible) : visible_(visible) {}
  client::TransferWatcher watcher() {
    return [this](std::uint64_t bytes, std::uint64_t total) {
      if (!bar_) bar_ = std::make_unique<Progress>(visible_, "get", total, ProgressUnit::bytes);
      bar_->at(bytes);
      return true;
    };
  }

 private:
  bool visible_;
  std::unique_ptr<Progress> bar_;
};

/// Into a file with a name, or to standard output.
Got download(const GettingArguments& arguments, Context& context, client::Client& client) {
  GetProgress progress(shows_progress(context));
  const client::GetPackageOptions options{.need = arguments.need, .watcher = progress.watcher()};
  if (writes_file(arguments)) return client.get_package(arguments.pkgid, arguments.file, options);
  const client::Sink sink = [&](std::string_view piece) {
    context.output.text(piece);
    return context.output.good();
  };
  return client.get_package(arguments.pkgid, sink, options);
}

/// Into a file without one.
Got download_into(const TemporaryFile& file, const GettingArguments& arguments, Context& context,
                  client::Client& client) {
  int error = 0;
  GetProgress progress(shows_progress(context));
  const client::GetPackageOptions options{.need = arguments.need, .watcher = progress.watcher()};
  const client::Sink sink = [&](std::string_view piece) {
    while (!piece.empty()) {
      const auto written = ::write(file.fd(), piece.data(), piece.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) {
        error = errno;
        return false;
      }
      piece.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  };
  Got got = client.get_package(arguments.pkgid, sink, options);
  if (error == 0) return got;
  return client::ClientError{
      .kind = client::ErrorKind::local,
      .detail = std::string("cannot write the temporary file (TMPDIR says where): ") +
                std::strerror(error)};
}

void show_got(Context& context, const GettingArguments& arguments, const client::GotPackage& got,
              const Unpacked* unpacked) {
  if (arguments.file == "-") return;
  if (context.output.json()) {
    Json document = {{"pkgid", arguments.pkgid}, {"bytes", got.bytes}, {"sha256", got.sha256}};
    if (!arguments.file.empty()) document["file"] = arguments.file;
    if (unpacked != nullptr) document["directory"] = arguments.directory;
    if (unpacked != nullptr) document["entries"] = unpacked->entries;
    return context.output.document(document);
  }
  context.output.line(human_bytes(got.bytes) + " written to " +
                      (unpacked != nullptr ? arguments.directory : arguments.file));
}

ExitCode unpack_from(int fd, const GettingArguments& arguments, Context& context,
                     const client::GotPackage& got) {
  GracefulInterruption graceful;  // what is half unpacked is removed
  const auto unpacked = [&] {
    Progress progress(shows_progress(context), "unpack", 0, ProgressUnit::bytes);
    return unpack(fd, arguments.directory, [&](std::uint64_t bytes) {
      progress.at(bytes);
      return !interrupted();
    });
  }();
  if (!unpacked && interrupted()) {
    return context.output.fail(ExitCode::interrupted, "interrupted");
  }
  if (!unpacked) return fail(context, unpacked.error());
  show_got(context, arguments, got, &*unpacked);
  return ExitCode::ok;
}

ExitCode get_and_unpack(const GettingArguments& arguments, Context& context,
                        client::Client& client) {
  if (auto wrong = check_unpack_target(arguments.directory)) return fail(context, *wrong);
  if (writes_file(arguments)) {
    const Got got = download(arguments, context, client);
    if (!got) return fail(context, got.error());
    const int fd = ::open(arguments.file.c_str(), O_RDONLY | O_CLOEXEC);
    const ExitCode code = unpack_from(fd, arguments, context, *got);
    if (fd >= 0) ::close(fd);
    return code;
  }
  auto file = TemporaryFile::make();
  if (!file) return fail(context, file.error());
  const Got got = download_into(**file, arguments, context, client);
  if (!got) return fail(context, got.error());
  return unpack_from((*file)->fd(), arguments, context, *got);
}

ExitCode run_getting(const GettingArguments& given, Context& context) {
  GettingArguments arguments = given;
  const bool unpacks = !arguments.directory.empty();
  if (arguments.file == "-" && unpacks) {
    return context.output.fail(ExitCode::usage, "--unpack and -o - exclude each other");
  }
  if (arguments.file == "-" && context.output.out_is_terminal()) {
    return context.output.fail(ExitCode::usage, "an archive is nothing for a terminal: -o FILE");
  }
  // It becomes a part of a file's name.
  if (arguments.pkgid.find('/') != std::string::npos) {
    return context.output.fail(ExitCode::usage, "'" + arguments.pkgid + "' is no package's id");
  }
  if (arguments.file.empty() && !unpacks) arguments.file = arguments.pkgid + ".tar.xz";
  auto options = context.client_options();
  if (!options) return fail(context, options.error());
  client::Client client(*options);
  if (unpacks) return get_and_unpack(arguments, context, client);
  const Got got = download(arguments, context, client);
  if (!got && arguments.file == "-" && !context.output.good()) return ExitCode::error;
  if (!got) return fail(context, got.error());
  show_got(context, arguments, *got, nullptr);
  return ExitCode::ok;
}

}  // namespace

void add_package_getting(CLI::App& group, Context& context) {
  auto [command, arguments] = add_action(
      group, context, "get", "Fetch a package; what was broken off goes on, its digest is checked",
      {"dcount package get 5e0c… -o model.tar.xz", "dcount package get 5e0c… --unpack ./model",
       "dcount package get 5e0c… -o - | tar tJ"},
      run_getting);
  command.add_option("pkgid", arguments.pkgid, "Which one")->required()->check(is_given);
  command
      .add_option("-o,--output", arguments.file, "Where to (<pkgid>.tar.xz); - is standard output")
      ->type_name("FILE");
  command
      .add_option("--unpack", arguments.directory,
                  "A directory to unpack it into: a new one, or an empty one")
      ->type_name("DIR");
  command.add_option("--need", arguments.need, "Only if its meta.json has these fields: a,b")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("FIELDS");
}

}  // namespace dcount::cli
