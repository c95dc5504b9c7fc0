#include "cli/mirror_run.h"

#include <poll.h>

#include <utility>

#include "cli/interruption.h"
#include "cli/mirror_exec.h"
#include "cli/mirror_feed.h"
#include "cli/mirror_status.h"
#include "client/decode.h"

namespace dcount::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds look_time{100};
/// With a command: it runs behind the commit, and what a kill -9 leaves undone should be little.
constexpr std::size_t executed_records_max = 100;

/// What becomes of the mirror after a connection.
enum class After { again, again_at_once, done };

client::ErrorKind kind_of(int status) {
  if (status == 401 || status == 403) return client::ErrorKind::not_allowed;
  if (status == 404 || status == 410) return client::ErrorKind::not_found;
  return client::ErrorKind::bad_request;
}

bool may_pass(int status) {
  return status >= 500 || status == 408 || status == 425 || status == 429;
}

client::ClientError refusal(const client::StreamResult& result) {
  std::string detail = client::decode_problem(result.body).detail;
  return {.kind = kind_of(result.status),
          .status = result.status,
          .detail = result.why + (detail.empty() ? "" : ": " + detail)};
}

class MirrorRun {
 public:
  MirrorRun(const MirrorOptions& options, Output& output, MirrorStore store)
      : options_(options),
        store_(std::move(store)),
        exec_(options.exec),
        status_(output, options.table),
        last_progress_(SteadyClock::now()) {}

  MirrorReport run();

 private:
  client::LiveRequest request() const;
  client::StreamResult follow();
  void take(std::vector<std::string> texts);
  void execute(std::string_view record);
  After settle(const client::StreamResult& result);
  After after_end();
  After after_refusal(const client::StreamResult& result);
  After after_break(const std::string& why);
  bool out_of_patience() const;
  void pause();
  void show();
  void fail(client::ClientError error) {
    if (!report_.error) report_.error = std::move(error);
  }
  /// A finite answer is wanted.
  bool finite() const { return options_.once || store_.anew(); }

  const MirrorOptions& options_;
  MirrorStore store_;
  MirrorExec exec_;
  MirrorStatus status_;
  MirrorReport report_;
  client::Backoff backoff_;
  SqlValue asked_;       ///< since() when the feed was asked
  bool cut_ = false;     ///< this connection was broken on purpose, since it fell silent
  bool broken_ = false;  ///< an outage, and people know
  bool connected_ = false;
  SteadyClock::time_point last_progress_;
};

client::LiveRequest MirrorRun::request() const {
  client::LiveRequest request;
  request.endpoint = options_.url.endpoint;
  request.target = client::with_parameter(options_.url.target, "since", order_text(store_.since()));
  if (finite()) request.target = client::with_parameter(request.target, "follow", "false");
  request.api_key = options_.api_key;
  request.user = options_.url.user;
  request.password = options_.url.password;
  return request;
}

MirrorReport MirrorRun::run() {
  After after = After::again_at_once;
  while (after != After::done) {
    if (after == After::again) pause();
    if (interrupted()) break;
    client::StreamResult result = follow();
    if (report_.error || interrupted()) break;
    after = settle(result);
  }
  report_.interrupted = interrupted() && !report_.error;
  report_.since = store_.since();
  return std::move(report_);
}

/// One connection, until it ends or is not wanted any more.
client::StreamResult MirrorRun::follow() {
  asked_ = store_.since();
  cut_ = false;
  connected_ = false;
  MirrorFeed feed(request());
  const auto begun = SteadyClock::now();
  auto heard = begun;
  bool any = false;
  const std::size_t records_max = exec_.wanted() ? executed_records_max : batch_records_max;
  while (true) {
    auto batch = feed.next(look_time, records_max);
    auto now = SteadyClock::now();
    if (!batch.records.empty() || (batch.opened && !connected_)) heard = now;
    any = any || !batch.records.empty();
    if (batch.opened && !connected_ && broken_) status_.note("dcount: connected again");
    if (batch.opened) broken_ = false;
    connected_ = batch.opened;
    take(std::move(batch.records));
    show();
    if (connected_ && now - begun > client::backoff_max) backoff_.reset();
    // What is not committed comes again: with a slow command it is not worth waiting for.
    if (interrupted() && exec_.wanted()) return {};
    if (batch.ended) return feed.result();
    bool quiet =
        finite() && connected_ && now - heard >= (any ? quiet_after_last : quiet_before_first);
    if (quiet) cut_ = true;
    if (quiet || report_.error || interrupted()) feed.stop();
  }
}

/// Commits them, and then runs the command. Once something has gone wrong nothing is taken any
/// more: it would be behind a gap.
void MirrorRun::take(std::vector<std::string> texts) {
  if (texts.empty() || report_.error) return;
  std::vector<MirrorRecord> records;
  std::optional<client::ClientError> unfit;
  for (std::string& text : texts) {
    auto record = parse_record(std::move(text), options_.order_by);
    if (!record) {
      unfit = record.error();
      break;
    }
    records.push_back(std::move(*record));
  }
  bool into_new = store_.anew();
  auto changed = store_.apply(records, asked_);
  if (!changed) return fail(changed.error());
  report_.records += records.size();
  if (!changed->empty()) {
    backoff_.reset();
    last_progress_ = SteadyClock::now();
  }
  if (auto name = store_.left_out()) {
    status_.note("dcount: the member '" + *name + "' gets no column; it is in the JSON");
  }
  if (!into_new) {
    report_.changed += changed->size();
    for (std::size_t i : *changed) execute(records[i].json);
  }
  if (unfit) fail(*unfit);
}

void MirrorRun::execute(std::string_view record) {
  if (!exec_.wanted()) return;
  if (auto why = exec_.run(record); !why.empty()) {
    status_.note("dcount: the command failed (" + why + ") for " + std::string(record));
  }
}

After MirrorRun::settle(const client::StreamResult& result) {
  switch (result.end) {
    case client::StreamEnd::ended:
      return after_end();
    case client::StreamEnd::stopped:
      return cut_ ? after_end() : After::done;
    case client::StreamEnd::refused:
      return after_refusal(result);
    case client::StreamEnd::broken:
      return cut_ ? after_end() : after_break(result.why);
    case client::StreamEnd::garbled:
      fail({.kind = client::ErrorKind::protocol, .detail = result.why});
      return After::done;
  }
  return After::done;
}

After MirrorRun::after_end() {
  if (!store_.anew()) return options_.once ? After::done : After::again;
  auto finished = store_.finish_anew([this](std::string_view record) {
    ++report_.changed;
    execute(record);
  });
  if (!finished) fail(finished.error());
  return finished && !options_.once ? After::again_at_once : After::done;
}

After MirrorRun::after_refusal(const client::StreamResult& result) {
  if (may_pass(result.status)) return after_break(refusal(result).detail);
  bool gone = result.status == 410 && !is_null(store_.since());
  if (!gone) {
    fail(refusal(result));
    return After::done;
  }
  status_.note("dcount: the feed cannot go on from " + options_.order_by + " " +
               order_text(store_.since()) + ": all of it is fetched again");
  if (auto begun = store_.start_anew(); !begun) {
    fail(begun.error());
    return After::done;
  }
  return After::again_at_once;
}

After MirrorRun::after_break(const std::string& why) {
  if (out_of_patience()) {
    fail({.kind = client::ErrorKind::unavailable, .detail = why});
    return After::done;
  }
  if (!broken_) status_.note("dcount: " + why + "; trying again");
  broken_ = true;
  connected_ = false;
  return After::again;
}

bool MirrorRun::out_of_patience() const {
  return options_.once && SteadyClock::now() - last_progress_ >= options_.retry_time;
}

/// A signal cuts it short.
void MirrorRun::pause() {
  show();
  auto until = SteadyClock::now() + backoff_.next();
  while (!interrupted() && SteadyClock::now() < until) {
    ::poll(nullptr, 0, static_cast<int>(look_time.count()) / 2);
  }
}

void MirrorRun::show() {
  status_.show(report_.records, options_.order_by + " " + order_text(store_.since()),
               connected_ ? "connected" : "not connected");
}

}  // namespace

MirrorReport run_mirror(const MirrorOptions& options, Output& output) {
  auto store = MirrorStore::open({.file = options.file,
                                  .table = options.table,
                                  .url = options.url.without_secrets(),
                                  .order_by = options.order_by,
                                  .prune = options.prune});
  MirrorReport report;
  if (!store) {
    report.error = store.error();
    return report;
  }
  return MirrorRun(options, output, std::move(*store)).run();
}

}  // namespace dcount::cli
