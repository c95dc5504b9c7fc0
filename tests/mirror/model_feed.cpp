#include "tests/mirror/model_feed.h"

#include <algorithm>
#include <chrono>

namespace dcount::test {

ModelFeed::ModelFeed(std::uint64_t seed, int ids) : random_(seed), ids_(ids) {
  feed_.otherwise([this](FeedConnection& connection) { serve(connection); });
  changer_ = std::thread([this] {
    while (!stopping_) {
      if (busy_) change();
      std::this_thread::sleep_for(std::chrono::microseconds(50));  // a load, not a wait
    }
  });
}

ModelFeed::~ModelFeed() {
  stopping_ = true;
  changer_.join();
}

std::int64_t ModelFeed::revision() const {
  std::lock_guard lock(mutex_);
  return revision_;
}

void ModelFeed::change() {
  std::lock_guard lock(mutex_);
  Record& record = records_[static_cast<int>(random_() % static_cast<std::uint64_t>(ids_))];
  record.updated_at = ++revision_;
  record.deleted = record.n > 0 && !record.deleted && random_() % 5 == 0;
  ++record.n;
}

void ModelFeed::go_back(std::int64_t revisions) {
  std::lock_guard lock(mutex_);
  revision_ = std::max<std::int64_t>(1, revision_ - revisions);
  std::erase_if(records_,
                [this](const auto& entry) { return entry.second.updated_at > revision_; });
}

std::string ModelFeed::json(int id, const Record& record) {
  std::string updated_at = std::to_string(record.updated_at);
  return "{\"id\":" + std::to_string(id) + ",\"updated_at\":" + updated_at +
         ",\"deleted_at\":" + (record.deleted ? updated_at : "null") +
         ",\"n\":" + std::to_string(record.n) + "}";
}

std::vector<std::string> ModelFeed::rows() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> rows;
  for (const auto& [id, record] : records_) {
    std::string updated_at = std::to_string(record.updated_at);
    rows.push_back(std::to_string(id) + "|" + updated_at + "|" +
                   (record.deleted ? updated_at : "-") + "|" + std::to_string(record.n));
  }
  return rows;
}

/// The next ones from the cursor on, as chunks.
std::string ModelFeed::next_records(std::int64_t& cursor, std::size_t count) const {
  std::lock_guard lock(mutex_);
  std::vector<std::pair<std::int64_t, int>> due;
  for (const auto& [id, record] : records_) {
    if (record.updated_at >= cursor) due.emplace_back(record.updated_at, id);
  }
  std::sort(due.begin(), due.end());
  if (due.size() > count) due.resize(count);
  std::string chunks;
  for (const auto& [updated_at, id] : due) {
    chunks += chunk(json(id, records_.at(id)) + (id % 2 == 0 ? "\n" : ""));
    cursor = updated_at + 1;
  }
  return chunks;
}

void ModelFeed::serve(FeedConnection& connection) {
  std::int64_t cursor = connection.since();
  if (cursor > revision()) {
    ++refusals_;
    connection.send(answer("{\"oldest\":1,\"detail\":\"not yet\"}", "410 Gone"));
    return;
  }
  bool follow = connection.target().find("follow=false") == std::string::npos;
  std::size_t left = 0;
  {
    std::lock_guard lock(mutex_);
    left = 1 + random_() % 3000;
  }
  connection.send(chunked_head());
  const int drops = drops_;
  while (!connection.over() && drops_ == drops) {
    std::string chunks = next_records(cursor, std::min<std::size_t>(left, 500));
    if (chunks.empty() && !follow) {
      connection.send(chunk(""));
      return;
    }
    bool cut = left < 500;
    if (!connection.send(cut ? chunks.substr(0, chunks.size() * 2 / 3) : chunks) || cut) return;
    left -= std::min<std::size_t>(left, 500);
  }
}

}  // namespace dcount::test
