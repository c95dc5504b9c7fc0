#include "client/stream_url.h"

#include <algorithm>
#include <charconv>

#include "client/uri.h"

namespace dcount::client {
namespace {

constexpr std::uint16_t port_default = 80;

ClientError not_a_feed(std::string_view url, std::string_view why) {
  // Not the password, which is in front of the '@'.
  if (auto at = url.substr(0, url.find_first_of("?#")).rfind('@'); at != std::string_view::npos) {
    url.remove_prefix(at + 1);
  }
  return {.kind = ErrorKind::bad_request,
          .detail = "'" + std::string(url) + "' is not the URL of a feed: " + std::string(why)};
}

std::string percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const char* digits = text.data() + i + 1;
    bool escape = text[i] == '%' && i + 2 < text.size() &&
                  std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
    decoded += escape ? static_cast<char>(byte) : text[i];
    if (escape) i += 2;
  }
  return decoded;
}

/// Control characters, spaces and the like would end the request line.
std::string encode_unsafe(std::string_view target) {
  std::string encoded;
  for (char c : target) {
    bool safe = c > ' ' && c < 127 && std::string_view("\"<>\\^`{|}").find(c) == std::string::npos;
    encoded += safe ? std::string(1, c) : percent_encode(std::string_view(&c, 1));
  }
  return encoded;
}

bool names_port(std::string_view host) {
  auto bracket = host.rfind(']');
  return host.find(':', bracket == std::string_view::npos ? 0 : bracket) != std::string_view::npos;
}

void read_user(std::string_view text, StreamUrl& url) {
  auto colon = text.find(':');
  url.user = percent_decode(text.substr(0, colon));
  if (colon != std::string_view::npos) url.password = percent_decode(text.substr(colon + 1));
}

}  // namespace

Result<StreamUrl> parse_stream_url(std::string_view text) {
  std::string_view rest = text.substr(0, text.find('#'));
  auto scheme = rest.find("://");
  if (scheme == std::string_view::npos || rest.substr(0, scheme) != "http") {
    return not_a_feed(text, "it must begin with http://");
  }
  rest.remove_prefix(scheme + 3);
  StreamUrl url;
  auto path = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view host = rest.substr(0, path);
  std::string_view target = rest.substr(path);
  if (auto at = host.rfind('@'); at != std::string_view::npos) {
    read_user(host.substr(0, at), url);
    host.remove_prefix(at + 1);
  }
  if (host.find(',') != std::string_view::npos) return not_a_feed(text, "it has several hosts");
  std::string server = "http://" + std::string(host);
  if (!names_port(host)) server += ":" + std::to_string(port_default);
  auto endpoints = parse_endpoints(server);
  if (!endpoints) return not_a_feed(text, "no host and port in it");
  url.endpoint = endpoints->front();
  url.target = (target.starts_with('/') ? "" : "/") + encode_unsafe(target);
  return url;
}

Result<StreamUrl> resolve(const Endpoint& from, std::string_view location) {
  // cpp-httplib has decoded the header, so that a % in it stands for itself.
  std::string text;
  for (char c : location) text += c == '%' ? std::string("%25") : std::string(1, c);
  if (text.find("://") != std::string::npos && !text.starts_with('/')) {
    return parse_stream_url(text);
  }
  if (text.starts_with("//")) return parse_stream_url("http:" + text);
  if (!text.starts_with('/')) return not_a_feed(location, "it is no redirect that can be followed");
  return parse_stream_url(from.url() + text);
}

std::string with_parameter(std::string_view target, std::string_view name, std::string_view value) {
  std::string added(target);
  bool first = added.find('?') == std::string::npos;
  bool open = added.ends_with('?') || added.ends_with('&');
  if (first) added += '?';
  if (!first && !open) added += '&';
  return added + percent_encode(name) + "=" + percent_encode(value);
}

}  // namespace dcount::client
