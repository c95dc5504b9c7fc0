// One tail's connection, see tail_connection.h.
#include "server/http/tail_connection.h"

#include <sys/socket.h>

#include <utility>

#include "server/http/header.h"
#include "server/http/response_writer.h"

namespace dcount::http {

template <class Stream>
TailConnection<Stream>::TailConnection(ConnectionSet& set, Stream stream, const Route& route)
    : set_(set), stream_(std::move(stream)), route_(route) {
  ::setsockopt(stream_.fd(), SOL_SOCKET, SO_SNDBUF, &send_buffer_bytes, sizeof send_buffer_bytes);
}

template <class Stream>
void TailConnection<Stream>::start(Request&& request, bool http10, std::string_view rest) {
  interest_ = EPOLLIN;
  if (!set_.loop.impl().watch(stream_.fd(), interest_, *this)) return close();
  request_id_ = request.id;
  caller_ = request.caller;
  http10_ = http10;
  head_ = request.http.method == "HEAD";
  chunks_in_body_ = header(request, "X-Dcount-Chunks") == "in-body";
  owner_ = route_.tail(std::move(request), *this);
  if (closed_ && owner_) return std::exchange(owner_, nullptr)->on_end();
  if (!closed_ && owner_ && !rest.empty()) owner_->on_input(rest);
}

// Writing ---------------------------------------------------------------------------------------

template <class Stream>
void TailConnection<Stream>::write(std::string_view bytes) {
  if (closed_ || finishing_) return;
  if (holding_ || unsent_bytes() > 0) {
    output_ += bytes;
    return;
  }
  const ssize_t n = stream_.write(bytes);
  if (n == Stream::failed) return fail();
  output_.assign(bytes.substr(n == Stream::blocked ? 0 : static_cast<std::size_t>(n)));
  sent_ = 0;
  update_interest();
}

template <class Stream>
void TailConnection<Stream>::release() {
  if (!std::exchange(holding_, false) || closed_ || unsent_bytes() == 0) return;
  if (!send()) return fail();
  update_interest();
}

/// Closing is not for where something is written.
template <class Stream>
void TailConnection<Stream>::fail() {
  failed_ = finishing_ = true;
  set_.mark_dirty(*this);
}

template <class Stream>
void TailConnection<Stream>::want_input(bool wanted) {
  wants_input_ = wanted;
  update_interest();
}

template <class Stream>
void TailConnection<Stream>::begin(std::string_view content_type) {
  std::string head = "HTTP/1.1 200 OK\r\n";
  head.append(set_.date.text()).append(set_.cors_fields);
  head.append("X-Request-Id: ").append(request_id_);
  head.append("\r\nContent-Type: ").append(content_type);
  // Proxies are neither to keep it nor to gather it.
  head.append("\r\nCache-Control: no-store\r\nX-Accel-Buffering: no\r\n");
  if (chunked() && !chunks_in_body_) head.append("Transfer-Encoding: chunked\r\n");
  head.append("Connection: close\r\n\r\n");
  count_answer(200);
  write(head);
}

template <class Stream>
void TailConnection<Stream>::answer(const httplib::Response& response) {
  AnswerFrame frame;
  frame.request_id = request_id_;
  frame.date_line = set_.date.text();
  frame.more_fields = set_.cors_fields;
  frame.close = true;
  frame.http10 = http10_;
  frame.head = head_;
  std::string bytes;
  append_response(bytes, response, frame);
  count_answer(response.status);
  write(bytes);
  finish();
}

template <class Stream>
void TailConnection<Stream>::count_answer(int status) {
  set_.counters.answered(static_cast<std::size_t>(&route_ - set_.routes.routes().data()), status,
                         std::chrono::nanoseconds(0));
}

template <class Stream>
void TailConnection<Stream>::finish() {
  if (closed_ || std::exchange(finishing_, true)) return;
  finishing_since_ = set_.loop.impl().now;
  set_.mark_dirty(*this);
}

template <class Stream>
bool TailConnection<Stream>::send() {
  while (unsent_bytes() > 0) {
    const ssize_t n = stream_.write(std::string_view(output_).substr(sent_));
    if (n == Stream::blocked) return true;
    if (n == Stream::failed) return false;
    sent_ += static_cast<std::size_t>(n);
  }
  std::string().swap(output_);
  sent_ = 0;
  return true;
}

/// Everything is sent and nothing will come. Closing with bytes unread would reset the connection,
/// and the client might lose its last ones.
template <class Stream>
void TailConnection<Stream>::end_output() {
  if (std::exchange(lingering_, true)) return;
  stream_.shutdown_write();
  finishing_since_ = set_.loop.impl().now;
}

// Its life --------------------------------------------------------------------------------------

template <class Stream>
void TailConnection<Stream>::on_ready(std::uint32_t events) {
  if (closed_) return;
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read();
  if (!closed_ && (events & EPOLLOUT)) set_.mark_dirty(*this);
}

template <class Stream>
void TailConnection<Stream>::read() {
  auto& scratch = set_.loop.impl().scratch;
  const ssize_t n = stream_.read(scratch.data(), scratch.size());
  if (n == Stream::blocked) return;
  if (n == 0 && owner_ && !input_ended_ && !finishing_ && owner_->on_input_end()) {
    input_ended_ = true;
    return update_interest();
  }
  if (n == Stream::failed || n == 0) return close();
  if (owner_ && !finishing_) owner_->on_input({scratch.data(), static_cast<std::size_t>(n)});
}

template <class Stream>
void TailConnection<Stream>::flush() {
  if (closed_) return;
  const bool was_full = unsent_bytes() > 0;
  if (failed_ || !send()) return close();
  if (unsent_bytes() == 0) {
    if (finishing_) end_output();
    if (was_full && !finishing_ && owner_) owner_->on_room();
  }
  update_interest();
}

template <class Stream>
void TailConnection<Stream>::tick() {
  if (!finishing_ && caller_ && caller_->has_ended()) return drain();
  if (!finishing_) return;
  const auto patience = lingering_ ? set_.limits.linger_time : set_.limits.write_time;
  if (set_.loop.impl().now - finishing_since_ > patience) close();
}

template <class Stream>
void TailConnection<Stream>::drain() {
  if (!finishing_ && owner_) return owner_->on_drain();
  if (!owner_) finish();
}

template <class Stream>
void TailConnection<Stream>::update_interest() {
  if (closed_) return;
  const bool reads = (wants_input_ || finishing_) && (!input_ended_ || lingering_);
  const std::uint32_t interest = (reads ? EPOLLIN : 0u) | (unsent_bytes() > 0 ? EPOLLOUT : 0u);
  if (interest == interest_) return;
  interest_ = interest;
  set_.loop.impl().rewatch(stream_.fd(), interest, *this);
}

template <class Stream>
void TailConnection<Stream>::close() {
  if (std::exchange(closed_, true)) return;
  set_.loop.impl().unwatch(stream_.fd());
  stream_.close();
  set_.closed(*this);
  if (auto owner = std::exchange(owner_, nullptr)) owner->on_end();
}

template class TailConnection<TcpStream>;

}  // namespace dcount::http
