// One connection's answer to a subscriber, byte by byte: its head, then records and bookmarks, in
// the four formats of tails (http-api.md, "Tails").
//
// Thread-safety: none.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/scenario.h"
#include "sim/scenario/tail_framing.h"

namespace dcount::sim {

/// A record's state, or a bookmark.
struct TailItem {
  std::string key;  ///< "collection/id"; empty: a bookmark
  std::int64_t revision = 0;
  std::optional<std::int64_t> value;  ///< nothing: deleted
  std::int64_t version = 0;           ///< 0: not said
  bool complete = false;              ///< the last of its revision

  bool is_bookmark() const { return key.empty(); }
};

class TailAnswer {
 public:
  /// `prefix` comes before the ids of a lockstep feed: "views/".
  explicit TailAnswer(TailFormat format, std::string prefix = "");

  /// Takes what has come; appends what it says. Error: that is not what such an answer looks like,
  /// in words; nothing more can be understood of it then.
  Result<void> take(std::string_view bytes, std::vector<TailItem>& items);

  /// Of the head; 0: it has not come.
  int status() const { return status_; }
  /// The head was that of a tail.
  bool open() const { return framing_ != nullptr; }
  /// Nothing more comes, in good order.
  bool ended() const { return framing_ && framing_->ended(); }
  std::string take_reply() { return framing_ ? framing_->take_reply() : ""; }

 private:
  Result<void> take_head(std::string_view bytes);
  Result<void> take_payload(const std::string& payload, std::vector<TailItem>& items);
  Result<void> take_lines(const std::string& payload, std::vector<TailItem>& items);
  Result<void> take_events(const std::string& payload, std::vector<TailItem>& items);
  Result<void> take_event(std::string_view event, std::vector<TailItem>& items);
  Result<void> take_lockstep(const std::string& payload, std::vector<TailItem>& items);

  const TailFormat format_;
  const std::string prefix_;
  int status_ = 0;
  std::string held_;  ///< of the head, then of a line or an event
  std::unique_ptr<TailFraming> framing_;
  std::vector<std::string> payloads_;
};

}  // namespace dcount::sim
