#include "sim/links/connection.h"

#include "sim/links/front.h"
#include "sim/links/io_loop.h"

namespace dcount::sim {
namespace {

using tcp = boost::asio::ip::tcp;

/// What the kernel keeps for a client that does not read: left alone it is 2.6 MB, and no server
/// would ever feel such a client.
constexpr int near_send_buffer_bytes = 64 * 1024;

void prepare(tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.non_blocking(true, ignored);
}

void close_with_reset(tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(boost::asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

}  // namespace

Connection::Connection(Front& front, Socket near, std::uint16_t probe_port)
    : front_(front),
      probe_port_(probe_port),
      near_(std::move(near)),
      far_(front.loop().io),
      forward_(*this, near_, far_),
      backward_(*this, far_, near_) {}

IoLoop& Connection::loop() const { return front_.loop(); }

void Connection::start() {
  prepare(near_);
  boost::system::error_code ignored;
  near_.set_option(boost::asio::socket_base::send_buffer_size(near_send_buffer_bytes), ignored);
  forward_.read();
}

void Connection::join(LinkState& link) {
  link_ = &link;
  link.connections.insert(shared_from_this());
  if (!is_probe()) {
    link.taken.add(1);
    link.open.add(1);
  }
  hangs_ = link.hangs_new;
  forward_.join(link.forward);
  backward_.join(link.backward);
  if (link.refuses) {
    if (!is_probe()) link.refused.add(1);
    abort();
    return;
  }
  go_on();
}

void Connection::look_at_head() {
  LinkState* link = front_.link_of(near_, forward_.held(), forward_.has_ended());
  if (link != nullptr) join(*link);
}

void Connection::go_on() {
  if (closed_ || link_ == nullptr) return;
  if (!connect_began_ && !hangs_ && !link_->is_cut()) connect();
  if (!is_connected_) return;
  forward_.write();
  backward_.write();
}

void Connection::connect() {
  const auto target = is_probe() ? loop().echo.address() : front_.target();
  if (target.port() == 0) return;
  connect_began_ = true;
  far_.async_connect(target, [self = shared_from_this()](auto error) {
    if (self->closed_) return;
    if (error) {
      self->abort();
      return;
    }
    prepare(self->far_);
    self->is_connected_ = true;
    self->front_.served();
    self->backward_.read();
    self->go_on();
  });
}

void Connection::abort() {
  if (closed_) return;
  const auto self = shared_from_this();  // the link's list may be the last to hold it
  leave();
  close_with_reset(near_);
  close_with_reset(far_);
}

void Connection::close_when_done() {
  if (closed_ || !forward_.done() || !backward_.done()) return;
  const auto self = shared_from_this();
  leave();
  boost::system::error_code ignored;
  near_.close(ignored);
  far_.close(ignored);
}

void Connection::leave() {
  closed_ = true;
  forward_.drop();
  backward_.drop();
  if (link_ != nullptr) {
    link_->connections.erase(shared_from_this());
    if (!is_probe()) link_->open.subtract(1);
  }
  front_.left(is_connected_);
}

}  // namespace dcount::sim
