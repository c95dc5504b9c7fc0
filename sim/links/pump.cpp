#include "sim/links/pump.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <random>

#include "sim/links/connection.h"
#include "sim/links/io_loop.h"

namespace dcount::sim {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr std::size_t read_bytes_max = 64 << 10;

}  // namespace

Pump::Pump(Connection& connection, Socket& in, Socket& out)
    : connection_(connection), in_(in), out_(out) {}

void Pump::join(Flow& flow) {
  flow_ = &flow;
  if (size_ > 0) count_arrived(size_);
  if (size_ > 0 || end_ != End::none) mark();
}

void Pump::read() {
  if (reading_ || end_ != End::none || size_ == window_bytes || connection_.closed()) return;
  if (!bytes_) bytes_ = std::make_unique_for_overwrite<char[]>(window_bytes);
  const std::size_t at = (begin_ + size_) % window_bytes;
  const std::size_t room = std::min({window_bytes - at, window_bytes - size_, read_bytes_max});
  reading_ = true;
  in_.async_read_some(asio::buffer(bytes_.get() + at, room),
                      [this, alive = connection_.shared_from_this()](auto error, std::size_t n) {
                        reading_ = false;
                        on_read(error, n);
                      });
}

void Pump::on_read(boost::system::error_code error, std::size_t count) {
  if (connection_.closed()) return;
  if (error) {
    end_ = error == asio::error::eof ? End::closed : End::reset;
  } else {
    size_ += count;
    read_total_ += count;
  }
  if (flow_ == nullptr) {
    connection_.look_at_head();
  } else {
    if (count > 0) count_arrived(count);
    mark();
    write();
  }
  read();
}

void Pump::count_arrived(std::size_t count) {
  if (connection_.is_probe()) return;
  flow_->held.add(count);
  if (flow_->stopped || connection_.hangs()) {
    flow_->stopped_bytes.add(count);
  } else if (flow_->delay) {
    flow_->delayed.add(count);
  }
}

void Pump::mark() {
  if (!flow_->delay) return;
  const auto [latency, jitter] = *flow_->delay;
  std::uniform_int_distribution<std::int64_t> around(-jitter.count(), jitter.count());
  const std::chrono::microseconds shift(around(connection_.loop().chance));
  const Time now = Clock::now();
  last_due_ = std::max({last_due_, now, now + latency + shift});
  marks_.push_back({read_total_, last_due_});
}

void Pump::write() {
  if (waiting_for_room_ || done_ || connection_.closed()) return;
  while (const std::size_t allowed = may_leave()) {
    boost::system::error_code error;
    const std::size_t sent = out_.write_some(
        asio::buffer(bytes_.get() + begin_, std::min(allowed, window_bytes - begin_)), error);
    if (error == asio::error::would_block) {
      wait_for_room();
      break;
    }
    if (error) {
      connection_.abort();
      return;
    }
    consume(sent);
  }
  const bool all_left = size_ == 0 && marks_.empty();
  if (end_ != End::none && all_left && !connection_.blocks(*flow_)) {
    pass_on_end();
  } else {
    read();
  }
}

std::size_t Pump::may_leave() {
  if (flow_ == nullptr || connection_.blocks(*flow_)) return 0;
  std::size_t allowed = size_;
  if (!flow_->delay) {
    marks_.clear();
    last_due_ = {};
    if (!flow_->bucket.limits()) return allowed;
  }
  const Time now = Clock::now();
  if (flow_->delay) allowed = due_bytes(now);
  return within_limit(allowed, now);
}

std::size_t Pump::due_bytes(Time now) {
  while (!marks_.empty() && marks_.front().due <= now) {
    released_ = marks_.front().end;
    marks_.pop_front();
  }
  if (marks_.empty()) return size_;
  wake_at(marks_.front().due);
  const std::uint64_t left_total = read_total_ - size_;
  return released_ > left_total ? released_ - left_total : 0;
}

std::size_t Pump::within_limit(std::size_t wanted, Time now) {
  if (!flow_->bucket.limits() || wanted == 0) return wanted;
  const std::size_t allowed = std::min<std::size_t>(wanted, flow_->bucket.available(now));
  if (allowed == wanted) return wanted;
  const std::uint64_t left_total = read_total_ - size_;
  const std::uint64_t from = std::max(limited_until_, left_total + allowed);
  const std::uint64_t until = left_total + wanted;
  if (until > from) {
    if (!connection_.is_probe()) flow_->limited.add(until - from);
    limited_until_ = until;
  }
  if (allowed > 0) return allowed;
  // Connections share the limit: the one that wakes first takes what there is. By chance, so that
  // it is not always the same.
  std::uniform_int_distribution<int> later(0, 10'000);
  wake_at(flow_->bucket.when(wanted) + std::chrono::microseconds(later(connection_.loop().chance)));
  return 0;
}

void Pump::consume(std::size_t count) {
  begin_ = (begin_ + count) % window_bytes;
  size_ -= count;
  // Small messages always use the same first page; a read under way has its place already.
  if (size_ == 0 && !reading_) begin_ = 0;
  if (flow_->bucket.limits()) flow_->bucket.spend(count);
  if (connection_.is_probe()) return;
  flow_->held.subtract(count);
  flow_->forwarded.add(count);
}

void Pump::pass_on_end() {
  done_ = true;
  if (end_ == End::reset) {
    connection_.abort();
    return;
  }
  boost::system::error_code ignored;
  out_.shutdown(Socket::shutdown_send, ignored);
  connection_.close_when_done();
}

void Pump::drop() {
  if (flow_ != nullptr && !connection_.is_probe()) flow_->held.subtract(size_);
  size_ = 0;
  if (timer_) timer_->cancel();
}

void Pump::wait_for_room() {
  waiting_for_room_ = true;
  out_.async_wait(Socket::wait_write, [this, alive = connection_.shared_from_this()](auto) {
    waiting_for_room_ = false;
    write();
  });
}

void Pump::wake_at(Time time) {
  if (!timer_) timer_.emplace(connection_.loop().io);
  if (timer_runs_ && timer_->expiry() <= time) return;
  timer_->expires_at(time);  // cancels an earlier wait
  timer_runs_ = true;
  timer_->async_wait([this, alive = connection_.shared_from_this()](auto error) {
    if (error) return;
    timer_runs_ = false;
    write();
  });
}

}  // namespace dcount::sim
