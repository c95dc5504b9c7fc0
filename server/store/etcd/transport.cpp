#include "server/store/etcd/transport.h"

#include <httplib.h>

#include <utility>

namespace dcount::store::etcd {
namespace {

// Without it a member that has lost its leader keeps what it is asked until it finds one.
constexpr const char* has_leader = "Grpc-Metadata-hasleader";
constexpr std::chrono::milliseconds connect_time{1000};

bool was_not_sent(httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection:
    case httplib::Error::ConnectionTimeout:
    case httplib::Error::BindIPAddress:
    case httplib::Error::SSLConnection:
    case httplib::Error::SSLLoadingCerts:
    case httplib::Error::SSLServerVerification:
      return true;
    default:
      return false;
  }
}

std::string because(const Endpoint& endpoint, httplib::Error error) {
  return "etcd at " + to_string(endpoint) + ": " + httplib::to_string(error);
}

httplib::Request post_of(const Request& request, const std::string& token) {
  httplib::Request post;
  post.method = "POST";
  post.path = request.path;
  post.headers = {{has_leader, "true"}, {"Content-Type", "application/json"}};
  if (!token.empty()) post.headers.emplace("Authorization", token);
  post.body = request.body;
  return post;
}

}  // namespace

Connection::Connection(Access access, std::chrono::milliseconds patience, std::size_t first)
    : access_(std::move(access)),
      patience_(patience),
      current_(first % access_.address.endpoints.size()) {}

Connection::~Connection() = default;

/// The connection to the current member, made when there is none yet.
httplib::Client& Connection::http() {
  const std::lock_guard lock(mutex_);
  if (http_) return *http_;
  const Endpoint& endpoint = access_.address.endpoints[current_];
  const std::string scheme = access_.address.tls ? "https://" : "http://";
  const std::string url = scheme + to_string(endpoint);
  auto http =
      access_.certificate_file.empty()
          ? std::make_unique<httplib::Client>(url)
          : std::make_unique<httplib::Client>(url, access_.certificate_file, access_.key_file);
  http->set_keep_alive(true);
  http->set_tcp_nodelay(true);
  http->set_connection_timeout(connect_time);
  http->set_read_timeout(patience_);
  http->set_write_timeout(patience_);
  if (!access_.ca_file.empty()) http->set_ca_cert_path(access_.ca_file);
  http->enable_server_certificate_verification(true);
  http_ = std::move(http);
  return *http_;
}

void Connection::pass_over() {
  const std::lock_guard lock(mutex_);
  http_.reset();
  current_ = (current_ + 1) % access_.address.endpoints.size();
}

Reply Connection::send_once(const Request& request) {
  if (stopped_) return {Reply::Kind::not_sent, 0, "stopped"};
  const Endpoint& endpoint = access_.address.endpoints[current_];
  httplib::Request post = post_of(request, token_);
  Reply reply{Reply::Kind::answered, 0, {}};
  post.response_handler = [&](const httplib::Response& response) {
    reply.status = response.status;
    return true;
  };
  post.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    reply.body.append(data, size);
    return true;
  };
  const auto result = http().send(post);
  // The gateway ends refusals with a trailer, which this version of cpp-httplib takes for a broken
  // answer. What came before it is whole when it is JSON.
  const bool refused = reply.status >= 400 && is_json(reply.body);
  if (result || refused) return reply;
  const bool not_sent = was_not_sent(result.error());
  return {not_sent ? Reply::Kind::not_sent : Reply::Kind::lost, 0,
          because(endpoint, result.error())};
}

Reply Connection::login() {
  token_.clear();
  Reply reply = send_once({authenticate_path, authenticate_body(access_.user, access_.password)});
  if (fate_of(reply) != Fate::done) return reply;
  const auto token = parse_token(reply.body);
  if (token) token_ = *token;
  return reply;
}

Reply Connection::send(const Request& request) {
  Reply reply;
  bool logged_in = false;
  for (std::size_t tries = 0; tries < access_.address.endpoints.size(); ++tries) {
    reply = send_once(request);
    if (wants_login(reply) && !access_.user.empty() && !logged_in) {
      Reply login_reply = login();
      const Fate fate = fate_of(login_reply);
      logged_in = fate == Fate::done;
      // The request itself was refused: whatever has become of the login, it has not happened. Why
      // there is no login says more than that one is wanted.
      if (logged_in) {
        reply = send_once(request);
      } else if (fate == Fate::not_done) {
        reply = std::move(login_reply);
      } else {
        pass_over();
        return {Reply::Kind::not_sent, 0, describe(login_reply)};
      }
    }
    const bool unavailable = reply.kind == Reply::Kind::answered && reply.status == 503;
    if (reply.kind == Reply::Kind::answered && !unavailable) return reply;
    if (stopped_) return reply;
    pass_over();
    if (fate_of(reply) == Fate::unknown) return reply;
  }
  return reply;
}

std::string Connection::stream(const Request& request, std::chrono::milliseconds silence,
                               const Sink& sink) {
  if (stopped_) return "stopped";
  if (!access_.user.empty() && token_.empty()) {
    const Reply reply = login();
    if (fate_of(reply) != Fate::done) {
      pass_over();
      return describe(reply);
    }
  }
  httplib::Request post = post_of(request, token_);
  int status = 0;
  std::string refusal;
  post.response_handler = [&](const httplib::Response& response) {
    status = response.status;
    return true;
  };
  post.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    if (status == 200) return sink({data, size});
    refusal.append(data, size);
    return refusal.size() < 4096;
  };
  const Endpoint endpoint = access_.address.endpoints[current_];
  httplib::Client& client = http();
  client.set_read_timeout(silence);
  const auto result = client.send(post);
  if (status == 401 || status == 400) token_.clear();
  pass_over();
  if (!refusal.empty()) return "etcd at " + to_string(endpoint) + ": " + error_message(refusal);
  return result ? "the stream ended" : because(endpoint, result.error());
}

void Connection::stop() {
  stopped_ = true;
  const std::lock_guard lock(mutex_);
  if (http_) http_->stop();
}

}  // namespace dcount::store::etcd
