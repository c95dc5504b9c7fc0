#include "cli/tail_run.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <variant>

#include "cli/interruption.h"
#include "cli/tail_state.h"

namespace dcount::cli {
namespace {

client::TimePoint now() { return client::Clock::steady().now(); }

client::ClientError local_error(std::string detail) {
  return {.kind = client::ErrorKind::local, .detail = std::move(detail)};
}

TailOutcome failure(client::ClientError error) {
  const ExitCode code = exit_code(error.kind);
  return {.code = code, .error = std::move(error)};
}

class TailRun {
 public:
  TailRun(const TailRunOptions& options, std::optional<std::int64_t> saved, TailView& view)
      : file_(options.state),
        what_(options.feed.what),
        view_(view),
        saved_(saved),
        feed_(options.feed) {}

  TailOutcome run();

 private:
  void take(const TailEvent& event);
  void take_news(const TailNews& news);
  void save();
  TailOutcome outcome(Written written);

  const std::string file_;
  const std::vector<std::string> what_;
  TailView& view_;
  std::optional<std::int64_t> shown_;  ///< all up to this revision was shown, once it is
  std::optional<std::int64_t> saved_;
  client::TimePoint saved_at_{};
  std::optional<TailNews> end_;
  std::optional<client::ClientError> error_;  ///< of the state file
  TailFeed feed_;
};

TailOutcome TailRun::run() {
  Written written = Written::ok;
  while (written == Written::ok && !end_ && !error_ && !interrupted()) {
    for (const TailEvent& event : feed_.next(tail_tick)) take(event);
    written = view_.show(now(), shown_.value_or(0));
    const bool due = now() - saved_at_ >= tail_save_time && !view_.shows_at_end();
    if (written == Written::ok && due) save();
  }
  const int problem = errno;
  feed_.stop();
  const bool all = end_ && !end_->error;
  if (written == Written::ok && (all || !view_.shows_at_end())) {
    view_.finish(now());
    if (!error_) save();
  }
  errno = problem;
  return outcome(written);
}

void TailRun::take(const TailEvent& event) {
  if (const auto* news = std::get_if<TailNews>(&event)) return take_news(*news);
  const auto& record = std::get<TailRecord>(event);
  if (!record.is_bookmark()) view_.take(record, now());
  if (record.complete) shown_ = std::max(shown_.value_or(0), record.revision);
}

void TailRun::take_news(const TailNews& news) {
  switch (news.kind) {
    case TailNews::Kind::connected:
      return view_.connected(news.text);
    case TailNews::Kind::lost:
      return view_.lost(news.text);
    case TailNews::Kind::restarted:
      shown_.reset();
      view_.restart();
      return view_.say(news.text);
    case TailNews::Kind::ended:
      end_ = news;
  }
}

/// error_ says why not.
void TailRun::save() {
  if (file_.empty() || !shown_ || shown_ == saved_) return;
  if (!view_.sync()) {
    error_ = local_error(std::string("cannot write standard output: ") + std::strerror(errno));
  } else if (!write_tail_state(file_, {.what = what_, .revision = *shown_})) {
    error_ = local_error("cannot write " + file_ + ": " + std::strerror(errno));
  } else {
    saved_ = shown_;
    saved_at_ = now();
  }
}

TailOutcome TailRun::outcome(Written written) {
  if (error_) return failure(std::move(*error_));
  switch (written) {
    case Written::closed:
      return {};  // a reader that has seen enough
    case Written::failed:
      return failure(
          local_error(std::string("cannot write standard output: ") + std::strerror(errno)));
    case Written::interrupted:
      return {.code = ExitCode::interrupted, .error = {}};
    case Written::ok:
      break;
  }
  if (!end_) return {.code = ExitCode::interrupted, .error = {}};
  return end_->error ? failure(std::move(*end_->error)) : TailOutcome{};
}

}  // namespace

TailOutcome run_tail(TailRunOptions options, TailView& view) {
  auto& what = options.feed.what;
  std::sort(what.begin(), what.end());
  what.erase(std::unique(what.begin(), what.end()), what.end());
  std::optional<std::int64_t> saved;
  if (!options.state.empty()) {
    auto state = read_tail_state(options.state);
    if (!state) return failure(state.error());
    if (*state && (*state)->what != what) {
      return failure(local_error(options.state + " is the state of a tail of other counters"));
    }
    if (!can_write_tail_state(options.state)) {
      return failure(local_error("cannot write " + options.state + ": " + std::strerror(errno)));
    }
    if (*state) {
      saved = (*state)->revision;
      options.feed.since = saved;
      options.feed.since_binds = false;
    }
  }
  return TailRun(options, saved, view).run();
}

}  // namespace dcount::cli
