// See tail_wire.h.
#include "tail_wire.h"

#include <array>
#include <charconv>
#include <cstring>

namespace dcount::bench_tails {
namespace {

constexpr std::size_t push_bytes_max = std::size_t{1} << 20;
constexpr int close_code_none = 1005;
// Masks are to keep proxies from being fooled (RFC 6455, 10.3). There is none, and zeros are legal.
constexpr std::array<char, 4> mask{};

enum Opcode : unsigned { text = 1, closing = 8, pinging = 9, ponging = 10 };

constexpr Push malformed{.kind = Push::Kind::malformed};

unsigned byte(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

/// The digits that `text` begins with. Nothing when it begins with another character.
std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  return value;
}

/// What stands behind `name` in a flat JSON object; of a string what is in its quotes.
std::string_view member(std::string_view json, std::string_view name) {
  const std::size_t at = json.find(name);
  if (at == std::string_view::npos) return {};
  json.remove_prefix(at + name.size());
  if (json.empty() || json.front() != '"') return json;
  return json.substr(1, json.find('"', 1) - 1);
}

/// {"id":"home","n":7,"c":"views","rev":12}: ids have nothing in them that JSON escapes.
void parse_record(std::string_view json, Push& push) {
  constexpr std::string_view before_id = R"({"id":")";
  constexpr std::string_view before_n = R"(","n":)";
  push.kind = Push::Kind::other;
  std::optional<std::int64_t> n;
  if (json.starts_with(before_id)) {
    push.id = json.substr(before_id.size());
    push.id = push.id.substr(0, push.id.find('"'));
    const std::size_t end = before_id.size() + push.id.size();
    if (json.substr(end).starts_with(before_n)) n = number(json.substr(end + before_n.size()));
  }
  if (!n) {  // in another order
    push.id = member(json, R"("id":)");
    n = number(member(json, R"("n":)"));
  }
  if (!n) return;
  push.kind = Push::Kind::value;
  push.n = *n;
}

Push parse_frame(std::string_view bytes) {
  if (bytes.size() < 2) return {};
  std::size_t length = byte(bytes, 1);
  std::size_t begin = 2;
  if (length > 127) return malformed;  // a server does not mask
  if (length > 125) {
    const std::size_t more = length == 126 ? 2 : 8;
    if (bytes.size() < begin + more) return {};
    for (length = 0; begin < 2 + more; ++begin) length = length << 8 | byte(bytes, begin);
  }
  if (length > push_bytes_max) return malformed;
  if (bytes.size() < begin + length) return {};
  Push push{.size = begin + length};
  const std::string_view payload = bytes.substr(begin, length);
  if ((byte(bytes, 0) & 0xf0) != 0x80) return malformed;  // in parts, or compressed
  switch (byte(bytes, 0) & 0x0f) {
    case Opcode::text:
      parse_record(payload, push);
      break;
    case Opcode::pinging:
      push.kind = Push::Kind::ping;
      push.id = payload;
      break;
    case Opcode::closing:
      push.kind = Push::Kind::close;
      push.n = length < 2 ? close_code_none
                          : static_cast<std::int64_t>(byte(payload, 0) << 8 | byte(payload, 1));
      break;
    case Opcode::ponging:
      push.kind = Push::Kind::other;
      break;
    default:
      return malformed;
  }
  return push;
}

/// Reads RESP2 from the beginning on; once something is missing or wrong, all is.
class Resp {
 public:
  explicit Resp(std::string_view bytes) : bytes_(bytes) {}

  /// The number in a line of this type.
  std::int64_t line(char type) {
    const void* found = std::memchr(bytes_.data() + at_, '\n', bytes_.size() - at_);
    if (found == nullptr || wrong_) {
      whole_ = false;
      return 0;
    }
    const std::size_t end =
        static_cast<std::size_t>(static_cast<const char*>(found) - bytes_.data());
    const auto value = number(bytes_.substr(at_ + 1, end - at_ - 1));
    wrong_ = bytes_[at_] != type || !value;
    at_ = end + 1;
    return value.value_or(0);
  }

  std::string_view bulk() {
    const std::int64_t length = line('$');
    if (!whole_ || wrong_) return {};
    wrong_ = length < 0 || length > static_cast<std::int64_t>(push_bytes_max);
    if (wrong_) return {};
    const std::size_t begin = at_;
    at_ += static_cast<std::size_t>(length) + 2;
    if (at_ <= bytes_.size()) return bytes_.substr(begin, static_cast<std::size_t>(length));
    at_ = bytes_.size();
    whole_ = false;
    return {};
  }

  bool whole() const { return whole_; }
  bool wrong() const { return wrong_; }
  std::size_t size() const { return at_; }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool whole_ = true;
  bool wrong_ = false;
};

Push parse_message(std::string_view bytes) {
  Resp resp(bytes);
  const std::int64_t parts = resp.line('*');
  const std::string_view what = resp.bulk();
  Push push{.kind = Push::Kind::subscribed, .id = resp.bulk()};
  std::optional<std::int64_t> n = 0;
  if (what == "message") {
    push.kind = Push::Kind::value;
    const std::string_view payload = resp.bulk();
    if (resp.whole()) n = number(payload);
  } else {
    resp.line(':');
  }
  if (resp.wrong()) return malformed;
  if (!resp.whole()) return {};
  if (parts != 3 || !n || (what != "message" && what != "subscribe")) return malformed;
  push.n = *n;
  push.size = resp.size();
  return push;
}

/// One final frame of a client: its payload is at most 125 bytes, as all of ours are.
std::string frame(Opcode opcode, std::string_view payload) {
  std::string bytes{static_cast<char>(0x80u | opcode), static_cast<char>(0x80u | payload.size())};
  return bytes.append(mask.data(), mask.size()).append(payload);
}

}  // namespace

Push parse_push(Protocol protocol, std::string_view bytes) {
  return protocol == Protocol::websocket ? parse_frame(bytes) : parse_message(bytes);
}

std::string handshake(std::string_view host, std::string_view path) {
  return std::string("GET ")
      .append(path)
      .append(" HTTP/1.1\r\nHost: ")
      .append(host)
      .append(
          "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
}

std::optional<std::size_t> parse_handshake(std::string_view bytes) {
  constexpr std::string_view good = "HTTP/1.1 101";
  constexpr std::string_view end_of_head = "\r\n\r\n";
  if (bytes.substr(0, good.size()) != good.substr(0, bytes.size())) return std::nullopt;
  const std::size_t end = bytes.find(end_of_head);
  return end == std::string_view::npos ? 0 : end + end_of_head.size();
}

std::string subscription(Protocol protocol, std::string_view key) {
  if (protocol == Protocol::websocket) {
    return frame(Opcode::text, std::string(R"({")").append(key).append(R"(":"s"})"));
  }
  return std::string("*2\r\n$9\r\nSUBSCRIBE\r\n$")
      .append(std::to_string(key.size()))
      .append("\r\n")
      .append(key)
      .append("\r\n");
}

std::string pong(std::string_view body) { return frame(Opcode::ponging, body); }

}  // namespace dcount::bench_tails
