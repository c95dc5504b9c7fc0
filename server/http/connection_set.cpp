// The connections of one loop, see connection_set.h.
#include "server/http/connection_set.h"

#include <algorithm>

#include "server/http/connection.h"
#include "server/http/response_slot.h"

namespace dcount::http {
namespace {

/// Deadlines are kept to within a fraction of the shortest of them.
std::chrono::milliseconds tick_time(const Limits& limits) {
  auto shortest = std::min({limits.head_time, limits.body_time, limits.write_time, limits.idle_time,
                            limits.answer_time, limits.linger_time});
  return std::clamp(shortest / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(250));
}

}  // namespace

void ConnectionTotals::closed_one() {
  if (open.fetch_sub(1) != 1) return;
  std::lock_guard lock(mutex_);
  none_.notify_all();
}

bool ConnectionTotals::wait_until_none(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return none_.wait_for(lock, patience, [this] { return open.load() == 0; });
}

ConnectionSet::ConnectionSet(EventLoop& loop, const RouteTable& routes, const Limits& limits,
                             ServiceLane& services, Spooler& spooler,
                             const std::string& spool_directory, const std::string& cors_fields,
                             const Gate& gate, ConnectionTotals& totals)
    : loop(loop),
      routes(routes),
      limits(limits),
      services(services),
      spooler(spooler),
      spool_directory(spool_directory),
      cors_fields(cors_fields),
      gate(gate),
      counters(routes.routes().size()),
      totals_(totals),
      timer_(loop.impl().io),
      tick_time_(tick_time(limits)) {
  loop.impl().flush = [this] { flush(); };
}

ConnectionSet::~ConnectionSet() = default;

void ConnectionSet::start() {
  date.refresh(std::time(nullptr));
  wait_for_tick();
}

void ConnectionSet::adopt(Arrival arrival) {
  auto connection = std::make_unique<Connection<TcpStream>>(
      *this, std::move(arrival.stream), std::move(arrival.remote_addr), arrival.remote_port);
  Connection<TcpStream>& it = *connection;
  it.place_ = connections_.size();
  connections_.push_back(std::move(connection));
  it.start(arrival.over_limit);
}

void ConnectionSet::replace(AnyConnection& connection, std::unique_ptr<AnyConnection> tail) {
  tail->place_ = connection.place_;
  closed_.push_back(std::exchange(connections_[connection.place_], std::move(tail)));
}

void ConnectionSet::drain() {
  draining_ = true;
  // Backwards: a connection that closes is replaced by the last one.
  for (std::size_t i = connections_.size(); i-- > 0;) connections_[i]->drain();
}

void ConnectionSet::cut() {
  draining_ = true;
  for (std::size_t i = connections_.size(); i-- > 0;) connections_[i]->cut();
  timer_.cancel();
}

void ConnectionSet::mark_dirty(AnyConnection& connection) {
  if (std::exchange(connection.dirty_, true)) return;
  dirty_.push_back(&connection);
}

void ConnectionSet::closed(AnyConnection& connection) {
  std::size_t place = connection.place_;
  closed_.push_back(std::move(connections_[place]));
  if (place + 1 < connections_.size()) {
    connections_[place] = std::move(connections_.back());
    connections_[place]->place_ = place;
  }
  connections_.pop_back();
  totals_.closed_one();
}

void ConnectionSet::answered(const ResponseSlot& slot) {
  answered_.push_back({slot.route, slot.status, slot.begun});
}

std::string ConnectionSet::take_buffer() {
  if (buffers_.empty()) {
    std::string buffer;
    buffer.reserve(1024);
    return buffer;
  }
  std::string buffer = std::move(buffers_.back());
  buffers_.pop_back();
  return buffer;
}

void ConnectionSet::give_buffer(std::string&& buffer) {
  if (buffers_.size() >= buffers_max || buffer.capacity() > buffer_bytes_max) {
    std::string().swap(buffer);
    return;
  }
  buffer.clear();
  buffers_.push_back(std::move(buffer));
}

void ConnectionSet::flush() {
  // Not always the same one is to be the first that takes from what there is for files.
  if (std::exchange(file_bytes_left, file_bytes_per_turn_max) == 0 && !dirty_.empty())
    std::rotate(dirty_.begin(),
                dirty_.begin() + static_cast<std::ptrdiff_t>(++flushes_ % dirty_.size()),
                dirty_.end());
  // By index: a flush may read on, which may make another connection, or the same, dirty again.
  for (std::size_t i = 0; i < dirty_.size(); ++i) {
    dirty_[i]->dirty_ = false;
    dirty_[i]->flush();
  }
  dirty_.clear();
  closed_.clear();
  if (answered_.empty()) return;
  const Clock::time_point now = Clock::now();
  for (const Answered& one : answered_) counters.answered(one.route, one.status, now - one.begun);
  answered_.clear();
}

void ConnectionSet::wait_for_tick() {
  timer_.expires_after(tick_time_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    loop.impl().turn([this] { tick(); });
    wait_for_tick();
  });
}

void ConnectionSet::tick() {
  date.refresh(std::time(nullptr));
  for (std::size_t i = connections_.size(); i-- > 0;) connections_[i]->tick();
}

}  // namespace dcount::http
