// See tail_driver.h.
#include "tail_driver.h"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <optional>
#include <stdexcept>
#include <utility>

#include "cli/bench_answer.h"

namespace dcount::bench_tails {
namespace {

namespace bench = cli::bench;

constexpr int events_max = 64;
constexpr std::size_t receive_buffer_bytes = 64 * 1024;
constexpr std::size_t prepared_at_once = 100;
constexpr Nanoseconds second = 1'000'000'000;
constexpr Nanoseconds answer_time_max = 15 * second;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

/// The value in the answer that `bytes` begin with, which are then taken off; of `parts` answers
/// that belong together the first one's. Nothing while they are not whole.
std::optional<std::int64_t> take_answer(Protocol protocol, std::size_t parts,
                                        std::string_view& bytes) {
  const auto answers = protocol == Protocol::redis ? bench::Protocol::redis : bench::Protocol::http;
  std::optional<std::int64_t> value;
  std::string_view rest = bytes;
  for (std::size_t i = 0; i < parts; ++i) {
    const bench::Answer answer = bench::parse_answer(answers, rest);
    if (answer.state == bench::Answer::State::partial) return std::nullopt;
    if (answer.state == bench::Answer::State::malformed || !answer.good || answer.close) {
      fail("a change was answered with " + std::string(rest.substr(0, 200)));
    }
    if (i == 0) value = bench::value_of(answers, answer);
    rest.remove_prefix(answer.size);
  }
  if (!value) fail("a change was answered without a value: " + std::string(bytes.substr(0, 200)));
  bytes = rest;
  return value;
}

std::string bulk(std::string_view text) {
  return "$" + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n";
}

}  // namespace

Driver::Driver(DriverOptions options)
    : options_(std::move(options)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      connections_(options_.connections),
      buffer_(receive_buffer_bytes) {
  if (epoll_ < 0) fail("epoll_create1");
  for (Connection& connection : connections_) connect(connection);
}

Driver::~Driver() {
  for (const Connection& connection : connections_) {
    if (connection.fd >= 0) ::close(connection.fd);
  }
  ::close(epoll_);
}

void Driver::connect(Connection& connection) {
  const auto* to = reinterpret_cast<const sockaddr*>(&options_.server.bytes);
  connection.fd = ::socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
  if (connection.fd < 0 || ::connect(connection.fd, to, options_.server.size) != 0) {
    fail(std::string("cannot connect: ") + std::strerror(errno));
  }
  const int on = 1;
  ::setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.ptr = &connection}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event) != 0) fail("epoll_ctl");
}

std::string Driver::creation(const std::string& name) const {
  if (options_.protocol == Protocol::redis) {
    return "*3\r\n" + bulk("INCRBY") + bulk(name) + bulk("0");
  }
  return "PUT /cnt/" + options_.collection + "/" + name + " HTTP/1.1\r\nHost: " + options_.host +
         "\r\nContent-Length: 0\r\n\r\n";
}

std::vector<std::int64_t> Driver::prepare(const std::vector<std::string>& names) {
  Connection& connection = connections_.front();
  std::vector<std::int64_t> values;
  while (values.size() < names.size()) {
    const std::size_t end = std::min(names.size(), values.size() + prepared_at_once);
    std::string output;
    for (std::size_t i = values.size(); i < end; ++i) output += creation(names[i]);
    if (::send(connection.fd, output.data(), output.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(output.size())) {
      fail("the server has closed a connection");
    }
    std::string input;
    while (values.size() < end) {
      const ssize_t n = ::recv(connection.fd, buffer_.data(), buffer_.size(), 0);
      if (n <= 0) fail("the server has closed a connection");
      input.append(buffer_.data(), static_cast<std::size_t>(n));
      std::string_view bytes = input;
      while (!bytes.empty()) {
        const auto value = take_answer(options_.protocol, 1, bytes);
        if (!value) break;
        values.push_back(*value);
      }
      input.erase(0, input.size() - bytes.size());
    }
  }
  return values;
}

DriverResult Driver::drive(Changes& changes, const std::function<void()>& on_second) {
  const Nanoseconds begin = now_ns();
  Nanoseconds next_second = begin + second;
  std::size_t next = 0;
  Nanoseconds progress_at = begin;
  for (answered_ = 0; answered_ < changes.count();) {
    const std::size_t before = answered_;
    next = send_due(changes, next, begin);
    const Nanoseconds due = next < changes.count() ? begin + changes.due_ns(next) : next_second;
    wait(std::min(due, next_second), changes);
    const Nanoseconds now = now_ns();
    if (now >= next_second) {
      on_second();
      next_second += second;
    }
    if (answered_ > before || answered_ == next) progress_at = now;
    if (now - progress_at > answer_time_max) fail("changes are not answered");
  }
  result_.seconds = static_cast<double>(now_ns() - begin) / 1e9;
  return result_;
}

/// Sends those whose time has come, beginning with `next`; the next one after them.
std::size_t Driver::send_due(Changes& changes, std::size_t next, Nanoseconds begin) {
  const std::size_t first = next;
  const Nanoseconds now = now_ns();
  for (; next < changes.count() && begin + changes.due_ns(next) <= now; ++next) {
    const std::size_t key = changes.key_of(next);
    Connection& connection = connections_[key % connections_.size()];
    append_change(connection.output, changes.name(key), changes.value_of(next));
    connection.waiting.push_back(next);
    changes.sent(next, now);
    if (next >= changes.first_measured()) {
      result_.late.record(static_cast<std::uint64_t>(now - begin - changes.due_ns(next)));
    }
  }
  if (next > first) {
    for (Connection& connection : connections_) flush(connection);
  }
  return next;
}

void Driver::append_change(std::string& output, const std::string& name, std::int64_t n) const {
  if (options_.protocol == Protocol::redis) {
    output += "*2\r\n" + bulk("INCR") + bulk(name) + "*3\r\n" + bulk("PUBLISH") + bulk(name) +
              bulk(std::to_string(n));
    return;
  }
  output.append("POST /cnt/").append(options_.collection).append("/").append(name);
  output.append(" HTTP/1.1\r\nHost: ").append(options_.host);
  output.append("\r\nContent-Length: 0\r\n\r\n");
}

void Driver::flush(Connection& connection) {
  while (!connection.output.empty()) {
    const ssize_t n = ::send(connection.fd, connection.output.data(), connection.output.size(),
                             MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;  // epoll tells when there is room
    if (n < 0) fail("the server has closed a connection");
    connection.output.erase(0, static_cast<std::size_t>(n));
  }
}

/// Until there is something to read, or the time has come.
void Driver::wait(Nanoseconds until, Changes& changes) {
  const Nanoseconds left = std::max<Nanoseconds>(0, until - now_ns());
  const timespec timeout{.tv_sec = left / second, .tv_nsec = left % second};
  std::array<epoll_event, events_max> events;
  const int count = ::epoll_pwait2(epoll_, events.data(), events_max, &timeout, nullptr);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    auto& connection = *static_cast<Connection*>(event.data.ptr);
    if ((event.events & EPOLLOUT) != 0) flush(connection);
    receive(connection, changes);
  }
}

void Driver::receive(Connection& connection, Changes& changes) {
  for (;;) {
    const ssize_t n = ::recv(connection.fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) break;
    if (n <= 0) fail("the server has closed a connection");
    connection.input.append(buffer_.data(), static_cast<std::size_t>(n));
    if (static_cast<std::size_t>(n) < buffer_.size()) break;
  }
  const Nanoseconds now = now_ns();
  const std::size_t parts = options_.protocol == Protocol::redis ? 2 : 1;
  std::string_view bytes = connection.input;
  while (!bytes.empty()) {
    const auto value = take_answer(options_.protocol, parts, bytes);
    if (!value) break;
    if (connection.waiting.empty()) fail("an answer too many");
    const std::size_t change = connection.waiting.front();
    connection.waiting.pop_front();
    if (*value != changes.value_of(change)) {
      fail(changes.name(changes.key_of(change)) + " is " + std::to_string(*value) +
           " where this change makes it " + std::to_string(changes.value_of(change)) +
           ": somebody else writes it");
    }
    changes.acknowledged(change, now);
    ++answered_;
    if (change >= changes.first_measured()) {
      result_.answer.record(static_cast<std::uint64_t>(now - changes.sent_ns(change)));
    }
  }
  connection.input.erase(0, connection.input.size() - bytes.size());
}

}  // namespace dcount::bench_tails
