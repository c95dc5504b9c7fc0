#include "server/tails/web_socket.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <nlohmann/json.hpp>
#include <utility>

#include "server/http/header.h"
#include "server/tails/loop_stream.h"

namespace dcount::tails {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;

constexpr std::size_t message_bytes_max = 64 * 1024;
constexpr std::size_t kept_message_bytes_max = 1024;
constexpr std::string_view ping_frame{"\x89\x00", 2};

/// Nothing has come for so long, not even a pong: the client's machine is gone.
constexpr std::chrono::minutes idle_time{5};

class WebSocketTail final : public http::TailOwner,
                            public Outlet,
                            public std::enable_shared_from_this<WebSocketTail> {
 public:
  WebSocketTail(Hub& hub, http::TailStream& stream, WebSocketOptions options)
      : hub_(hub), options_(std::move(options)), socket_(stream) {}

  void begin(const http::Request& request);

  // TailOwner
  void on_input(std::string_view bytes) override { transport().take(bytes); }
  void on_room() override {
    transport().on_room();
    hub_.wake(*subscriber_);
  }
  void on_drain() override { end(End::stopping, std::nullopt); }
  void on_end() override;

  // Outlet
  void accept() override {}
  void refuse(Revision) override { close({websocket::try_again_later, "catch up"}); }
  bool has_room() const override;
  bool is_blocked() const override {
    return transport().stream() != nullptr && transport().stream()->unsent_bytes() > 0;
  }
  void begin_round() override;
  void end_round() override;
  void send(const Change& change, bool last) override;
  void heartbeat(std::optional<Revision> complete_to) override;
  void end(End why, std::optional<Revision> complete_to) override;

 private:
  using Socket = websocket::stream<LoopStream>;
  using Result = boost::system::error_code;

  LoopStream& transport() { return socket_.next_layer(); }
  const LoopStream& transport() const { return socket_.next_layer(); }
  void set_options();
  void on_accepted(Result error);
  void read();
  void on_message();
  void change_subscription(const std::string& key, const std::string& wish);
  bool may_hear(const std::string& key) const;
  void write_next();
  void close(const websocket::close_reason& reason);

  Hub& hub_;
  const WebSocketOptions options_;
  Socket socket_;
  beast::http::request<beast::http::empty_body> handshake_;
  beast::flat_buffer message_;
  std::deque<std::string> outbox_;  ///< what Beast has to compress; the first is being written
  std::shared_ptr<Subscriber> subscriber_;
  Room room_;
  bool open_ = false;     ///< the handshake is done
  bool closing_ = false;  ///< nothing more is sent
};

void WebSocketTail::begin(const http::Request& request) {
  handshake_.method(beast::http::verb::get);
  handshake_.target(request.http.target);
  handshake_.version(11);
  for (const auto& [name, value] : request.http.headers) handshake_.insert(name, value);
  set_options();
  Beginning beginning;
  if (!options_.snapshot) {
    for (const std::string& key : options_.keys) beginning.filter.add(key);
  }
  beginning.answered = true;
  subscriber_ = hub_.add(*this, std::move(beginning));
  socket_.async_accept(handshake_, [self = shared_from_this()](Result error) {
    self->hub_.loop().turn([&] { self->on_accepted(error); });
  });
}

void WebSocketTail::set_options() {
  socket_.set_option(websocket::stream_base::timeout{
      .handshake_timeout = std::chrono::seconds(10),
      .idle_timeout = idle_time,
      .keep_alive_pings = true,  // without, Beast does not count pongs as life (1.81)
  });
  socket_.read_message_max(message_bytes_max);
  socket_.auto_fragment(false);
  if (!options_.deflate) return;
  websocket::permessage_deflate deflate;
  deflate.server_enable = true;
  deflate.server_no_context_takeover = true;  // no window is kept between messages
  deflate.client_no_context_takeover = true;
  deflate.msg_size_threshold = 0;
  socket_.set_option(deflate);
}

void WebSocketTail::on_accepted(Result error) {
  if (error || transport().stream() == nullptr) return transport().finish();
  transport().stream()->count_answer(101);
  open_ = true;
  if (closing_) {
    closing_ = false;
    return end(End::stopping, std::nullopt);
  }
  if (options_.snapshot) {
    for (const std::string& key : options_.keys) subscriber_->subscribe(key, true);
  }
  hub_.wake(*subscriber_);
  read();
}

void WebSocketTail::read() {
  socket_.async_read(message_, [self = shared_from_this()](Result error, std::size_t) {
    self->hub_.loop().turn([&] {
      // Whatever it was, Beast has answered it: a close frame, or a code that says what was wrong.
      if (error) return self->transport().finish();
      if (self->subscriber_) self->on_message();
      self->message_.consume(self->message_.size());
      if (self->message_.capacity() > kept_message_bytes_max) self->message_.shrink_to_fit();
      self->read();
    });
  });
}

/// {"<key>": "s", "<key>": "u", …}; what is not that is ignored, as zemcounters does.
void WebSocketTail::on_message() {
  const std::string_view text(static_cast<const char*>(message_.cdata().data()), message_.size());
  const auto no_deeper = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    return depth <= 2;
  };
  const auto json = nlohmann::json::parse(text, no_deeper, false);
  if (!json.is_object()) return;
  for (const auto& [key, wish] : json.items()) {
    if (wish.is_string() && !closing_) change_subscription(key, wish.get<std::string>());
  }
}

void WebSocketTail::change_subscription(const std::string& key, const std::string& wish) {
  if (!Filter::is_key(key) || !may_hear(key)) return;
  if (wish == "u") return subscriber_->unsubscribe(key);
  if (wish != "s") return;
  if (subscriber_->keys() >= hub_.limits().keys_max)
    return close({websocket::policy_error, "too many keys on one tail"});
  if (!hub_.has_place_for_keys(1))
    return close({websocket::try_again_later, "too many subscriptions on this server"});
  subscriber_->subscribe(key, options_.snapshot);
}

bool WebSocketTail::may_hear(const std::string& key) const {
  if (!options_.may_hear) return true;
  const auto slash = key.find('/');  // without one it is "*", or an id in any collection
  return slash != std::string::npos && options_.may_hear(std::string_view(key).substr(0, slash));
}

bool WebSocketTail::has_room() const {
  const http::TailStream* stream = transport().stream();
  return open_ && !closing_ && stream != nullptr && room_.has_room(*stream) && outbox_.empty();
}

void WebSocketTail::begin_round() {
  if (transport().stream() != nullptr) room_.begin_round(*transport().stream());
}

void WebSocketTail::end_round() {
  if (transport().stream() != nullptr) room_.end_round(*transport().stream());
}

void WebSocketTail::send(const Change& change, bool) {
  if (!has_room()) return;
  const Framed& framed = change.as(Form::web_socket);
  if (!options_.deflate) return transport().stream()->write(framed.bytes());
  outbox_.emplace_back(framed.payload());
  write_next();
}

void WebSocketTail::write_next() {
  socket_.text(true);
  socket_.async_write(boost::asio::buffer(outbox_.front()),
                      [self = shared_from_this()](Result error, std::size_t) {
                        self->hub_.loop().turn([&] {
                          self->outbox_.pop_front();
                          if (error || !self->subscriber_) return;
                          self->hub_.wake(*self->subscriber_);
                        });
                      });
}

void WebSocketTail::heartbeat(std::optional<Revision>) {
  if (has_room()) transport().stream()->write(ping_frame);
}

void WebSocketTail::end(End why, std::optional<Revision>) {
  close({why == End::restored ? websocket::service_restart : websocket::going_away,
         why == End::restored ? "restored" : "stopping"});
}

/// The connection ends behind the close frame (LoopStream): a client that does not read would keep
/// a server from stopping.
void WebSocketTail::close(const websocket::close_reason& reason) {
  if (std::exchange(closing_, true) || !open_) return;
  socket_.async_close(reason, [self = shared_from_this()](Result) {
    self->hub_.loop().turn([&] { self->transport().finish(); });
  });
}

void WebSocketTail::on_end() {
  const auto self = shared_from_this();  // what ends here may have been the last to hold it
  transport().lose();
  hub_.remove(*std::exchange(subscriber_, nullptr));
}

}  // namespace

bool is_upgrade(const http::Request& request) {
  const std::string_view upgrade = http::header(request, "Upgrade");
  return beast::iequals({upgrade.data(), upgrade.size()}, "websocket") &&
         request.http.method == "GET" && request.http.version == "HTTP/1.1";
}

std::shared_ptr<http::TailOwner> begin_web_socket(Hub& hub, http::TailStream& stream,
                                                  const http::Request& request,
                                                  WebSocketOptions options) {
  auto tail = std::make_shared<WebSocketTail>(hub, stream, std::move(options));
  tail->begin(request);
  return tail;
}

}  // namespace dcount::tails
