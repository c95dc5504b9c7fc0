#include "cli/item_load.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <future>

#include "cli/interruption.h"
#include "cli/item_input.h"
#include "cli/load_state.h"
#include "cli/progress.h"
#include "client/random.h"

namespace dcount::cli {
namespace {

struct InputFile {
  explicit InputFile(const std::string& path)
      : fd(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile() {
    if (fd > STDIN_FILENO) ::close(fd);
  }
  /// 0: not known.
  std::uint64_t size() const {
    struct stat info {};
    bool known = ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    return known ? static_cast<std::uint64_t>(info.st_size) : 0;
  }
  int fd;
};

client::ClientError local_error(std::string detail) {
  return {.kind = client::ErrorKind::local, .detail = std::move(detail)};
}

class ItemLoad {
 public:
  ItemLoad(const ItemLoadOptions& options, Context& context, const InputFile& file,
           const client::ClientOptions& client_options)
      : options_(options),
        context_(context),
        name_(options.from == "-" ? "standard input" : options.from),
        total_bytes_(file.size()),
        lines_(file.fd),
        input_(lines_, options.tenant, options.chunk),
        client_(client_options) {}

  ExitCode run() {
    start_ = std::chrono::steady_clock::now();
    began_ = begin();
    return began_ && pump() ? finished() : stopped();
  }

 private:
  struct Sent {
    InputPosition end;
    std::size_t items;
    std::future<client::Result<client::AddedItems>> answer;
  };

  bool begin();
  bool skip_what_is_in();
  bool pump();
  void send(ItemChunk chunk);
  void settle();
  void save();
  void fail_with(client::ClientError error) {
    if (!error_) error_ = std::move(error);
  }

  Json summary() const;
  ExitCode finished();
  ExitCode stopped();

  const ItemLoadOptions& options_;
  Context& context_;
  std::string name_;
  std::uint64_t total_bytes_;
  LineReader lines_;
  ItemInput input_;
  client::Client client_;
  std::optional<Sent> sent_;  ///< under way: one at a time, so that items keep their order
  LoadState state_;
  LoadState before_;  ///< as it was at the start of this run
  bool began_ = false;
  std::optional<client::ClientError> error_;
  std::chrono::steady_clock::time_point start_;
};

/// Finds out where to go on. False: not at all.
bool ItemLoad::begin() {
  LoadState fresh{
      .server = context_.options.server, .tenant = options_.tenant, .key = client::random_key()};
  state_ = fresh;
  if (options_.state.empty()) return true;
  auto read = read_load_state(options_.state);
  if (!read) {
    fail_with(read.error());
    return false;
  }
  state_ = read->value_or(fresh);
  bool same = state_.server == fresh.server && state_.tenant == fresh.tenant;
  if (!same || !skip_what_is_in()) {
    std::string what = same ? "another input" : "another server or tenant";
    if (!interrupted()) {
      fail_with(local_error(options_.state + " is the state of a load of " + what +
                            ". Without that file all is sent from the beginning, and what is there "
                            "already still counts once"));
    }
    return false;
  }
  before_ = state_;
  if (!*read) save();
  return !error_;
}

/// The lines that are in must be those of the run before, byte for byte.
bool ItemLoad::skip_what_is_in() {
  std::string_view line;
  while (lines_.position().bytes < state_.acknowledged.bytes) {
    if (lines_.next(line) != LineResult::line) return false;
  }
  return lines_.position() == state_.acknowledged;
}

/// Until the input ends or something stops it; false then. Reads a chunk while the one before is
/// under way.
bool ItemLoad::pump() {
  Progress progress(context_.output.err_is_terminal() && !context_.output.json(), name_,
                    total_bytes_, ProgressUnit::items);
  std::string wrong;
  bool ended = false;
  while (!error_) {
    ItemChunk chunk = input_.next(wrong);
    if (interrupted() || !wrong.empty()) break;
    ended = chunk.items.empty();
    if (ended) break;
    settle();
    if (!error_) send(std::move(chunk));
    progress.at(state_.items - before_.items, state_.acknowledged.bytes);
  }
  settle();
  if (!wrong.empty()) fail_with(local_error(name_ + ": " + wrong));
  if (error_ || !ended) return false;
  state_.acknowledged = lines_.position();
  state_.done = true;
  save();
  return !error_;
}

/// The key says which bytes it stands for: a run that goes on sends the same ones under it, and
/// learns what was new then, not now.
void ItemLoad::send(ItemChunk chunk) {
  std::string key = state_.key + "-" + std::to_string(state_.acknowledged.bytes) + "-" +
                    std::to_string(chunk.end.digest);
  std::size_t count = chunk.items.size();
  auto add = [this, key, items = std::move(chunk.items)]() mutable {
    return client_.add_items(std::move(items), key);
  };
  sent_ = Sent{
      .end = chunk.end, .items = count, .answer = std::async(std::launch::async, std::move(add))};
}

/// Waits for what is under way.
void ItemLoad::settle() {
  if (!sent_) return;
  auto answer = sent_->answer.get();
  if (answer) {
    state_.acknowledged = sent_->end;
    state_.items += sent_->items;
    state_.added += static_cast<std::uint64_t>(answer->added);
    state_.done = false;
    save();
  } else {
    client::ClientError error = answer.error();
    error.idempotency_key.clear();  // repeating it needs none
    error.detail += " (lines " + std::to_string(state_.acknowledged.lines + 1) + " to " +
                    std::to_string(sent_->end.lines) + ")";
    fail_with(std::move(error));
  }
  sent_.reset();
}

void ItemLoad::save() {
  if (options_.state.empty() || write_load_state(options_.state, state_)) return;
  fail_with(local_error("cannot write " + options_.state + ": " + std::strerror(errno)));
}

/// Of this run, and with a state file of all runs.
Json ItemLoad::summary() const {
  auto items = static_cast<double>(state_.items - before_.items);
  std::chrono::duration<double> time = std::chrono::steady_clock::now() - start_;
  Json json = {{"lines", state_.acknowledged.lines - before_.acknowledged.lines},
               {"items", state_.items - before_.items},
               {"new", state_.added - before_.added},
               {"seconds", std::round(time.count() * 1e3) / 1e3},
               {"items_per_s", std::llround(items / std::max(time.count(), 1e-6))}};
  if (!options_.state.empty()) {
    json["state"] = {{"file", options_.state},
                     {"lines", state_.acknowledged.lines},
                     {"items", state_.items},
                     {"new", state_.added},
                     {"done", state_.done}};
  }
  return json;
}

ExitCode ItemLoad::finished() {
  Json json = summary();
  if (context_.output.json()) {
    context_.output.document(json);
    return ExitCode::ok;
  }
  std::string all = std::to_string(state_.acknowledged.lines) + " lines, " +
                    std::to_string(state_.added) + " items new";
  if (before_.done && state_.acknowledged == before_.acknowledged) {
    context_.output.line("all of it was added before: " + all);
    return ExitCode::ok;
  }
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.1f", json["seconds"].get<double>());
  context_.output.line(json["lines"].dump() + " lines read, " + json["new"].dump() +
                       " items new, " + seconds + " s, " + json["items_per_s"].dump() + " items/s" +
                       (before_.acknowledged.lines > 0 ? " (in all runs: " + all + ")" : ""));
  return ExitCode::ok;
}

ExitCode ItemLoad::stopped() {
  Json json = began_ ? summary() : Json();
  ExitCode code = interrupted() ? context_.output.fail(ExitCode::interrupted, "interrupted", json)
                                : fail(context_, *error_, json);
  if (context_.output.json() || !began_) return code;
  std::string so_far = "Lines that are in: " + std::to_string(state_.acknowledged.lines) +
                       ", items that were new: " + std::to_string(state_.added) +
                       ". To go on, repeat the command";
  context_.output.note(options_.state.empty()
                           ? so_far + ": what is in counts once. --state FILE would skip it"
                           : so_far + " with the same --state " + options_.state);
  return code;
}

}  // namespace

ExitCode run_item_load(const ItemLoadOptions& options, Context& context) {
  auto client_options = context.client_options();
  if (!client_options) return fail(context, client_options.error());
  InputFile file(options.from);
  if (file.fd < 0) {
    return context.output.fail(ExitCode::error,
                               "cannot read " + options.from + ": " + std::strerror(errno));
  }
  GracefulInterruption graceful;
  if (options.from == "-" && ::isatty(STDIN_FILENO) == 1 && !context.output.json()) {
    context.output.note(R"(Reading lines like {"id": "a", "tenant": "t"}; Ctrl-D ends them)");
  }
  return ItemLoad(options, context, file, *client_options).run();
}

}  // namespace dcount::cli
