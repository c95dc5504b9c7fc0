// A lockstep server with records of its own, that change all the time: what a mirror is to be equal
// to, whatever happens to either.
//
// Thread-safety: all of it.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/mirror/scripted_feed.h"

namespace dcount::test {

class ModelFeed {
 public:
  /// Endless answers, one record per chunk, each connection cut after a random number of records,
  /// in the middle of one.
  ModelFeed(std::uint64_t seed, int ids);
  ~ModelFeed();

  std::string url() const { return feed_.url("/lockstep/counters"); }
  std::int64_t revision() const;
  std::size_t connections() const { return feed_.requests().size(); }

  /// Changes go on, or stop.
  void set_busy(bool busy) { busy_ = busy; }
  /// As when it restarts.
  void drop_connections() { ++drops_; }
  /// As if restored from a backup: back by some revisions, with other changes after it. Who comes
  /// with a later revision is told 410.
  void go_back(std::int64_t revisions);
  /// How many were told.
  int refusals() const { return refusals_; }

  /// "id|updated_at|deleted_at|n" of every record, deleted ones too, sorted by id.
  std::vector<std::string> rows() const;

 private:
  struct Record {
    std::int64_t updated_at = 0;
    bool deleted = false;
    std::int64_t n = 0;
  };
  void change();
  void serve(FeedConnection& connection);
  std::string next_records(std::int64_t& cursor, std::size_t count) const;
  static std::string json(int id, const Record& record);

  mutable std::mutex mutex_;
  std::mt19937_64 random_;
  int ids_;
  std::int64_t revision_ = 0;
  std::map<int, Record> records_;
  std::atomic<bool> busy_{true};
  std::atomic<bool> stopping_{false};
  std::atomic<int> drops_{0};
  std::atomic<int> refusals_{0};
  std::thread changer_;
  ScriptedFeed feed_;
};

}  // namespace dcount::test
