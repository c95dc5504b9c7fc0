#include "sim/scenario/subscriber.h"

#include <algorithm>

namespace dcount::sim {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Between two connections, at most: long enough for something to happen meanwhile.
constexpr std::int64_t back_off_max_ms = 120;
/// Servers send a heartbeat every 15 s.
constexpr milliseconds silence_time{40'000};
/// Who has several servers to go to is less patient than that, by so many times its answer time.
constexpr int answers_of_silence = 2;

std::string joined(const std::vector<std::string>& keys) {
  std::string text;
  for (const std::string& key : keys) text += (text.empty() ? "" : ",") + key;
  return text;
}

}  // namespace

Subscriber::Subscriber(SubscriberOptions options, Recorder& recorder)
    : options_(std::move(options)),
      recorder_(recorder),
      random_(options_.seed),
      server_(options_.first_server) {
  if (options_.format == TailFormat::lockstep) cursor_ = 0;
}

Subscriber::~Subscriber() { stop(); }

void Subscriber::start() {
  thread_ = std::thread([this] { run(); });
}

void Subscriber::end() {
  stop();
  recorder_.tail(name(), {{"phase", "end"}});
}

void Subscriber::stop() {
  if (!thread_.joinable()) return;
  {
    const Lock lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  socket_.wake();
  thread_.join();
}

// ---- one connection after the other

void Subscriber::run() {
  while (true) {
    connect_once();
    back_off();
    const Lock lock(mutex_);
    if (stop_) return;
  }
}

void Subscriber::back_off() {
  const milliseconds pause(random_.between(std::int64_t{0}, back_off_max_ms));
  if (options_.servers.size() > 1) ++server_;
  Lock lock(mutex_);
  changed_.wait_for(lock, pause, [this] { return stop_; });
}

void Subscriber::connect_once() {
  const ServerPlace& server = options_.servers[server_ % options_.servers.size()];
  if (!socket_.connect(server.endpoint, options_.receive_buffer_bytes, options_.answer_time)) {
    return socket_.close();
  }
  query_ = random_.chance(0.5);
  std::string prefix;
  if (options_.selection.front().ends_with('/')) prefix = options_.selection.front();
  TailAnswer answer(options_.format, prefix);
  if (socket_.send(request())) follow(answer);
  on_closed();
  if (answer.status() != 0 && !answer.open()) on_refused(answer.status());
  socket_.close();
}

void Subscriber::follow(TailAnswer& answer) {
  const auto head_due = Clock::now() + options_.answer_time;
  const bool impatient = options_.servers.size() > 1;
  auto heard = Clock::now();
  std::string bytes;
  std::vector<TailItem> items;
  while (!answer.ended() && (answer.open() || answer.status() == 0)) {
    wait_while_paused();
    const auto due = !answer.open() ? head_due
                     : impatient    ? heard + options_.answer_time * answers_of_silence
                                    : heard + silence_time;
    const auto left = std::chrono::ceil<milliseconds>(due - Clock::now());
    {
      const Lock lock(mutex_);
      if (stop_ || left.count() <= 0) return;
    }
    bytes.clear();
    const auto got = socket_.read(bytes, left);
    if (got == TailSocket::Got::end) return;
    if (got == TailSocket::Got::nothing) continue;
    heard = Clock::now();
    items.clear();
    const bool was_open = answer.open();
    const auto taken = answer.take(bytes, items);
    if (answer.open() && !was_open) on_open();
    for (const TailItem& item : items) note(item);
    if (!taken) return fail(taken.error().message);
    static_cast<void>(socket_.send(answer.take_reply()));
  }
}

void Subscriber::wait_while_paused() {
  Lock lock(mutex_);
  changed_.wait(lock, [this] { return stop_ || paused_ == 0; });
}

std::string Subscriber::target() const {
  const std::string since = std::to_string(cursor_);
  const std::string& first = options_.selection.front();
  if (options_.format == TailFormat::lockstep) {
    std::string feed = "/lockstep/counters";
    if (first.ends_with('/')) feed += "/" + first.substr(0, first.size() - 1);
    return feed + (query_ ? "?since=" : "/") + since;
  }
  std::string target = "/tail/";
  std::string parameters;
  if (options_.format != TailFormat::ws && first != "*") {
    if (options_.selection.size() == 1) target += first;
    if (options_.selection.size() > 1) parameters = "keys=" + joined(options_.selection);
  }
  const auto add = [&](const std::string& one) {
    parameters += (parameters.empty() ? "" : "&") + one;
  };
  if (resumes()) {
    if (options_.format == TailFormat::ndjson) add("since=" + since);
  } else if (options_.snapshot) {
    add("snapshot=true");
  }
  return parameters.empty() ? target : target + "?" + parameters;
}

std::string Subscriber::request() const {
  std::string head = "GET " + target() + " HTTP/1.1\r\nHost: dcount\r\n";
  switch (options_.format) {
    case TailFormat::ndjson:
      head += "Accept: application/x-ndjson\r\n";
      break;
    case TailFormat::sse:
      head += "Accept: text/event-stream\r\n";
      if (resumes()) head += "Last-Event-ID: " + std::to_string(cursor_) + "\r\n";
      break;
    case TailFormat::ws:
      head +=
          "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
      break;
    default:
      break;
  }
  return head + "\r\n";
}

void Subscriber::on_open() {
  const bool ordered = options_.format != TailFormat::ws;
  const bool snapshot = options_.snapshot && !resumes();
  Json value{{"phase", "connect"}, {"format", std::string(sim::name(options_.format))}};
  value["node"] = options_.servers[server_ % options_.servers.size()].name;
  value["cursor"] = resumes() ? Json(cursor_) : Json(nullptr);
  if (options_.format == TailFormat::lockstep) value["inclusive"] = true;
  if (snapshot) value["snapshot"] = true;
  value["keys"] = options_.selection.front() == "*" ? Json("*") : Json(options_.selection);
  if (!ordered) {
    Json message;
    for (const std::string& key : options_.selection) message[key] = "s";
    static_cast<void>(socket_.send(web_socket_text(message.dump())));
  }
  recorder_.tail(name(), value);
  {
    const Lock lock(mutex_);
    connected_ = was_connected_ = true;
    if (!resumes()) sent_.clear();
    if (!resumes() || cursor_ == 0) from_the_start_ = snapshot || cursor_ == 0;
  }
  changed_.notify_all();
}

void Subscriber::on_closed() {
  {
    const Lock lock(mutex_);
    if (!std::exchange(connected_, false)) return;
  }
  recorder_.tail(name(), {{"phase", "disconnect"}});
}

/// 410: it has to begin anew, since what it missed is not known any more.
void Subscriber::on_refused(int status) {
  if (status == 410 && cursor_ > 0) {
    recorder_.tail(name(), {{"phase", "gone"}});
    cursor_ = 0;
    const Lock lock(mutex_);
    complete_ = -1;
    sent_.clear();
    return;
  }
  if (status >= 500 || status == 429) return;
  fail("GET " + target() + " was answered with status " + std::to_string(status));
}

void Subscriber::note(const TailItem& item) {
  recorder_.tail_item(name(), item);
  {
    const Lock lock(mutex_);
    if (!item.is_bookmark()) sent_[item.key] = item.revision;
    if (item.complete) complete_ = std::max(complete_, item.revision);
  }
  if (options_.format == TailFormat::lockstep) cursor_ = std::max(cursor_, item.revision);
  const bool resumable =
      options_.format == TailFormat::ndjson || options_.format == TailFormat::sse;
  if (resumable && item.complete) cursor_ = std::max(cursor_, item.revision);
  changed_.notify_all();
}

void Subscriber::fail(const std::string& what) {
  const Lock lock(mutex_);
  if (wrong_.empty()) {
    wrong_ = name() + " (" + std::string(sim::name(options_.format)) + "): " + what;
  }
}

// ---- what others ask

bool Subscriber::wait_connected(milliseconds at_most) {
  Lock lock(mutex_);
  return changed_.wait_for(lock, at_most, [this] { return was_connected_; });
}

bool Subscriber::connected() const {
  const Lock lock(mutex_);
  return connected_;
}

bool Subscriber::has_reached(const Revisions& wanted) const {
  std::int64_t last = 0;
  for (const auto& [key, revision] : wanted) last = std::max(last, revision);
  if (complete_ >= last) return true;
  if (options_.format == TailFormat::ndjson || options_.format == TailFormat::sse) return false;
  // No completions: record by record. Who is sent only what changes from now on may never hear of
  // one again.
  return connected_ && std::ranges::all_of(wanted, [this](const auto& one) {
           const auto sent = sent_.find(one.first);
           return sent == sent_.end() ? !from_the_start_ : sent->second >= one.second;
         });
}

bool Subscriber::wait_reached(const Revisions& revisions, milliseconds at_most) {
  const Revisions wanted = selected(revisions, options_.selection);
  Lock lock(mutex_);
  return changed_.wait_for(lock, at_most, [&] { return has_reached(wanted); });
}

std::string Subscriber::standing(const Revisions& revisions) const {
  std::int64_t last = 0;
  for (const auto& [key, revision] : selected(revisions, options_.selection)) {
    last = std::max(last, revision);
  }
  const Lock lock(mutex_);
  std::int64_t come = complete_;
  for (const auto& [key, revision] : sent_) come = std::max(come, revision);
  return name() + " (" + std::string(sim::name(options_.format)) + " of " +
         joined(options_.selection) + (connected_ ? "" : ", not connected") +
         ") has come to revision " + std::to_string(come) + " of " + std::to_string(last);
}

void Subscriber::pause() {
  {
    const Lock lock(mutex_);
    ++paused_;
  }
  socket_.wake();
}

void Subscriber::resume() {
  {
    const Lock lock(mutex_);
    --paused_;
  }
  changed_.notify_all();
}

std::string Subscriber::wrong() const {
  const Lock lock(mutex_);
  return wrong_;
}

}  // namespace dcount::sim
