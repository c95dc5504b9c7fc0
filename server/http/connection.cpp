// One connection, see connection.h.
#include "server/http/connection.h"

#include "server/http/admission.h"
#include "server/http/header.h"
#include "server/http/problem.h"
#include "server/http/tail_connection.h"

namespace dcount::http {
template <class Stream>
Connection<Stream>::Connection(ConnectionSet& set, Stream stream, std::string remote_addr,
                               int remote_port)
    : set_(set),
      stream_(std::move(stream)),
      remote_addr_(std::move(remote_addr)),
      remote_port_(remote_port),
      framer_(set.limits),
      answers_(set, *this),
      active_at_(now()) {}

template <class Stream>
Connection<Stream>::~Connection() {
  if (self_) *self_ = nullptr;
}

template <class Stream>
void Connection<Stream>::start(bool over_limit) {
  interest_ = EPOLLIN;
  if (!set_.loop.impl().watch(stream_.fd(), interest_, *this)) return close();
  if (over_limit) refuse(503, "overloaded", "too many connections");
}

template <class Stream>
void Connection<Stream>::on_ready(std::uint32_t events) {
  if (closed_) return;
  if (events & EPOLLOUT) set_.mark_dirty(*this);
  if (interest_ & EPOLLIN) {
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read();
  } else if (events & (EPOLLHUP | EPOLLERR)) {
    close();  // nobody is left to take the answers
  }
}

// Reading ---------------------------------------------------------------------------------------

template <class Stream>
bool Connection<Stream>::can_parse() const {
  const bool served_alone = answers_.oldest() && answers_.oldest()->alone;
  return !last_request_ && !held_ && !spooling_ && !served_alone &&
         answers_.slots() < set_.limits.pipelined_requests_max &&
         answers_.output_bytes() < set_.limits.output_bytes_max;
}

template <class Stream>
void Connection<Stream>::read() {
  auto& scratch = set_.loop.impl().scratch;
  ssize_t n = stream_.read(scratch.data(), scratch.size());
  if (n == Stream::blocked) return;
  if (n == Stream::failed) return close();
  if (n == 0) {
    peer_closed_ = true;
    if (lingering_ || owes_nothing()) return close();
    return update_interest();
  }
  active_at_ = now();
  if (discarding_) {
    discarded_bytes_ += static_cast<std::size_t>(n);
    if (discarded_bytes_ > set_.limits.linger_bytes_max && lingering_) return close();
    return update_interest();
  }
  std::string_view bytes(scratch.data(), static_cast<std::size_t>(n));
  if (rest_.empty()) {
    parse(bytes);
    rest_.assign(bytes);
  } else {
    rest_.append(bytes);
    parse_rest();
  }
  update_interest();
}

template <class Stream>
void Connection<Stream>::parse_rest() {
  std::string_view bytes = rest_;
  parse(bytes);
  if (bytes.empty())
    std::string().swap(rest_);
  else
    rest_.erase(0, rest_.size() - bytes.size());
}

template <class Stream>
void Connection<Stream>::parse(std::string_view& bytes) {
  while (can_parse()) {
    if (bytes.empty() && !framer_.in_body()) return;
    switch (framer_.feed(bytes)) {
      case Framer::Step::need_more:
        if (framer_.in_request() && !framer_.in_body() && head_begun_ == Clock::time_point{})
          head_begun_ = now();
        return;
      case Framer::Step::head:
        on_head(!bytes.empty());
        break;
      case Framer::Step::body:
        on_body();
        break;
      case Framer::Step::complete:
        on_complete(bytes);
        break;
      case Framer::Step::error:
        refuse(framer_.error().status, framer_.error().code, framer_.error().detail);
        break;
    }
  }
  if (discarding_) bytes = {};
  stalled_ = true;
}

template <class Stream>
void Connection<Stream>::on_head(bool more_here) {
  head_begun_ = {};
  Request& request = framer_.request();
  const FrameHead& head = framer_.head();
  const std::string_view id = header(request, "X-Request-Id");
  request.id = is_usable_request_id(id) ? std::string(id) : set_.ids.next();
  request.http.remote_addr = remote_addr_;
  request.http.remote_port = remote_port_;

  Admission admission = admit({set_.routes, set_.gate, !set_.cors_fields.empty()}, request, head);
  // Nobody knows whether a client that expects 100 sends its body after a refusal.
  const bool asks_first = head.expects_continue && head.has_body() && !more_here;
  if (admission.refusal && (admission.is_last || asks_first)) return refuse(*admission.refusal);
  route_ = admission.route;
  refusal_ = std::move(admission.refusal);
  if (route_ && !refusal_ && route_->spool_body && !open_spool()) return;
  framer_.limit_body(admission.body_bytes_max);
  if (!asks_first) return;
  answers_.push_bytes("HTTP/1.1 100 Continue\r\n\r\n");
  set_.mark_dirty(*this);
}

template <class Stream>
bool Connection<Stream>::open_spool() {
  spool_ = std::make_shared<SpoolFile>();
  if (spool_->create(set_.spool_directory)) return true;
  refuse(507, "storage_full", "the body cannot be stored");
  return false;
}

template <class Stream>
void Connection<Stream>::on_body() {
  std::string& part = framer_.request().http.body;
  if (refusal_) {
    part.clear();
  } else if (spool_ && !part.empty()) {
    spool(std::exchange(part, {}));
  }
}

/// Nothing is read on until it is written: so much waits for the disk, and no more.
template <class Stream>
void Connection<Stream>::spool(std::string part) {
  if (!self_) self_ = std::make_shared<Connection*>(this);
  spooling_ = set_.spooler.append(spool_, std::move(part), set_.loop, [self = self_](bool stored) {
    if (*self != nullptr) (*self)->on_spooled(stored);
  });
  if (!spooling_) refuse(503, "overloaded", "too many bodies at a time");
}

template <class Stream>
void Connection<Stream>::on_spooled(bool stored) {
  spooling_ = false;
  if (closed_ || discarding_) return;
  active_at_ = now();
  if (stored) {
    resume();
  } else {
    refuse(507, "storage_full", "the body cannot be stored");
  }
  update_interest();
}

template <class Stream>
void Connection<Stream>::on_complete(std::string_view& bytes) {
  if (refusal_) {
    set_.counters.refused(refusal_->status);
    auto slot = push_request();
    framer_.next();
    slot->answer(*std::exchange(refusal_, nullptr));
  } else if (route_->command) {
    start_command();
  } else if (answers_.oldest() || (route_->tail && answers_.has_output())) {
    held_ = true;
  } else if (route_->tail) {
    become_tail(bytes);
  } else {
    on_body();
    if (spooling_) {
      held_ = true;  // until the last part is written, too
    } else if (!discarding_) {
      start_service();
    }
  }
}

template <class Stream>
void Connection<Stream>::start_command() {
  auto slot = push_request();
  const Route& route = *std::exchange(route_, nullptr);
  slot->alone = route.patient;
  try {
    route.command(std::move(framer_.request()), Responder(std::move(slot)));
  } catch (...) {
    // The Responder has answered 500 on its way out.
  }
  framer_.next();
}

template <class Stream>
void Connection<Stream>::start_service() {
  auto slot = push_request();
  slot->alone = true;
  const Route& route = *std::exchange(route_, nullptr);
  std::unique_ptr<ServiceJob> job(
      new ServiceJob{std::move(framer_.request()), route, slot, std::move(spool_)});
  framer_.next();
  if (set_.services.submit(job)) return;
  slot->answer(problem(503, "overloaded", "too many requests of this kind", Retryable::yes));
}

/// The tail lane: the stream leaves this connection, and with it what has come behind the request.
template <class Stream>
void Connection<Stream>::become_tail(std::string_view& bytes) {
  Request request = std::move(framer_.request());
  set_.loop.impl().unwatch(stream_.fd());
  closed_ = last_request_ = true;
  auto tail = std::make_unique<TailConnection<Stream>>(set_, std::move(stream_), *route_);
  TailConnection<Stream>& it = *tail;
  set_.replace(*this, std::move(tail));
  it.start(std::move(request), framer_.head().http10, std::exchange(bytes, {}));
  if (set_.draining()) it.drain();
}

// Answering -------------------------------------------------------------------------------------

template <class Stream>
std::shared_ptr<ResponseSlot> Connection<Stream>::push_request() {
  auto slot = answers_.push();
  const Request& request = framer_.request();
  const FrameHead& head = framer_.head();
  slot->request_id = request.id;
  slot->keep_alive = head.keep_alive;
  slot->http10 = head.http10;
  slot->head = request.http.method == "HEAD";
  if (route_) slot->route = static_cast<std::size_t>(route_ - set_.routes.routes().data());
  if (!head.keep_alive) last_request_ = true;
  return slot;
}

template <class Stream>
void Connection<Stream>::refuse(int status, std::string_view code, const std::string& detail) {
  const bool again = status == 408 || status == 503 || status == 507;
  refuse(problem(status, code, detail, again ? Retryable::yes : Retryable::no));
}

template <class Stream>
void Connection<Stream>::refuse(const httplib::Response& response) {
  set_.counters.refused(response.status);
  auto slot = answers_.push();
  if (framer_.in_body()) {
    slot->request_id = framer_.request().id;
    slot->head = framer_.request().http.method == "HEAD";
  }
  if (slot->request_id.empty()) slot->request_id = set_.ids.next();
  slot->keep_alive = false;
  framer_.next();
  route_ = nullptr;
  refusal_.reset();
  spool_.reset();
  last_request_ = discarding_ = true;
  slot->answer(response);
}

template <class Stream>
void Connection<Stream>::on_answer(ResponseSlot& slot, const httplib::Response& response) {
  if (set_.draining() && !slot.next && !held_ && !framer_.in_body()) {
    slot.keep_alive = false;
    last_request_ = true;
  }
  answers_.fill(slot, response);
  set_.mark_dirty(*this);
}

template <class Stream>
void Connection<Stream>::flush() {
  if (closed_) return;
  if (!answers_.send(stream_)) return close();
  wants_write_ = answers_.has_output();
  if (!wants_write_) {
    active_at_ = now();
    if (answers_.is_last()) return finish();
    if (stalled_) resume();
    if (peer_closed_ && owes_nothing() && !stalled_) return close();
    if (set_.draining() && is_idle()) return close();
  }
  update_interest();
}

template <class Stream>
void Connection<Stream>::finish() {
  if (peer_closed_) return close();
  // Closing with bytes unread would reset the connection, and the client might lose its answer.
  stream_.shutdown_write();
  lingering_ = discarding_ = true;
  linger_begun_ = now();
  update_interest();
}

template <class Stream>
void Connection<Stream>::resume() {
  if (spooling_ || (!can_parse() && !(held_ && !answers_.oldest()))) return;
  stalled_ = false;
  std::string_view rest = rest_;
  if (std::exchange(held_, false)) on_complete(rest);
  if (!closed_) parse_rest();
}

// Its life --------------------------------------------------------------------------------------

template <class Stream>
void Connection<Stream>::tick() {
  const Limits& limits = set_.limits;
  if (lingering_) {
    if (now() - linger_begun_ > limits.linger_time) close();
    return;
  }
  if (answers_.has_output() && now() - answers_.progress_at() > limits.write_time) return close();
  while (answers_.oldest() && now() - answers_.oldest()->begun > limits.answer_time) {
    std::shared_ptr<ResponseSlot> slot = answers_.oldest();
    if (slot->answered || slot->alone) break;  // it waits behind a file; services take their time
    slot->answer(problem(504, "outcome_unknown", "no answer yet; it may still take effect",
                         Retryable::same_key));
  }
  if (!can_parse()) return;
  if (framer_.in_body()) {
    if (now() - active_at_ > limits.body_time) refuse(408, "timeout", "the body does not come");
  } else if (framer_.in_request()) {
    if (now() - head_begun_ > limits.head_time) refuse(408, "timeout", "the head does not end");
  } else if (is_idle() && now() - active_at_ > limits.idle_time) {
    close();
  }
}

template <class Stream>
void Connection<Stream>::drain() {
  // A request may be here that no turn has looked at yet.
  if (interest_ & EPOLLIN) read();
  if (!closed_ && is_idle()) close();
}

template <class Stream>
void Connection<Stream>::update_interest() {
  if (closed_) return;
  bool wants_read = can_parse();
  if (discarding_) wants_read = lingering_ || discarded_bytes_ <= set_.limits.linger_bytes_max;
  std::uint32_t interest = 0;
  if (wants_read && !peer_closed_) interest |= EPOLLIN;
  if (wants_write_) interest |= EPOLLOUT;
  if (interest == interest_) return;
  interest_ = interest;
  set_.loop.impl().rewatch(stream_.fd(), interest, *this);
}

template <class Stream>
void Connection<Stream>::close() {
  if (std::exchange(closed_, true)) return;
  // A child between fork and exec may hold the descriptor too, so closing it is not enough.
  set_.loop.impl().unwatch(stream_.fd());
  stream_.close();
  answers_.forget_slots();
  set_.closed(*this);
}

template class Connection<TcpStream>;

}  // namespace dcount::http
