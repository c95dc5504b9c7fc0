#include "sim/scenario/tail_framing.h"

#include <charconv>
#include <cstdint>
#include <utility>

namespace dcount::sim {
namespace {

/// No record of ours comes near it.
constexpr std::size_t payload_bytes_max = std::size_t{1} << 20;

Error error(const std::string& what) { return Error{Certainty::definite, what}; }

class Chunks final : public TailFraming {
 public:
  Result<void> take(std::string_view bytes, std::vector<std::string>& payloads) override {
    held_ += bytes;
    while (!ended_) {
      const auto line = held_.find("\r\n");
      if (line == std::string::npos) return {};
      std::size_t size = 0;
      const auto read = std::from_chars(held_.data(), held_.data() + line, size, 16);
      if (read.ec != std::errc() || read.ptr != held_.data() + line || size > payload_bytes_max) {
        return error("a chunk has the size '" + held_.substr(0, line) + "'");
      }
      const std::size_t begin = line + 2;
      if (held_.size() < begin + size + 2) return {};
      if (held_.compare(begin + size, 2, "\r\n") != 0) return error("a chunk does not end");
      if (size == 0) ended_ = true;
      if (size > 0) payloads.push_back(held_.substr(begin, size));
      held_.erase(0, begin + size + 2);
    }
    return {};
  }

  bool ended() const override { return ended_; }

 private:
  std::string held_;
  bool ended_ = false;
};

enum Opcode : unsigned char { text = 1, close = 8, ping = 9, pong = 10 };

/// Clients mask what they send; any mask does.
std::string client_frame(Opcode opcode, std::string_view payload) {
  constexpr std::string_view mask = "\x12\x34\x56\x78";
  std::string frame(1, static_cast<char>(0x80 | opcode));
  if (payload.size() < 126) {
    frame += static_cast<char>(0x80 | payload.size());
  } else {
    frame += static_cast<char>(0x80 | 126);
    frame += static_cast<char>(payload.size() >> 8);
    frame += static_cast<char>(payload.size() & 0xff);
  }
  frame += mask;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame += static_cast<char>(payload[i] ^ mask[i % mask.size()]);
  }
  return frame;
}

class WebSocketFrames final : public TailFraming {
 public:
  Result<void> take(std::string_view bytes, std::vector<std::string>& payloads) override {
    held_ += bytes;
    while (!ended_ && held_.size() >= 2) {
      const auto first = static_cast<unsigned char>(held_[0]);
      const auto second = static_cast<unsigned char>(held_[1]);
      if (first & 0x70) return error("a frame has reserved bits");
      if (second & 0x80) return error("a server's frame is masked");
      std::size_t begin = 2;
      std::size_t size = second;
      if (size >= 126) {
        begin += size == 126 ? 2 : 8;
        if (held_.size() < begin) return {};
        size = 0;
        for (std::size_t i = 2; i < begin; ++i) {
          size = size << 8 | static_cast<unsigned char>(held_[i]);
        }
        if (size > payload_bytes_max) return error("a frame is too long");
      }
      if (held_.size() < begin + size) return {};
      if (!(first & 0x80)) return error("a message is in fragments");
      const std::string payload = held_.substr(begin, size);
      held_.erase(0, begin + size);
      if (auto taken = take_frame(first & 0x0f, payload, payloads); !taken) return taken;
    }
    return {};
  }

  bool ended() const override { return ended_; }
  std::string take_reply() override { return std::exchange(reply_, {}); }

 private:
  Result<void> take_frame(int opcode, const std::string& payload,
                          std::vector<std::string>& payloads) {
    switch (opcode) {
      case Opcode::text:
        payloads.push_back(payload);
        return {};
      case Opcode::close:
        reply_ += client_frame(Opcode::close, payload.substr(0, 2));
        ended_ = true;
        return {};
      case Opcode::ping:
        reply_ += client_frame(Opcode::pong, payload);
        return {};
      case Opcode::pong:
        return {};
      default:
        return error("a frame has the opcode " + std::to_string(opcode));
    }
  }

  std::string held_;
  std::string reply_;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<TailFraming> make_chunks() { return std::make_unique<Chunks>(); }
std::unique_ptr<TailFraming> make_web_socket_frames() {
  return std::make_unique<WebSocketFrames>();
}

std::string web_socket_text(std::string_view text) { return client_frame(Opcode::text, text); }

}  // namespace dcount::sim
