#include "cli/mirror_feed.h"

#include <algorithm>
#include <utility>

namespace dcount::cli {

MirrorFeed::MirrorFeed(client::LiveRequest request)
    : thread_([this, request = std::move(request)] { read(request); }) {}

MirrorFeed::~MirrorFeed() {
  stream_.stop();
  {
    std::lock_guard lock(mutex_);
    abandoned_ = true;
  }
  went_.notify_all();
  thread_.join();
}

void MirrorFeed::read(const client::LiveRequest& request) {
  auto opened = [this] {
    std::lock_guard lock(mutex_);
    opened_ = true;
    came_.notify_all();
  };
  auto result = stream_.run(
      request, [this](std::string_view record) { return put(record); }, opened);
  std::lock_guard lock(mutex_);
  result_ = std::move(result);
  ended_ = true;
  came_.notify_all();
}

bool MirrorFeed::put(std::string_view record) {
  std::unique_lock lock(mutex_);
  went_.wait(lock, [this] { return abandoned_ || !full(); });
  if (abandoned_) return false;
  records_.emplace_back(record);
  bytes_ += record.size();
  // Who waits for a whole batch is not woken for each of its records.
  if (records_.size() == 1 || records_.size() >= wanted_ || full()) came_.notify_all();
  return true;
}

MirrorFeed::Batch MirrorFeed::next(std::chrono::milliseconds patience, std::size_t records_max) {
  std::unique_lock lock(mutex_);
  wanted_ = std::min(records_max, batch_records_max);
  came_.wait_for(lock, patience, [this] { return ended_ || !records_.empty(); });
  if (!records_.empty()) {
    came_.wait_for(lock, batch_time_max,
                   [this] { return ended_ || records_.size() >= wanted_ || full(); });
  }
  Batch batch;
  while (!records_.empty() && batch.records.size() < wanted_) {
    bytes_ -= records_.front().size();
    batch.records.push_back(std::move(records_.front()));
    records_.pop_front();
  }
  batch.opened = opened_;
  batch.ended = ended_ && records_.empty();
  went_.notify_all();
  return batch;
}

}  // namespace dcount::cli
