// One connection to a feed, read on a thread of its own, so that what came can be committed while
// nothing comes.
//
// Thread-safety: one thread, beside its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "client/live_stream.h"

namespace dcount::cli {

inline constexpr std::size_t batch_records_max = 1'000;
inline constexpr std::chrono::milliseconds batch_time_max{100};
/// Waiting here, or in a batch; then reading stops, and in time the other side feels it.
inline constexpr std::size_t feed_bytes_max = std::size_t{16} << 20;
inline constexpr std::size_t feed_records_max = 4 * batch_records_max;

class MirrorFeed {
 public:
  struct Batch {
    std::vector<std::string> records;
    bool opened = false;  ///< the server has answered 200
    bool ended = false;   ///< nothing more will come: see result
  };

  /// Asks.
  explicit MirrorFeed(client::LiveRequest request);
  MirrorFeed(const MirrorFeed&) = delete;
  MirrorFeed& operator=(const MirrorFeed&) = delete;
  /// Breaks the connection, if there still is one.
  ~MirrorFeed();

  /// What has come: as much as a transaction should hold, `records_max` (at most
  /// batch_records_max). Waits for the first record at most `patience`, and then batch_time_max for
  /// more.
  Batch next(std::chrono::milliseconds patience, std::size_t records_max = batch_records_max);

  /// Breaks the connection. What came before is still handed out.
  void stop() { stream_.stop(); }
  /// How it ended; once a batch has said so.
  const client::StreamResult& result() const { return result_; }

 private:
  void read(const client::LiveRequest& request);
  bool put(std::string_view record);
  bool full() const { return bytes_ >= feed_bytes_max || records_.size() >= feed_records_max; }

  client::LiveStream stream_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::condition_variable went_;
  std::deque<std::string> records_;
  std::size_t bytes_ = 0;                   ///< of records_
  std::size_t wanted_ = batch_records_max;  ///< for a batch
  bool opened_ = false;
  bool ended_ = false;
  bool abandoned_ = false;
  client::StreamResult result_;
  std::thread thread_;
};

}  // namespace dcount::cli
