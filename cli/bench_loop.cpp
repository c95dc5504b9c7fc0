// See bench_loop.h. Edge-triggered: a socket is read until it gives less than was asked for, so
// that epoll has nothing to look at twice.
#include "cli/bench_loop.h"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

namespace dcount::cli::bench {
namespace {

constexpr std::size_t receive_buffer_bytes = 256 * 1024;
constexpr int events_max = 256;
constexpr std::chrono::milliseconds tick{50};  // how late a stop may be seen

double thread_cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

Loop::Loop(LoopOptions options, RequestWriter writer, const std::atomic<bool>& stop)
    : options_(std::move(options)),
      writer_(writer),
      stop_(stop),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      connections_(options_.connections),
      receive_buffer_(receive_buffer_bytes),
      send_buffer_(options_.pipeline * writer_.size()) {
  if (epoll_ < 0) std::abort();
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    connections_[i].server =
        &options_.servers[(options_.first_server + i) % options_.servers.size()];
    connections_[i].sent_at.resize(options_.pipeline);
  }
}

Loop::~Loop() {
  for (Connection& connection : connections_) {
    if (connection.fd >= 0) ::close(connection.fd);
  }
  ::close(epoll_);
}

std::string Loop::open() {
  open_ = connections_.size();
  for (Connection& connection : connections_) connect(connection);
  const Clock::time_point deadline = Clock::now() + connect_time_max;
  while (connecting_ > 0 && connect_error_ == 0 && Clock::now() < deadline && !stop_) step(tick);
  if (connect_error_ != 0) return std::string("cannot connect: ") + std::strerror(connect_error_);
  if (connecting_ > 0) {
    return std::to_string(connecting_) + " of " + std::to_string(connections_.size()) +
           " connections were not accepted within " + std::to_string(connect_time_max.count()) +
           " s";
  }
  return "";
}

LoopResult Loop::run() {
  running_ = true;
  const double cpu_before = thread_cpu_seconds();
  const Clock::time_point start = Clock::now();
  last_answer_ = start;
  for (Connection& connection : connections_) send_next(connection, start);
  while (open_ > 0 && (in_flight_ > 0 || (connecting_ > 0 && may_send(Clock::now())))) {
    step(tick);
    if (Clock::now() - last_answer_ > answer_time_max) {
      give_up_waiting();
      break;
    }
  }
  result_.seconds = std::chrono::duration<double>(last_answer_ - start).count();
  result_.cpu_seconds = thread_cpu_seconds() - cpu_before;
  return std::move(result_);
}

void Loop::connect(Connection& connection) {
  const Address& server = *connection.server;
  const auto* address = reinterpret_cast<const sockaddr*>(&server.bytes);
  connection.fd =
      ::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  bool failed = connection.fd < 0;
  if (!failed) {
    const int on = 1;
    ::setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                      .data = {.ptr = &connection}};
    failed = (::connect(connection.fd, address, server.size) != 0 && errno != EINPROGRESS) ||
             ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event) != 0;
  }
  if (failed) {
    connect_error_ = errno;
    if (connection.fd >= 0) ::close(connection.fd);
    give_up(connection);
    return;
  }
  connection.connecting = true;
  ++connecting_;
}

void Loop::finish_connect(Connection& connection) {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(connection.fd, SOL_SOCKET, SO_ERROR, &error, &size);
  connection.connecting = false;
  --connecting_;
  if (error != 0) {
    connect_error_ = error;
    replace(connection, "cannot connect");
  } else if (running_) {
    send_next(connection, Clock::now());
  }
}

void Loop::step(std::chrono::milliseconds time) {
  std::array<epoll_event, events_max> events;
  const int count = ::epoll_wait(epoll_, events.data(), events_max, static_cast<int>(time.count()));
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    Connection& connection = *static_cast<Connection*>(event.data.ptr);
    const bool ends = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    if (connection.connecting) {
      finish_connect(connection);
      continue;
    }
    if (!connection.output.empty() && (event.events & EPOLLOUT) != 0) flush(connection);
    if ((event.events & EPOLLIN) != 0 || ends) receive(connection, ends);
  }
}

void Loop::send_next(Connection& connection, Clock::time_point now) {
  std::size_t bytes = 0;
  while (connection.in_flight < options_.pipeline && may_send(now)) {
    writer_.write(send_buffer_.data() + bytes);
    bytes += writer_.size();
    const std::size_t slot = (connection.oldest + connection.in_flight) % options_.pipeline;
    connection.sent_at[slot] = now;
    ++connection.in_flight;
    ++in_flight_;
    ++result_.sent;
  }
  if (bytes == 0) return;
  std::size_t taken = 0;
  if (connection.output.empty()) {
    const ssize_t n = ::send(connection.fd, send_buffer_.data(), bytes, MSG_NOSIGNAL);
    if (n > 0) taken = static_cast<std::size_t>(n);  // an error shows up again when reading
  }
  connection.output.append(send_buffer_.data() + taken, bytes - taken);
}

void Loop::flush(Connection& connection) {
  const ssize_t n =
      ::send(connection.fd, connection.output.data(), connection.output.size(), MSG_NOSIGNAL);
  if (n > 0) connection.output.erase(0, static_cast<std::size_t>(n));
}

void Loop::receive(Connection& connection, bool to_the_end) {
  for (;;) {
    const ssize_t n = ::recv(connection.fd, receive_buffer_.data(), receive_buffer_.size(), 0);
    if (n == 0) return replace(connection, "connection closed");
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) return replace(connection, "connection reset");
    const std::size_t size = static_cast<std::size_t>(n);
    if (!take_answers(connection, {receive_buffer_.data(), size})) return;
    if (size < receive_buffer_.size() && !to_the_end) return;
  }
}

bool Loop::take_answers(Connection& connection, std::string_view bytes) {
  const bool kept = !connection.input.empty();
  if (kept) {
    connection.input += bytes;
    bytes = connection.input;
  }
  const Clock::time_point now = Clock::now();
  while (!bytes.empty()) {
    const Answer answer = parse_answer(options_.protocol, bytes);
    if (answer.state == Answer::State::partial) break;
    if (answer.state == Answer::State::malformed || connection.in_flight == 0) {
      replace(connection, "malformed answer");
      return false;
    }
    count(answer, now - connection.sent_at[connection.oldest]);
    connection.oldest = connection.oldest + 1 == options_.pipeline ? 0 : connection.oldest + 1;
    --connection.in_flight;
    --in_flight_;
    connection.failures_in_row = 0;
    last_answer_ = now;
    if (answer.close) {
      replace(connection, "connection closed");
      return false;
    }
    bytes.remove_prefix(answer.size);
  }
  if (kept) {
    connection.input.erase(0, connection.input.size() - bytes.size());
  } else if (!bytes.empty()) {
    connection.input = bytes;
  }
  send_next(connection, now);
  return true;
}

void Loop::count(const Answer& answer, Clock::duration latency) {
  answered_.store(answered_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  if (options_.sum_values) {
    if (const auto value = value_of(options_.protocol, answer)) {
      result_.value_sum += static_cast<std::uint64_t>(*value);
      ++result_.good;
    } else {
      ++result_.errors[answer.good ? "no value in the answer" : error_label(answer)];
    }
  } else if (answer.good) {
    ++result_.good;
    result_.latency.record(static_cast<std::uint64_t>(latency.count()));
  } else {
    ++result_.errors[error_label(answer)];
  }
}

void Loop::replace(Connection& connection, const char* why) {
  if (connection.in_flight > 0) result_.errors[why] += connection.in_flight;
  if (connection.in_flight > 0 || connect_error_ != 0) ++connection.failures_in_row;
  in_flight_ -= connection.in_flight;
  connection.in_flight = 0;
  connection.input.clear();
  connection.output.clear();
  ::close(connection.fd);
  if (!running_ || !may_send(Clock::now()) || connection.failures_in_row >= failures_in_row_max) {
    return give_up(connection);
  }
  ++result_.reconnects;
  connect_error_ = 0;
  connect(connection);
}

void Loop::give_up(Connection& connection) {
  connection.fd = -1;
  --open_;
  if (running_ && may_send(Clock::now())) ++result_.errors["connection given up"];
}

void Loop::give_up_waiting() {
  const std::string label = "no answer within " + std::to_string(answer_time_max.count()) + " s";
  result_.errors[label] += in_flight_;
}

}  // namespace dcount::cli::bench
