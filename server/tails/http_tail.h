// A tail as an HTTP answer that goes on: server-sent events, lines of JSON, lockstep.
//
// Thread-safety: none; the loop's.
#pragma once

#include <cstdint>
#include <memory>

#include "server/http/tail_stream.h"
#include "server/tails/hub.h"
#include "server/tails/outlet.h"

namespace dcount::tails {

enum class Format : std::uint8_t {
  events,         ///< text/event-stream (HTML Living Standard, 9.2)
  lines,          ///< application/x-ndjson
  lockstep,       ///< github.com/orionz/lockstep: a record is a chunk
  lockstep_full,  ///< the same, of counters of all collections
};

const char* content_type(Format format);

class HttpTail final : public http::TailOwner, public Outlet {
 public:
  /// Begins at once. The hub outlives it.
  static std::shared_ptr<http::TailOwner> begin(Hub& hub, http::TailStream& stream, Format format,
                                                Beginning beginning);
  HttpTail(Hub& hub, http::TailStream& stream, Format format);
  ~HttpTail() override;

  // TailOwner
  bool on_input_end() override { return !subscriber_->follows(); }
  void on_room() override;
  void on_drain() override { end(End::stopping, std::nullopt); }
  void on_end() override;

  // Outlet
  void accept() override;
  void refuse(Revision oldest) override;
  bool has_room() const override { return stream_ != nullptr && room_.has_room(*stream_); }
  bool is_blocked() const override { return stream_ != nullptr && stream_->unsent_bytes() > 0; }
  void begin_round() override;
  void end_round() override;
  void send(const Change& change, bool last) override;
  void heartbeat(std::optional<Revision> complete_to) override;
  void end(End why, std::optional<Revision> complete_to) override;

 private:
  void write(const Framed& framed);

  Hub& hub_;
  http::TailStream* stream_;  ///< null once it is over
  const Format format_;
  Room room_;
  bool accepted_ = false;
  std::shared_ptr<Subscriber> subscriber_;
};

}  // namespace dcount::tails
