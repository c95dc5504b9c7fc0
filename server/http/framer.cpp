// Requests out of bytes, see framer.h. Boost.Beast's parser does the grammar; what it is lenient
// about, or does not limit, is refused here.
#include "server/http/framer.h"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <cassert>
#include <cctype>
#include <cstring>

#include "server/http/url.h"

namespace dcount::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;
using beast::string_view;
using beast::http::field;

// Beast asserts that a last chunk is shown to it with its whole end; no chunked body, and no rest
// of one, is shorter than "0\r\n\r\n".
constexpr std::size_t chunked_bytes_min = 5;

std::string_view view(string_view text) { return {text.data(), text.size()}; }

bool is_token_char(unsigned char c) {
  return std::isalnum(c) || (c != 0 && std::strchr("!#$%&'*+-.^_`|~", c) != nullptr);
}

error_code refused() { return beast::http::error::bad_field; }

/// Path and query of the target's forms: "/p?q", "http://host/p?q", "*".
bool split_target(std::string_view target, std::string_view& path, std::string_view& query) {
  if (target == "*") {
    path = target;
    return true;
  }
  if (target.front() != '/') {
    std::size_t scheme = target.find("://");
    if (scheme == std::string_view::npos) return false;
    if (!beast::iequals(target.substr(0, scheme), "http") &&
        !beast::iequals(target.substr(0, scheme), "https"))
      return false;
    target.remove_prefix(scheme + 3);
    std::size_t authority = std::min(target.find_first_of("/?"), target.size());
    if (authority == 0) return false;
    target.remove_prefix(authority);
  }
  std::size_t question = std::min(target.find('?'), target.size());
  path = target.substr(0, question);
  if (path.empty()) path = "/";
  query = target.substr(std::min(question + 1, target.size()));
  return true;
}

/// Whether a head's request line ends with a version of HTTP that is not ours.
bool asks_other_version(std::string_view head) {
  std::string_view line = head.substr(0, head.find("\r\n"));
  std::string_view version = line.substr(line.rfind(' ') + 1);
  return version.size() == 8 && version.starts_with("HTTP/") && std::isdigit(version[5]) &&
         version[6] == '.' && std::isdigit(version[7]) && version != "HTTP/1.1" &&
         version != "HTTP/1.0";
}

}  // namespace

/// One request while it is read: Beast's callbacks write straight into it.
class Framer::Message final : public beast::http::basic_parser<true> {
 public:
  explicit Message(const Limits& limits) : limits_(limits) {
    header_limit(static_cast<std::uint32_t>(limits.head_bytes_max));
    body_limit(boost::none);  // the route sets it, after the head
  }

  Request request;
  FrameHead head;
  FrameError error;

 private:
  void refuse(error_code& ec, std::string detail, int status = 400,
              std::string_view code = "malformed") {
    error = {status, code, std::move(detail)};
    ec = refused();
  }

  void on_request_impl(beast::http::verb, string_view method, string_view target, int version,
                       error_code& ec) override {
    request.http.method.assign(method.data(), method.size());
    request.http.target.assign(target.data(), target.size());
    request.http.version = version == 10 ? "HTTP/1.0" : "HTTP/1.1";
    head.http10 = version == 10;
    std::string_view path, query;
    if (!split_target(view(target), path, query)) return refuse(ec, "the target is no path");
    request.http.path.assign(path);
    if (!query.empty() && !parse_query(query, request.http.params))
      refuse(ec, "the query has a bad %-escape");
  }

  void on_field_impl(field name, string_view name_text, string_view value,
                     error_code& ec) override {
    if (in_body_) return;  // a trailer: read and dropped
    switch (name) {
      case field::host:
        if (hosts_++ > 0) return refuse(ec, "more than one Host");
        break;
      case field::content_length:
        return on_content_length(value, ec);
      case field::transfer_encoding:
        if (!beast::iequals(value, "chunked") || head.http10)
          return refuse(ec, "Transfer-Encoding other than chunked");
        head.chunked = true;
        return;
      case field::content_encoding:
        return refuse(ec, "encoded bodies are not read", 415, "unsupported_media_type");
      case field::expect:
        if (!beast::iequals(value, "100-continue"))
          return refuse(ec, "only 100-continue can be expected", 417, "expectation_failed");
        head.expects_continue = !head.http10;
        return;
      default:
        break;
    }
    request.http.headers.emplace(view(name_text), view(value));
  }

  void on_content_length(string_view value, error_code& ec) {
    // Beast takes "5, 5" and repeated equal ones.
    if (head.content_length) return refuse(ec, "more than one Content-Length");
    std::uint64_t length = 0;
    if (!parse_dec(value, length)) return refuse(ec, "bad Content-Length");
    head.content_length = length;
    request.http.headers.emplace("Content-Length", view(value));
  }

  void on_header_impl(error_code& ec) override {
    if (hosts_ == 0 && !head.http10) return refuse(ec, "no Host");
    head.keep_alive = keep_alive();
  }

  void on_body_init_impl(boost::optional<std::uint64_t> const& length, error_code&) override {
    in_body_ = true;
    // What a head claims is not yet worth memory.
    if (length) request.http.body.reserve(std::min<std::uint64_t>(*length, 64 * 1024));
  }

  std::size_t on_body_impl(string_view body, error_code&) override {
    request.http.body.append(body.data(), body.size());
    return body.size();
  }

  void on_chunk_header_impl(std::uint64_t, string_view extensions, error_code& ec) override {
    // Extensions mean nothing here, and without a bound they would be a body without a limit.
    extension_bytes_ += extensions.size();
    if (extension_bytes_ > limits_.head_bytes_max) refuse(ec, "too many chunk extensions");
  }

  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override {
    request.http.body.append(body.data(), body.size());
    return body.size();
  }

  void on_finish_impl(error_code&) override {}
  void on_response_impl(int, string_view, int, error_code&) override {}

  static bool parse_dec(string_view text, std::uint64_t& value) {
    if (text.empty() || text.size() > 18) return false;
    for (char c : text) {
      if (c < '0' || c > '9') return false;
      value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return true;
  }

  const Limits& limits_;
  std::size_t extension_bytes_ = 0;
  int hosts_ = 0;
  bool in_body_ = false;
};

Framer::Framer(const Limits& limits) : limits_(limits) {}
Framer::~Framer() = default;

Framer::Step Framer::feed(std::string_view& bytes) {
  return message_ ? feed_body(bytes) : feed_head(bytes);
}

Framer::Step Framer::feed_head(std::string_view& bytes) {
  // An empty line before a request is an old client's habit (RFC 9112 2.2).
  while (scanned_ == 0 && bytes.starts_with("\r\n")) bytes.remove_prefix(2);
  if (bytes.empty() || (scanned_ == 0 && bytes == "\r")) return Step::need_more;
  std::size_t end = 0;
  if (Step step = find_head_end(bytes, end); step != Step::head) return step;
  scanned_ = line_start_ = lines_ = 0;

  message_ = std::make_unique<Message>(limits_);
  error_code ec;
  std::size_t used = message_->put({bytes.data(), end}, ec);
  if (!ec && used == end && message_->is_header_done()) {
    bytes.remove_prefix(end);
    return Step::head;
  }
  if (!message_->error.detail.empty()) {
    error_ = std::move(message_->error);
    return Step::error;
  }
  if (ec == beast::http::error::bad_version && asks_other_version(bytes))
    return fail(505, "version_not_supported", "HTTP/1.0 and HTTP/1.1 are spoken here");
  return malformed(ec ? ec.message() : "the head does not end where it should");
}

/// Looks for the empty line, and on the way refuses what would never become a head: waiting for
/// the rest of it would be waiting for a time-out. head: `end` is behind the empty line.
Framer::Step Framer::find_head_end(std::string_view bytes, std::size_t& end) {
  if (scanned_ == 0 && !is_token_char(static_cast<unsigned char>(bytes[0])))
    return malformed("not an HTTP request");
  while (scanned_ < bytes.size()) {
    const void* found = std::memchr(bytes.data() + scanned_, '\n', bytes.size() - scanned_);
    if (!found) break;
    std::size_t at = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    if (at >= limits_.head_bytes_max) break;
    if (at == 0 || bytes[at - 1] != '\r') return malformed("a line ends with a bare LF");
    scanned_ = at + 1;
    if (at - line_start_ == 1) {
      end = scanned_;
      return Step::head;
    }
    char first = bytes[line_start_];
    if (first == ' ' || first == '\t') return malformed("a folded header line");
    line_start_ = scanned_;
    if (++lines_ > limits_.fields_max + 1)
      return fail(431, "head_too_large",
                  "more than " + std::to_string(limits_.fields_max) + " header fields");
  }
  if (bytes.size() <= limits_.head_bytes_max) {
    scanned_ = bytes.size();
    return Step::need_more;
  }
  return fail(431, "head_too_large",
              "the request line and fields are longer than " +
                  std::to_string(limits_.head_bytes_max) + " bytes");
}

Framer::Step Framer::feed_body(std::string_view& bytes) {
  Message& message = *message_;
  if (message.is_done()) return Step::complete;
  if (bytes.empty()) return Step::need_more;
  if (message.head.chunked && bytes.size() < chunked_bytes_min) return Step::need_more;
  error_code ec;
  bytes.remove_prefix(message.put({bytes.data(), bytes.size()}, ec));
  if (message.is_done()) return Step::complete;
  if (!ec) return Step::body;
  if (ec == beast::http::error::need_more) {
    if (bytes.size() <= limits_.head_bytes_max) return Step::need_more;
    return malformed("a chunk header or trailer that does not end");
  }
  if (ec == beast::http::error::body_limit)
    return fail(413, "body_too_large", "the body is larger than this path takes");
  if (!message.error.detail.empty()) {
    error_ = std::move(message.error);
    return Step::error;
  }
  return malformed(ec.message());
}

void Framer::limit_body(std::uint64_t bytes_max) { message_->body_limit(bytes_max); }

Request& Framer::request() {
  assert(message_);
  return message_->request;
}

const FrameHead& Framer::head() const {
  assert(message_);
  return message_->head;
}

void Framer::next() { message_.reset(); }

Framer::Step Framer::fail(int status, std::string_view code, std::string detail) {
  error_ = {status, code, std::move(detail)};
  return Step::error;
}

}  // namespace dcount::http
