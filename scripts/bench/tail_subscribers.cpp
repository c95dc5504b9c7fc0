// See tail_subscribers.h.
#include "tail_subscribers.h"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace dcount::bench_tails {
namespace {

constexpr int events_max = 512;
constexpr std::size_t receive_buffer_bytes = 64 * 1024;
constexpr std::size_t opening_max = 64;  // at once: fewer than any server's backlog
constexpr std::chrono::seconds silence_max{30};
constexpr std::string_view path = "/tail/?snapshot=true";

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

}  // namespace

Subscribers::Subscribers(SubscriberOptions options)
    : options_(std::move(options)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      subscribers_(options_.count),
      buffer_(receive_buffer_bytes) {
  if (epoll_ < 0) fail("epoll_create1");
}

Subscribers::~Subscribers() {
  for (const Subscriber& subscriber : subscribers_) {
    if (subscriber.fd >= 0) ::close(subscriber.fd);
  }
  ::close(epoll_);
}

void Subscribers::open() {
  std::size_t begun = 0;
  auto deadline = std::chrono::steady_clock::now() + silence_max;
  while (subscribed_ < subscribers_.size()) {
    while (begun < subscribers_.size() && begun - subscribed_ < opening_max) {
      subscribers_[begun].key = begun % options_.keys.size();
      connect(subscribers_[begun++]);
    }
    const std::size_t before = subscribed_;
    step(100);
    if (ended() > 0) fail("a subscriber was refused: " + tally_.ended.begin()->first);
    if (subscribed_ > before) deadline = std::chrono::steady_clock::now() + silence_max;
    if (std::chrono::steady_clock::now() > deadline) {
      fail("only " + std::to_string(subscribed_) + " subscribers were confirmed");
    }
  }
}

void Subscribers::connect(Subscriber& subscriber) {
  const auto* to = reinterpret_cast<const sockaddr*>(&options_.server.bytes);
  subscriber.fd = ::socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
  if (subscriber.fd >= 0 && options_.receive_buffer_bytes > 0) {
    ::setsockopt(subscriber.fd, SOL_SOCKET, SO_RCVBUF, &options_.receive_buffer_bytes,
                 sizeof options_.receive_buffer_bytes);
  }
  if (subscriber.fd < 0 || ::connect(subscriber.fd, to, options_.server.size) != 0) {
    fail(std::string("cannot connect: ") + std::strerror(errno));
  }
  const int on = 1;
  ::setsockopt(subscriber.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  watch(subscriber, EPOLL_CTL_ADD);
  if (options_.protocol == Protocol::websocket) {
    send(subscriber, handshake(options_.host, path));
  } else {
    subscribe(subscriber);
  }
}

void Subscribers::subscribe(Subscriber& subscriber) {
  subscriber.state = State::subscribing;
  send(subscriber, subscription(options_.protocol, options_.keys[subscriber.key]));
}

void Subscribers::watch(Subscriber& subscriber, int operation) {
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = &subscriber}};
  if (::epoll_ctl(epoll_, operation, subscriber.fd, &event) != 0) fail("epoll_ctl");
}

void Subscribers::expect(const Changes& changes) {
  changes_ = &changes;
  for (Subscriber& subscriber : subscribers_) subscriber.last = changes.base(subscriber.key);
}

bool Subscribers::step(int timeout_ms) {
  std::array<epoll_event, events_max> events;
  const int count = ::epoll_wait(epoll_, events.data(), events_max, timeout_ms);
  for (int i = 0; i < count; ++i) {
    receive(*static_cast<Subscriber*>(events[static_cast<std::size_t>(i)].data.ptr));
  }
  return count > 0;
}

void Subscribers::pause() {
  for (Subscriber& subscriber : subscribers_) {
    if (subscriber.fd >= 0) watch(subscriber, EPOLL_CTL_DEL);
  }
}

void Subscribers::resume() {
  for (Subscriber& subscriber : subscribers_) {
    if (subscriber.fd >= 0) watch(subscriber, EPOLL_CTL_ADD);
  }
}

void Subscribers::receive(Subscriber& subscriber) {
  while (subscriber.fd >= 0) {
    const ssize_t n = ::recv(subscriber.fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) return end(subscriber, n == 0 ? "closed" : std::strerror(errno));
    take(subscriber, {buffer_.data(), static_cast<std::size_t>(n)}, now_ns());
    if (static_cast<std::size_t>(n) < buffer_.size()) return;  // there is no more: epoll(7)
  }
}

void Subscribers::take(Subscriber& subscriber, std::string_view bytes, Nanoseconds now) {
  if (subscriber.rest.empty()) {
    while (!bytes.empty() && take_one(subscriber, bytes, now)) {
    }
    if (!bytes.empty()) subscriber.rest.assign(bytes);
    return;
  }
  std::string held = std::exchange(subscriber.rest, {});
  held.append(bytes);
  take(subscriber, held, now);
}

/// False when `bytes` do not begin with a whole push, or when the subscriber has ended.
bool Subscribers::take_one(Subscriber& subscriber, std::string_view& bytes, Nanoseconds now) {
  if (subscriber.state == State::upgrading) return take_handshake(subscriber, bytes);
  const Push push = parse_push(options_.protocol, bytes);
  switch (push.kind) {
    case Push::Kind::partial:
      return false;
    case Push::Kind::malformed:
      end(subscriber, "malformed");
      break;
    case Push::Kind::close:
      end(subscriber, "close " + std::to_string(push.n));
      break;
    case Push::Kind::value:
      take_value(subscriber, push, now);
      break;
    case Push::Kind::subscribed:
      confirmed(subscriber);
      break;
    case Push::Kind::ping:
      ++tally_.pings;
      send(subscriber, pong(push.id));
      break;
    case Push::Kind::other:
      break;
  }
  bytes.remove_prefix(subscriber.fd >= 0 ? push.size : bytes.size());
  return subscriber.fd >= 0;
}

bool Subscribers::take_handshake(Subscriber& subscriber, std::string_view& bytes) {
  const auto size = parse_handshake(bytes);
  if (!size) {
    end(subscriber, std::string(bytes.substr(0, bytes.find('\r'))));
    bytes = {};
    return false;
  }
  bytes.remove_prefix(*size);
  if (*size > 0) subscribe(subscriber);
  return *size > 0;
}

void Subscribers::take_value(Subscriber& subscriber, const Push& push, Nanoseconds now) {
  if (options_.ids.empty()) {
    tally_.last_values.insert_or_assign(std::string(push.id), push.n);
  } else if (push.id != options_.ids[subscriber.key]) {
    ++tally_.foreign;
    return;
  }
  if (subscriber.state == State::subscribing) {
    confirmed(subscriber);  // the snapshot
    subscriber.last = push.n;
    return;
  }
  ++tally_.values;
  if (changes_ != nullptr) compare(subscriber, push.n, now);
}

void Subscribers::compare(Subscriber& subscriber, std::int64_t n, Nanoseconds now) {
  if (n <= subscriber.last) {
    ++(n == subscriber.last ? tally_.repeated : tally_.backwards);
    return;
  }
  const auto first = changes_->find(subscriber.key, subscriber.last + 1);
  if (!first || n > changes_->last(subscriber.key)) {
    ++tally_.foreign;
    return;
  }
  const auto new_values = static_cast<std::size_t>(n - subscriber.last);
  tally_.coalesced += new_values - 1;
  for (std::size_t i = 0; i < new_values; ++i) record(*first + i * changes_->keys(), now);
  subscriber.last = n;
  if (n == changes_->last(subscriber.key)) finished_.fetch_add(1, std::memory_order_relaxed);
}

void Subscribers::record(std::size_t change, Nanoseconds now) {
  if (change < changes_->first_measured()) return;
  const Nanoseconds acknowledged = changes_->acknowledged_ns(change);
  const bool overtakes = acknowledged == 0 || acknowledged > now;
  tally_.overtaking += overtakes ? 1 : 0;
  tally_.sent_to_received.record(static_cast<std::uint64_t>(now - changes_->sent_ns(change)));
  tally_.acknowledged_to_received.record(
      overtakes ? 0 : static_cast<std::uint64_t>(now - acknowledged));
}

void Subscribers::confirmed(Subscriber& subscriber) {
  subscriber.state = State::live;
  ++subscribed_;
}

bool Subscribers::send(Subscriber& subscriber, const std::string& bytes) {
  const ssize_t n = ::send(subscriber.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n == static_cast<ssize_t>(bytes.size())) return true;
  end(subscriber, "does not read");
  return false;
}

void Subscribers::end(Subscriber& subscriber, const std::string& why) {
  ++tally_.ended[why];
  subscriber.state = State::ended;
  ::close(std::exchange(subscriber.fd, -1));
  ended_.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace dcount::bench_tails
