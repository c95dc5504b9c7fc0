// A whole server, and clients of its tails that look at every byte.
#pragma once

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "server/engine/engine.h"
#include "server/tails/hub.h"
#include "tests/api/serving_api.h"

namespace dcount::api {

/// An HTTP answer that goes on, read as the lockstep client of zmqueue reads it: one chunk after
/// the other. Thread-safety: one thread's.
class Tail {
 public:
  /// `receive_bytes`: of the socket's buffer, 0: as it comes.
  Tail(std::uint16_t port, const std::string& target, const std::string& fields = "",
       int receive_bytes = 0)
      : http_(port, receive_bytes) {
    http_.send(test::get(target, fields));
    head_ = http_.read_answer().value_or(test::RawAnswer{});
  }

  const test::RawAnswer& head() const { return head_; }
  int status() const { return head_.status; }

  /// The next one's payload; empty: the last chunk. Nothing: the connection broke off, or was
  /// silent for too long.
  std::optional<std::string> chunk() {
    std::string line;
    while (!line.ends_with("\r\n")) {
      const std::string byte = http_.read_bytes(1);
      if (byte.empty()) return std::nullopt;
      line += byte;
    }
    const auto bytes = std::stoul(line, nullptr, 16);
    const std::string payload = http_.read_bytes(bytes);
    if (payload.size() != bytes || http_.read_bytes(2) != "\r\n") return std::nullopt;
    return payload;
  }

  /// The next one that is no empty heartbeat, as JSON; null: there is none.
  nlohmann::json record() {
    for (;;) {
      const auto payload = chunk();
      if (!payload || payload->empty()) return nullptr;
      if (*payload == "\r\n" || *payload == "\n") continue;
      const auto json = nlohmann::json::parse(*payload, nullptr, false);
      EXPECT_TRUE(json.is_object()) << "not one record: " << *payload;
      return json;
    }
  }

  /// The next one that is no bookmark either: these come when they like.
  nlohmann::json change() {
    auto one = record();
    while (one.is_object() && !one.contains("id")) one = record();
    return one;
  }

  /// All to the last chunk.
  std::vector<nlohmann::json> records() {
    std::vector<nlohmann::json> all;
    for (auto one = record(); !one.is_null(); one = record()) all.push_back(one);
    return all;
  }

  test::RawHttp& http() { return http_; }

 private:
  test::RawHttp http_;
  test::RawAnswer head_;
};

class ServingTails : public ServingApi {
 protected:
  /// With a server of its own making.
  template <class Change>
  void start_with(Change change) {
    edges_.change_options = [change](engine::EngineOptions& engine, tails::TailLimits& tails) {
      change(engine, tails);
    };
    start();
  }

  Tail tail(const std::string& target, const std::string& fields = "", int receive_bytes = 0) {
    return Tail(server_->port(), target, fields, receive_bytes);
  }

  /// On a connection of its own, `times` calls in pieces of 50 without waiting for answers.
  void repeat(const std::string& target, int times) const {
    test::RawHttp client(server_->port());
    constexpr int at_once = 50;
    std::string calls;
    for (int i = 0; i < at_once; ++i) calls += test::post(target, "");
    for (int done = 0; done < times; done += at_once) {
      client.send(calls);
      for (int i = 0; i < at_once; ++i) {
        const auto answer = client.read_answer();
        ASSERT_TRUE(answer && answer->status == 200);
      }
    }
  }
};

}  // namespace dcount::api
