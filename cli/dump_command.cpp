// `dcount dump [FILE]` and `dcount restore FILE`: everything, as JSON lines.
#include "cli/dump_command.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "cli/interruption.h"
#include "cli/progress.h"

namespace dcount::cli {
namespace {

struct DumpOptions {
  std::string file = "-";
  bool force = false;
};

// For the signal handler, which can have no other way to it.
std::atomic<const char*> part_to_remove{nullptr};

/// An interrupted dump leaves nothing behind. Calls only what a signal handler may.
void remove_part_and_exit() {
  if (const char* part = part_to_remove.load()) ::unlink(part);
  ::_exit(static_cast<int>(ExitCode::interrupted));
}

/// Written beside the file it becomes: whoever finds the file finds all of it.
class PartFile {
 public:
  explicit PartFile(const std::string& path)
      : path_(path), part_(path + ".part"), interruption_(remove_part_and_exit) {
    part_to_remove = part_.c_str();
    fd_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile() {
    if (fd_ >= 0) ::close(fd_);
    if (fd_ >= 0 && !kept_) ::unlink(part_.c_str());
    part_to_remove = nullptr;
  }

  bool opened() const { return fd_ >= 0; }

  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      auto written = ::write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }

  /// Synced and under its name.
  bool keep() {
    kept_ = ::fsync(fd_) == 0 && std::rename(part_.c_str(), path_.c_str()) == 0;
    return kept_;
  }

 private:
  std::string path_;
  std::string part_;
  GracefulInterruption interruption_;
  int fd_ = -1;
  bool kept_ = false;
};

ExitCode cannot_write(Context& context, const std::string& file) {
  return context.output.fail(ExitCode::error, "cannot write " + file + ": " + std::strerror(errno));
}

ExitCode run_dump(const DumpOptions& options, Context& context) {
  auto client_options = context.client_options();
  if (!client_options) return fail(context, client_options.error());
  bool to_file = options.file != "-";
  std::unique_ptr<PartFile> file;
  if (to_file) file = std::make_unique<PartFile>(options.file);
  if (to_file && !file->opened()) return cannot_write(context, options.file);

  client::Client client(*client_options);
  bool written = true;
  bool visible = context.output.err_is_terminal() && !context.output.json() &&
                 (to_file || !context.output.out_is_terminal());
  client::Result<std::uint64_t> bytes = [&] {
    Progress progress(visible, "dump", 0, ProgressUnit::bytes);
    return client.dump([&](std::string_view piece) {
      if (to_file) {
        written = file->write(piece);
      } else {
        context.output.text(piece);
        written = context.output.good();
      }
      progress.add(piece.size());
      return written;
    });
  }();
  if (!written && to_file) return cannot_write(context, options.file);
  if (!written) return ExitCode::error;  // main says so
  if (!bytes) return fail(context, bytes.error());
  if (!to_file) return ExitCode::ok;
  if (!file->keep()) return cannot_write(context, options.file);
  if (context.output.json()) {
    context.output.document({{"file", options.file}, {"bytes", *bytes}});
  } else {
    context.output.line(human_bytes(*bytes) + " written to " + options.file);
  }
  return ExitCode::ok;
}

ExitCode run_restore(const DumpOptions& options, Context& context) {
  auto client_options = context.client_options();
  if (!client_options) return fail(context, client_options.error());
  std::error_code error;
  auto size = std::filesystem::file_size(options.file, error);
  if (error) {
    return context.output.fail(ExitCode::error, "cannot read " + options.file +
                                                    " (its length is sent first, so it must be a "
                                                    "file): " +
                                                    error.message());
  }
  client::Client client(*client_options);
  auto answer = [&] {
    Progress progress(context.output.err_is_terminal() && !context.output.json(), "restore", size,
                      ProgressUnit::bytes);
    return client.restore(options.file, options.force, [&](std::uint64_t sent) {
      progress.at(sent);
      return true;
    });
  }();
  if (!answer) {
    ExitCode code = fail(context, answer.error());
    if (answer.error().kind == client::ErrorKind::conflict && !options.force) {
      context.output.note("--force replaces all that the store has");
    }
    return code;
  }
  if (context.output.json()) {
    Json document = Json::parse(answer->body, nullptr, false);
    context.output.document(document.is_object() ? document : Json{{"bytes", size}});
  } else {
    context.output.line(human_bytes(size) + " restored from " + options.file);
  }
  return ExitCode::ok;
}

}  // namespace

void add_dump(CLI::App& app, Context& context) {
  auto options = std::make_shared<DumpOptions>();
  CLI::App& command = add_command(app, "dump", "Write everything as JSON lines, at one revision",
                                  {"dcount dump backup.jsonl", "dcount dump | gzip > backup.gz"});
  command.add_option("file", options->file, "Where to; - is standard output")
      ->capture_default_str();
  on_run(command, context, [options, &context] { return run_dump(*options, context); });

  auto restore = std::make_shared<DumpOptions>();
  CLI::App& second = add_command(app, "restore", "Read back what dump has written",
                                 {"dcount restore backup.jsonl"});
  second.add_option("file", restore->file, "A file that dump has written")->required();
  second.add_flag("--force", restore->force, "Replaces all that the store has");
  on_run(second, context, [restore, &context] { return run_restore(*restore, context); });
}

}  // namespace dcount::cli
