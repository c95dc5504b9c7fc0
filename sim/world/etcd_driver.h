// etcd_store in virtual time: the production writer and feed over links, and what their threaded
// shells (committer, follower, loader, presence) do with them, done again without threads.
//
// Thread-safety: none; one world's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/store/etcd/feed.h"
#include "server/store/etcd/writer.h"
#include "sim/world/etcd_link.h"
#include "sim/world/store_driver.h"

namespace dcount::world {

struct EtcdDriverOptions {
  std::size_t server = 0;  ///< its number; its name is "node-<number + 1>"
  std::string process;     ///< for the trace
  std::size_t operations_max = 128;
  std::int64_t page_entries = 2000;  ///< of a load
  bool heartbeats = true;
};

class EtcdDriver final : public StoreDriver {
 public:
  EtcdDriver(Ground& ground, Host& host, EtcdDriverOptions options);

  bool exclusive() const override { return false; }
  store::Limits limits() const override { return {options_.operations_max, 8 << 20}; }
  void claim(std::function<void(Result<store::Mark>)> done) override;
  void load(store::LoadVisitor visitor, std::function<void(Result<Revision>)> done) override;
  void commit(const store::Batch& batch, store::CommitDone done) override;
  void settle(const store::Batch& lost, store::Mark fence, store::CommitDone done) override;
  void watch(Revision after, store::ChangeSink* sink) override;
  void announce() override;
  void retire() override;

 private:
  using Step = store::etcd::Writer::Step;

  void drive_claim(Step step);
  void claimed(store::etcd::Writer::Claimed claimed);
  void drive(Step step);
  void leave_fence_out(store::CommitResult& result);
  void fetch_page();
  void on_page(const store::etcd::Reply& reply);
  void follow();
  void on_ended(const std::string& why);
  void beat();
  void put_alive();
  void beat_later();
  void after(Micros delay, std::function<void()> action);

  Ground& ground_;
  Host& host_;
  const EtcdDriverOptions options_;
  const std::string node_;
  const std::string identity_;
  std::shared_ptr<bool> there_;

  store::etcd::Writer writer_;
  EtcdLink commit_link_;
  std::function<void(Result<store::Mark>)> claim_done_;
  Micros claim_until_ = 0;
  store::CommitDone commit_done_;
  bool settling_ = false;
  store::Batch tampered_;
  std::optional<store::Mark> unfenced_;  ///< of a planted bug: what the next batch follows
  std::int64_t incarnation_ = 0;

  EtcdLink load_link_;
  store::LoadVisitor visitor_;
  std::function<void(Result<Revision>)> load_done_;
  std::string page_begin_;
  Revision load_revision_ = 0;
  int page_tries_ = 0;

  EtcdLink feed_link_;
  std::optional<store::etcd::Feed> feed_;
  store::ChangeSink* sink_ = nullptr;
  std::uint64_t watch_number_ = 0;
  store::etcd::Feed::State feed_state_ = store::etcd::Feed::State::going_on;

  EtcdLink beat_link_;
  std::int64_t lease_ = 0;
  bool retired_ = false;
  Micros beat_began_ = 0;
};

}  // namespace dcount::world
