#include "cli/tail_feed.h"

#include <string_view>
#include <utility>

#include "client/caller.h"

namespace dcount::cli {
namespace {

/// A connection that held so long was one, also when nothing has changed meanwhile.
constexpr client::Duration steady_time{1'000};

client::TimePoint now() { return client::Clock::steady().now(); }

/// Somebody else may know better, or the same one later.
bool is_passing(int status) { return status == 408 || status == 429 || status >= 500; }

client::ClientError protocol_error(std::string detail) {
  return {.kind = client::ErrorKind::protocol, .detail = std::move(detail)};
}

client::ClientError error_of(const client::StreamResult& result) {
  const client::Call call{.method = "GET"};
  client::Reply reply{.delivery = client::Delivery::answered, .status = result.status};
  reply.body = result.body;
  return client::error_of(call, reply, false);
}

}  // namespace

std::string tail_target(const std::vector<std::string>& what, std::optional<std::int64_t> since,
                        bool follow) {
  // The names that are allowed need no encoding, nor do '/' and ',' in a query.
  std::string query;
  for (const std::string& name : what) query += (query.empty() ? "?keys=" : ",") + name;
  query += query.empty() ? "?" : "&";
  query += since ? "since=" + std::to_string(*since) : "snapshot=true";
  if (!follow) query += "&follow=false";
  return "/tail/" + query;
}

TailFeed::TailFeed(TailFeedOptions options)
    : options_(std::move(options)),
      pool_(options_.endpoints, 0),
      position_(options_.since),
      thread_([this] { run(); }) {}

TailFeed::~TailFeed() {
  stop();
  thread_.join();
}

void TailFeed::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  stream_.stop();
}

std::deque<TailEvent> TailFeed::next(client::Duration time) {
  std::deque<TailEvent> events;
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, time, [this] { return !queue_.empty(); });
    events.swap(queue_);
    queued_bytes_ = 0;
  }
  changed_.notify_all();
  return events;
}

/// False: it has been stopped.
bool TailFeed::push(TailEvent event, std::size_t bytes) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return queued_bytes_ < tail_queue_bytes_max || stopping_; });
    if (stopping_) return false;
    queue_.push_back(std::move(event));
    queued_bytes_ += bytes;
  }
  changed_.notify_all();
  return true;
}

void TailFeed::run() {
  while (ask_once() == After::again) continue;
}

TailFeed::After TailFeed::ask_once() {
  asked_at_ = now();
  opened_at_.reset();
  resumed_from_ = position_.value_or(-1);
  server_ = pool_.pick(asked_at_);
  const client::Endpoint& endpoint = pool_.endpoint(server_);
  auto opened = [&] {
    opened_at_ = now();
    outage_ = false;
    push(TailNews{.kind = TailNews::Kind::connected, .text = endpoint.url()});
  };
  return judge(stream_.run(
      request(endpoint), [this](std::string_view line) { return take(line); }, opened));
}

client::LiveRequest TailFeed::request(const client::Endpoint& endpoint) const {
  return {.endpoint = endpoint,
          .target = tail_target(options_.what, position_, options_.follow),
          .accept = "application/x-ndjson",
          .api_key = options_.api_key};
}

/// False: no more of this connection.
bool TailFeed::take(std::string_view line) {
  auto record = parse_tail_record(line);
  if (!record) {
    nonsense_ = true;
    return false;
  }
  told_ = true;
  if (is_repeat(*record)) {  // as a bookmark, for what it completes
    record->counter.clear();
  } else if (!record->is_bookmark() && seen_.size() < tail_seen_max) {
    seen_[record->counter] = record->revision;
  }
  if (!record->complete && record->is_bookmark()) return true;
  if (record->complete && record->revision > position_.value_or(-1)) {
    position_ = record->revision;
    seen_.clear();
  }
  const std::size_t bytes = record->line.size();
  return push(std::move(*record), bytes);
}

bool TailFeed::is_repeat(const TailRecord& record) {
  if (record.revision <= resumed_from_) return true;
  auto seen = seen_.find(record.counter);
  return seen != seen_.end() && record.revision <= seen->second;
}

TailFeed::After TailFeed::judge(const client::StreamResult& result) {
  switch (result.end) {
    case client::StreamEnd::stopped:
      if (!nonsense_) return After::over;
      return over(protocol_error(pool_.endpoint(server_).url() +
                                 " does not answer as a tail of dcount does"));
    case client::StreamEnd::garbled:
      return over(protocol_error(result.why));
    case client::StreamEnd::ended:
      if (!options_.follow) return over({});
      pool_.succeeded(server_);
      if (result.records > 0) backoff_.reset();
      return pause(backoff_.next());
    case client::StreamEnd::refused:
      return refused(result);
    case client::StreamEnd::broken:
      break;
  }
  return failed(result, {.kind = client::ErrorKind::unavailable, .detail = result.why});
}

TailFeed::After TailFeed::refused(const client::StreamResult& result) {
  client::ClientError error = error_of(result);
  if (is_passing(result.status)) return failed(result, std::move(error));
  const bool bound = options_.since_binds && position_ == options_.since;
  if (result.status == 410 && position_ && !bound) return restart(std::move(error));
  return over(std::move(error));
}

TailFeed::After TailFeed::restart(client::ClientError error) {
  TailNews news{.kind = TailNews::Kind::restarted,
                .text = "what changed after revision " + std::to_string(*position_) +
                        " is not known any more (" + error.detail +
                        "): all current values follow, and deletions since then are not told"};
  position_.reset();
  seen_.clear();
  return push(std::move(news)) ? After::again : After::over;
}

TailFeed::After TailFeed::failed(const client::StreamResult& result, client::ClientError error) {
  const client::TimePoint time = now();
  pool_.failed(server_, time);
  if (result.records > 0) backoff_.reset();
  if (opened_at_ && (result.records > 0 || time - *opened_at_ >= steady_time)) {
    failing_since_ = time;
  } else if (!failing_since_) {
    failing_since_ = asked_at_;
  }
  const client::Duration wait = pool_.any_healthy(time) ? client::Duration{0} : backoff_.next();
  const bool patient = options_.follow && told_;
  if (!patient && time + wait >= *failing_since_ + options_.retry_time) {
    return over(std::move(error));
  }
  if (options_.follow && !outage_) {
    outage_ = true;
    if (!push(TailNews{.kind = TailNews::Kind::lost, .text = error.detail})) return After::over;
  }
  return pause(wait);
}

TailFeed::After TailFeed::over(std::optional<client::ClientError> error) {
  push(TailNews{.kind = TailNews::Kind::ended, .text = {}, .error = std::move(error)});
  return After::over;
}

TailFeed::After TailFeed::pause(client::Duration time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [this] { return stopping_; }) ? After::over : After::again;
}

}  // namespace dcount::cli
