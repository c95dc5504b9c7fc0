#include "client/transport.h"

#include <fcntl.h>
#include <httplib.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "client/early_answer.h"
#include "client/sigpipe_blocked.h"

namespace dcount::client {

static_assert(sizeof(httplib::Request) == 608, "httplib.h without PkgConfig::HTTPLIB's macros");

struct Transport::Connection {
  explicit Connection(const Endpoint& where) : endpoint(where), http(where.host, where.port) {}

  Endpoint endpoint;
  httplib::Client http;
};

namespace {

constexpr std::size_t upload_piece_bytes = std::size_t{256} << 10;

struct File {
  explicit File(const std::string& path) : fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd >= 0) ::close(fd);
  }
  int fd;
};

/// A peer whose machine is gone is noticed within 30 s, however long an answer may take.
void keep_alive(socket_t fd) {
  const auto set = [fd](int level, int option, int value) {
    ::setsockopt(fd, level, option, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 15);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
}

httplib::Headers headers_of(const ClientOptions& options, const Call& call) {
  httplib::Headers headers;
  // Without this cpp-httplib asks for brotli, which costs a small answer more than it saves.
  headers.emplace("Accept-Encoding", "identity");
  if (!options.api_key.empty()) headers.emplace("Authorization", "Bearer " + options.api_key);
  if (call.mutating() && options.keyed) {
    headers.emplace("Idempotency-Key", call.idempotency_key);
  }
  if (call.headers) {
    for (auto& [name, value] : call.headers()) headers.emplace(name, value);
  }
  return headers;
}

/// What a header counts: digits, in the quotes of an ETag or without.
std::optional<std::int64_t> count_in(const httplib::Response& response, const char* header) {
  std::string text = response.get_header_value(header);
  std::erase(text, '"');
  std::int64_t count = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && count >= 0 ? std::optional(count) : std::nullopt;
}

void read_head(const httplib::Response& response, Reply& reply) {
  reply.status = response.status;
  reply.location = response.get_header_value("Location");
  reply.replayed = response.get_header_value("Idempotent-Replayed") == "true";
  reply.retry_after_s = count_in(response, "Retry-After");
  reply.version = count_in(response, "ETag").value_or(0);
  reply.wraps = count_in(response, "Sequence-Wraps").value_or(0);
  reply.items_added = count_in(response, "Items-Added");
  reply.etag = response.get_header_value("ETag");
  reply.content_range = response.get_header_value("Content-Range");
  reply.content_length = count_in(response, "Content-Length");
}

void read_error(httplib::Error error, const Endpoint& endpoint, Reply& reply) {
  switch (error) {
    case httplib::Error::Success:
      reply.delivery = Delivery::answered;
      return;
    case httplib::Error::Connection:
    case httplib::Error::ConnectionTimeout:
    case httplib::Error::BindIPAddress:
      reply.delivery = Delivery::not_sent;
      reply.why = "no connection to " + endpoint.url();
      return;
    case httplib::Error::Canceled:
      reply.delivery = Delivery::cancelled;
      if (reply.why.empty()) reply.why = "stopped on this side";
      return;
    default:
      reply.delivery = Delivery::lost;
      reply.why = "no answer from " + endpoint.url() + " (" + httplib::to_string(error) + ")";
  }
}

bool is_download(const Call& call, const Reply& reply) {
  return call.sink && (reply.status == 200 || reply.status == 206);
}

/// A request whose body is in memory. The answer goes to `reply`, or to the call's sink.
httplib::Error send_body(httplib::Client& http, httplib::Headers headers, const Call& call,
                         Reply& reply) {
  httplib::Request request;
  request.method = call.method;
  request.path = call.target;
  request.headers = std::move(headers);
  request.body = call.body;
  if (!call.content_type.empty()) request.headers.emplace("Content-Type", call.content_type);
  request.response_handler = [&](const httplib::Response& response) {
    read_head(response, reply);
    return !call.on_head || !is_download(call, reply) || call.on_head(reply);
  };
  request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    if (is_download(call, reply)) {
      if (!call.sink({data, size})) return false;
      reply.sunk_bytes += size;
      return true;
    }
    if (reply.body.size() + size > answer_bytes_max) {
      reply.why = "the answer is longer than any of dcount's";
      return false;
    }
    reply.body.append(data, size);
    return true;
  };
  httplib::Response response;
  httplib::Error error = httplib::Error::Success;
  if (!http.send(request, response, error) && error == httplib::Error::Success) {
    error = httplib::Error::Unknown;
  }
  if (error == httplib::Error::Success) read_head(response, reply);
  return error;
}

/// The file piece by piece, for as long as nobody answers: an answer that comes before all is sent
/// (no such key, too long) ends it.
class Upload {
 public:
  Upload(httplib::Client& http, const Call& call, Clock& clock, Reply& reply)
      : http_(http), call_(call), clock_(clock), start_(clock.now()), reply_(reply) {}

  httplib::Error send(const httplib::Headers& headers);

 private:
  bool send_piece(std::size_t offset, std::size_t length, httplib::DataSink& sink);

  httplib::Client& http_;
  const Call& call_;
  Clock& clock_;
  TimePoint start_;
  Reply& reply_;
  File file_{call_.upload_file};
  std::string piece_ = std::string(upload_piece_bytes, '\0');
  std::optional<httplib::Response> early_;
};

bool Upload::send_piece(std::size_t offset, std::size_t length, httplib::DataSink& sink) {
  reply_.moving = std::chrono::duration_cast<Duration>(clock_.now() - start_);
  if (early_ = early_answer(http_.socket()); early_) return false;
  if (call_.upload_watcher && !call_.upload_watcher(offset)) return false;
  const auto got =
      ::pread(file_.fd, piece_.data(), std::min(length, piece_.size()), static_cast<off_t>(offset));
  if (got <= 0) {
    reply_.why = call_.upload_file + " became shorter while it was being sent";
    return false;
  }
  if (sink.write(piece_.data(), static_cast<std::size_t>(got))) return true;
  // Who does not read on has perhaps said why.
  early_ = early_answer(http_.socket());
  return !early_;
}

httplib::Error Upload::send(const httplib::Headers& headers) {
  struct stat info {};
  if (file_.fd < 0 || ::fstat(file_.fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    reply_.why = "cannot read " + call_.upload_file + ": " +
                 (file_.fd < 0 ? std::strerror(errno) : "not a regular file");
    return httplib::Error::Canceled;
  }
  auto provider = [this](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
    return send_piece(offset, length, sink);
  };
  auto result = http_.Post(call_.target, headers, static_cast<std::size_t>(info.st_size), provider,
                           call_.content_type);
  if (!result && !early_) return result.error();
  const httplib::Response& response = early_ ? *early_ : *result;
  read_head(response, reply_);
  reply_.body = response.body;
  return httplib::Error::Success;
}

}  // namespace

Transport::Transport(const ClientOptions& options) : options_(options) {}
Transport::~Transport() = default;

Transport::Connection& Transport::connection(const Endpoint& endpoint) {
  for (auto& connection : connections_) {
    if (connection->endpoint == endpoint) return *connection;
  }
  auto& connection = connections_.emplace_back(std::make_unique<Connection>(endpoint));
  httplib::Client& http = connection->http;
  http.set_keep_alive(true);
  http.set_tcp_nodelay(true);
  http.set_url_encode(false);
  http.set_follow_location(false);
  http.set_connection_timeout(options_.connect_time);
  http.set_socket_options(keep_alive);
  return *connection;
}

Reply Transport::exchange(const Endpoint& endpoint, const Call& call) {
  Connection& connection = this->connection(endpoint);
  bool transfer = call.sink || !call.upload_file.empty();
  const Duration quiet_time = transfer ? options_.transfer_time : options_.answer_time;
  connection.http.set_read_timeout(call.answer_time.value_or(quiet_time));
  connection.http.set_write_timeout(quiet_time);

  const SigpipeBlocked blocked;
  Reply reply;
  auto headers = headers_of(options_, call);
  Clock& clock = options_.clock ? *options_.clock : Clock::steady();
  auto error = call.upload_file.empty()
                   ? send_body(connection.http, std::move(headers), call, reply)
                   : Upload(connection.http, call, clock, reply).send(headers);
  read_error(error, endpoint, reply);
  return reply;
}

}  // namespace dcount::client
