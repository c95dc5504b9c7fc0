// A feed and the server that the test plays for it.
//
// Thread-safety: one thread.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "cli/tail_feed.h"
#include "tests/cli/tail_server.h"

namespace dcount::cli {

class TailFeeds : public testing::Test {
 protected:
  TailFeedOptions following(std::optional<std::int64_t> since = {}) {
    return {.endpoints = {server.endpoint()},
            .api_key = {},
            .what = {},
            .since = since,
            .follow = true,
            .retry_time = std::chrono::seconds(30)};
  }
  TailFeedOptions finite() {
    auto options = following();
    options.follow = false;
    return options;
  }
  void start(TailFeedOptions options) { feed = std::make_unique<TailFeed>(std::move(options)); }

  /// The next event in short: "c/a=7@12!" (! is complete), "c/a deleted@13!", "@57!", "lost", …
  std::string next() {
    const auto deadline = std::chrono::steady_clock::now() + sim::patience;
    while (events.empty() && std::chrono::steady_clock::now() < deadline) {
      events = feed->next(std::chrono::milliseconds(100));
    }
    if (events.empty()) return "nothing";
    event = std::move(events.front());
    events.pop_front();
    if (const auto* record = std::get_if<TailRecord>(&event)) return words(*record);
    switch (std::get<TailNews>(event).kind) {
      case TailNews::Kind::connected:
        return "connected";
      case TailNews::Kind::lost:
        return "lost";
      case TailNews::Kind::restarted:
        return "restarted";
      case TailNews::Kind::ended:
        return error() == nullptr ? "ended" : "failed: " + std::string(name(error()->kind));
    }
    return "?";
  }
  static std::string words(const TailRecord& record) {
    std::string text = record.counter;
    if (!record.is_bookmark()) text += record.n ? "=" + std::to_string(*record.n) : " deleted";
    return text + "@" + std::to_string(record.revision) + (record.complete ? "!" : "");
  }
  const client::ClientError* error() const {
    const auto& error = std::get<TailNews>(event).error;
    return error ? &*error : nullptr;
  }
  /// The next one that is a record.
  std::string next_record() {
    std::string words;
    do words = next();
    while (words == "lost" || words == "connected");
    return words;
  }

  test::TailServer server;
  std::unique_ptr<TailFeed> feed;
  std::deque<TailEvent> events;
  TailEvent event;
};

}  // namespace dcount::cli
