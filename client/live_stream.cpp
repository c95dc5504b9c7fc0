#include "client/live_stream.h"

#include <fcntl.h>
#include <httplib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "client/json_splitter.h"
#include "client/sigpipe_blocked.h"
#include "client/stream_url.h"

namespace dcount::client {

static_assert(sizeof(httplib::Request) == 608, "httplib.h without PkgConfig::HTTPLIB's macros");

struct LiveStream::Answer {
  StreamResult result;
  std::string location;
};

namespace {

constexpr Duration write_time{5'000};
constexpr std::uint16_t http_port = 80;
/// Unconnected, connected meanwhile, and broken by the other side: more cannot happen.
constexpr int interrupt_looks_max = 4;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

httplib::Headers headers_of(const LiveRequest& request) {
  httplib::Headers headers;
  // What is compressed comes late: the other side collects before it sends.
  headers.emplace("Accept-Encoding", "identity");
  std::string host = request.endpoint.url().substr(std::string_view("http://").size());
  if (request.endpoint.port == http_port) host.resize(host.rfind(':'));
  headers.emplace("Host", host);
  if (!request.accept.empty()) headers.emplace("Accept", request.accept);
  if (!request.user.empty() || !request.password.empty()) {
    headers.insert(httplib::make_basic_authentication_header(request.user, request.password));
  } else if (!request.api_key.empty()) {
    headers.emplace("Authorization", "Bearer " + request.api_key);
  }
  for (const auto& [name, value] : request.headers) headers.emplace(name, value);
  return headers;
}

std::string why_broken(httplib::Error error, const Endpoint& endpoint, int status) {
  if (status == 0 && error == httplib::Error::Read) return "no answer from " + endpoint.url();
  if (status != 0) return "the connection to " + endpoint.url() + " broke";
  return "no connection to " + endpoint.url();
}

/// What to say of an answer that is read to its end, or as far as it was wanted.
void judge(httplib::Error error, const JsonSplitter& splitter, const Endpoint& endpoint,
           StreamResult& result) {
  bool cancelled = error == httplib::Error::Canceled;
  if (result.status != 0 && result.status != 200 &&
      (cancelled || error == httplib::Error::Success)) {
    result.end = StreamEnd::refused;
    result.why = endpoint.url() + " answered " + std::to_string(result.status);
  } else if (error == httplib::Error::Success && !splitter.in_record()) {
    result.end = StreamEnd::ended;
  } else if (error == httplib::Error::Success) {
    result.why = "the answer of " + endpoint.url() + " ended in the middle of a record";
  } else if (!cancelled) {
    result.why = why_broken(error, endpoint, result.status);
  } else if (splitter.status() == JsonSplitter::Status::cancelled) {
    result.end = StreamEnd::stopped;
    result.why = splitter.why();
  } else {
    result.end = StreamEnd::garbled;
    result.why = endpoint.url() + ": " + splitter.why();
  }
}

}  // namespace

LiveStream::LiveStream()
    : socket_(::open("/dev/null", O_RDONLY | O_CLOEXEC)),
      placeholder_(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {
  if (socket_ < 0 || placeholder_ < 0) std::abort();  // out of descriptors
}

LiveStream::~LiveStream() {
  ::close(socket_);
  ::close(placeholder_);
}

void LiveStream::stop() {
  stopped_ = true;
  interrupt();
}

/// Breaks the connection, in whichever state it is. One that is not yet connected cannot be shut
/// down, but connect() fails on a socket that listens; to shut that down would undo it, which is
/// why the state is looked at: the other thread may be in here, too. It may change meanwhile.
void LiveStream::interrupt() const {
  const int saved = errno;
  for (int looks = 0; looks < interrupt_looks_max; ++looks) {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(socket_, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) break;  // no connection
    if (info.tcpi_state == TCP_LISTEN) break;
    const bool unconnected = info.tcpi_state == TCP_CLOSE;
    if ((unconnected ? ::listen(socket_, 0) : ::shutdown(socket_, SHUT_RDWR)) == 0) break;
  }
  errno = saved;
}

/// cpp-httplib is about to connect it.
void LiveStream::connecting(int socket) {
  if (::dup3(socket, socket_, O_CLOEXEC) < 0) std::abort();
  if (stopped_) interrupt();
}

void LiveStream::disconnected() {
  if (::dup3(placeholder_, socket_, O_CLOEXEC) < 0) std::abort();
}

LiveStream::Answer LiveStream::ask(const LiveRequest& request, const Taker& taker,
                                   const Opened& opened) {
  httplib::Client http(request.endpoint.host, request.endpoint.port);
  http.set_tcp_nodelay(true);
  http.set_url_encode(false);
  http.set_follow_location(false);
  http.set_connection_timeout(request.connect_time);
  http.set_read_timeout(request.silence_time);
  http.set_write_timeout(write_time);
  http.set_socket_options([this](int socket) { connecting(socket); });

  Answer answer;
  StreamResult& result = answer.result;
  JsonSplitter splitter;
  auto count = [&](std::string_view record) {
    if (stopped_ || !taker(record)) return false;
    ++result.records;
    return true;
  };
  httplib::Request get;
  get.method = "GET";
  get.path = request.target;
  get.headers = headers_of(request);
  get.response_handler = [&](const httplib::Response& response) {
    result.status = response.status;
    answer.location = response.get_header_value("Location");
    if (result.status == 200 && opened) opened();
    return true;
  };
  get.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    if (result.status == 200) {
      return splitter.feed({data, size}, count) == JsonSplitter::Status::ok;
    }
    result.body.append(data, std::min(size, refusal_bytes_max - result.body.size()));
    return result.body.size() < refusal_bytes_max;
  };
  const SigpipeBlocked blocked;
  httplib::Response response;
  httplib::Error error = httplib::Error::Success;
  if (!http.send(get, response, error) && error == httplib::Error::Success) {
    error = httplib::Error::Unknown;
  }
  disconnected();
  judge(error, splitter, request.endpoint, result);
  return answer;
}

StreamResult LiveStream::run(const LiveRequest& request, const Taker& taker, const Opened& opened) {
  LiveRequest next = request;
  for (std::size_t redirects = 0;; ++redirects) {
    Answer answer;
    if (!stopped_) answer = ask(next, taker, opened);
    StreamResult& result = answer.result;
    if (stopped_) {
      result.end = StreamEnd::stopped;
      result.why = "stopped on this side";
    }
    if (result.end != StreamEnd::refused || !is_redirect(result.status)) return result;
    auto url = resolve(next.endpoint, answer.location);
    if (!url || redirects == redirects_max) {
      result.why += url ? ", after " + std::to_string(redirects) + " redirects"
                        : " and leads nowhere: " + url.error().detail;
      return result;
    }
    next.endpoint = url->endpoint;
    next.target = url->target;
    bool own = next.endpoint == request.endpoint;
    next.api_key = own ? request.api_key : "";
    next.user = own ? request.user : url->user;
    next.password = own ? request.password : url->password;
  }
}

Backoff::Backoff() : Backoff(std::random_device{}()) {}

Backoff::Backoff(std::uint64_t seed)
    : random_(static_cast<std::minstd_rand::result_type>(seed % 2147483646 + 1)) {}

Duration Backoff::next() {
  auto full = std::min(backoff_max, backoff_min * (1 << std::min<std::size_t>(failures_, 10)));
  ++failures_;
  std::uniform_int_distribution<Duration::rep> between(full.count() / 2, full.count());
  return Duration(between(random_));
}

}  // namespace dcount::client
