// A WebSocket client that sends exactly the frames it is told to: also such as no proper client
// would.
//
// Thread-safety: one thread's.
#pragma once

#include <optional>
#include <string>

#include "tests/support/raw_http.h"

namespace dcount::test {

inline const std::string upgrade =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// RFC 6455, 5.2.
struct Frame {
  int opcode = 0;  ///< 1: text, 8: close, 9: ping, 10: pong
  bool last = true;
  bool compressed = false;
  std::string payload;

  /// Of a close frame.
  int code() const {
    if (opcode != 8 || payload.size() < 2) return 0;
    return (static_cast<unsigned char>(payload[0]) << 8) | static_cast<unsigned char>(payload[1]);
  }
};

class SocketClient {
 public:
  SocketClient(std::uint16_t port, const std::string& target, const std::string& fields = "",
               int receive_bytes = 0)
      : http_(port, receive_bytes) {
    http_.send(get(target, upgrade + fields));
    head_ = http_.read_answer().value_or(RawAnswer{});
  }

  const RawAnswer& head() const { return head_; }
  int status() const { return head_.status; }

  bool send(const std::string& payload, int opcode = 1, bool last = true, bool masked = true) {
    std::string frame(1, static_cast<char>((last ? 0x80 : 0) | opcode));
    const int mask = masked ? 0x80 : 0;
    if (payload.size() < 126) {
      frame += static_cast<char>(mask | static_cast<int>(payload.size()));
    } else {
      const bool large = payload.size() > 0xffff;
      frame += static_cast<char>(mask | (large ? 127 : 126));
      for (int shift = large ? 56 : 8; shift >= 0; shift -= 8) {
        frame += static_cast<char>((payload.size() >> shift) & 0xff);
      }
    }
    if (masked) frame += std::string(4, '\0');  // a mask that changes nothing is one, too
    return http_.send(frame + payload);
  }

  std::optional<Frame> frame() {
    const std::string head = http_.read_bytes(2);
    if (head.size() < 2) return std::nullopt;
    std::size_t bytes = static_cast<unsigned char>(head[1]);
    if (bytes >= 126) {
      const std::string length = http_.read_bytes(bytes == 126 ? 2 : 8);
      bytes = 0;
      for (const char byte : length) bytes = bytes << 8 | static_cast<unsigned char>(byte);
    }
    const auto first = static_cast<unsigned char>(head[0]);
    Frame frame{first & 15, (first & 0x80) != 0, (first & 0x40) != 0, http_.read_bytes(bytes)};
    if (frame.payload.size() != bytes) return std::nullopt;
    return frame;
  }

  /// The next message's text; pings are answered. Empty: there is none, but an end.
  std::string message() {
    for (;;) {
      const auto one = frame();
      if (!one || one->opcode == 8) return "";
      if (one->opcode == 9) send(one->payload, 10);
      if (one->opcode == 1) return one->payload;
    }
  }

  /// What the server closes with; 0: without a word, or not at all.
  int close_code() {
    for (;;) {
      const auto one = frame();
      if (!one) return 0;
      if (one->opcode == 8) return one->code();
    }
  }

  /// Waits until all that was sent before has been looked at.
  void synchronize() {
    send("sync", 9);
    for (auto one = frame(); one && one->opcode != 10; one = frame()) continue;
  }

  RawHttp& http() { return http_; }

 private:
  RawHttp http_;
  RawAnswer head_;
};

}  // namespace dcount::test
