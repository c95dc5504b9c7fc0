// A hub with its own loop, over the engine of a server whose store can be told to lose changes,
// and clients of it that read when they are told to: for properties of tails without sockets.
//
// Thread-safety: the test's thread calls, but for what is said to be of the loop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "server/engine/engine.h"
#include "server/http/event_loop.h"
#include "server/store/memory_store.h"
#include "server/tails/hub.h"

namespace dcount::tails {

/// "collection/id", and its value; a counter that is deleted is not there.
using Counters = std::map<std::string, std::int64_t>;

/// A shared store whose feed can lose changes.
class LossyStore final : public store::Store {
 public:
  explicit LossyStore(std::shared_ptr<store::MemoryDisk> disk) : inner_(std::move(disk), "a") {}
  bool exclusive() const override { return false; }
  Result<store::Mark> claim() override { return inner_.claim(); }
  Result<Revision> load(const store::LoadVisitor& visitor) override { return inner_.load(visitor); }
  void commit(const store::Batch& batch, store::CommitDone done) override {
    inner_.commit(batch, std::move(done));
  }
  void settle(const store::Batch& lost, store::Mark fence, store::CommitDone done) override {
    inner_.settle(lost, fence, std::move(done));
  }
  void watch(Revision after, store::ChangeSink* sink) override {
    const std::lock_guard lock(mutex_);
    sink_ = sink;
    if (sink != nullptr) lost_ = false;
    inner_.watch(after, sink);
  }

  /// From here on no change comes, until tell_gap.
  void go_deaf() {
    const std::lock_guard lock(mutex_);
    inner_.watch(0, nullptr);
  }
  void tell_gap() {
    const std::lock_guard lock(mutex_);
    if (sink_ == nullptr) return;  // all is being loaded already
    lost_ = true;
    sink_->on_gap();
  }
  /// A gap was told of, and what was lost is not loaded again yet.
  bool lost() {
    const std::lock_guard lock(mutex_);
    return lost_;
  }

 private:
  store::MemoryStore inner_;
  std::mutex mutex_;
  store::ChangeSink* sink_ = nullptr;  // guarded by mutex_
  bool lost_ = false;                  // guarded by mutex_
};

struct WorldOptions {
  bool other_writes = false;  ///< all commands go to another server of the same store
  std::int64_t tombstone_ms = 3'600'000;
};

/// The model is as dumb as can be: commands are applied to a map as they are submitted.
class World final : private engine::CompletionSink {
 public:
  explicit World(WorldOptions options = {});
  ~World() override;
  World(const World&) = delete;

  /// All of these are committed in this order, soon.
  void add(const std::string& key, std::int64_t n);
  void remove(const std::string& key);
  void add_together(const std::map<std::string, std::int64_t>& parts);  ///< one revision

  /// Until all that was submitted is committed, and the hub's server knows.
  void settle();
  void go_deaf() { lossy_->go_deaf(); }
  void tell_gap() { lossy_->tell_gap(); }

  /// Waits for it.
  void on_loop(const std::function<void()>& work);

  const Counters& counters() const { return counters_; }
  Hub& hub() { return *hub_; }
  const TailFigures& figures() const { return figures_; }

  /// Calls what was registered for each change of a counter, before it is submitted.
  std::function<void(const std::string& key)> on_change = [](const std::string&) {};

 private:
  void deliver(std::vector<engine::Completion> completions) override;
  void submit(core::CommandBody body);
  engine::Engine& writer() { return other_ ? *other_ : *engine_; }

  const engine::SystemClock clock_;
  const std::shared_ptr<store::MemoryDisk> disk_ = std::make_shared<store::MemoryDisk>();
  LossyStore* lossy_ = nullptr;  ///< the engine's
  std::optional<engine::Engine> engine_;
  std::optional<engine::Engine> other_;
  TailLimits limits_;
  TailFigures figures_;
  std::optional<Feed> feed_;
  http::EventLoop loop_{0};
  std::optional<Hub> hub_;
  std::thread thread_;

  Counters counters_;
  std::uint64_t submitted_ = 0;
  std::mutex mutex_;
  std::uint64_t completed_ = 0;  // guarded by mutex_
};

enum class Style {
  resumes,    ///< as server-sent events do: by the last complete revision
  subscribes  ///< as WebSockets do
};

/// Keeps what it was told, and looks for what must not be.
class Client final : public Outlet {
 public:
  Client(World& world, Style style, std::vector<std::string> keys);
  ~Client() override { disconnect(); }

  /// Waits until it is served. `after`: as Beginning's.
  void connect(std::optional<Revision> after);
  /// Goes on where it was; anew, when it has not been told of any complete revision.
  void resume();
  void disconnect();
  void subscribe(const std::string& key, bool snapshot);
  Subscriber& served() { return *subscriber_; }  ///< the loop's
  void unsubscribe(const std::string& key);
  /// Reads so many more messages.
  void read(std::int64_t messages);
  /// Reads all of what there is, a whole connection's worth to the end of a finite one.
  Counters fetch();

  /// To be called for each change before it is submitted: it must come to be known.
  void expect(const std::string& key);

  /// Empty: it knows the last state of all that it must. Otherwise what is wrong.
  std::string difference() const;
  /// Waits until there is none, or for very long; the last one.
  std::string last_difference();
  /// What was told and should not have been.
  std::string fault() const;
  bool matches(const std::string& key) const { return matches(keys_, key); }
  Style style() const { return style_; }
  const std::set<std::string>& keys() const { return keys_; }
  std::size_t messages() const;
  std::int64_t value(const std::string& key) const;  ///< -1: not known, or deleted

 private:
  struct Known {
    std::int64_t n = 0;
    bool deleted = false;
    Revision revision = 0;
    int connection = 0;
  };

  static bool matches(const std::set<std::string>& keys, const std::string& key);

  // Outlet: the loop's.
  void accept() override;
  void refuse(Revision oldest) override;
  bool has_room() const override { return room_ > 0; }
  bool is_blocked() const override { return !has_room(); }
  void begin_round() override {}
  void end_round() override {}
  void send(const Change& change, bool last) override;
  void heartbeat(std::optional<Revision> complete_to) override;
  void end(End why, std::optional<Revision> complete_to) override;
  void begin(std::optional<Revision> after, bool follow);
  void leave();
  void expect_all(const std::set<std::string>& keys);
  void find_fault(const std::string& what);

  World& world_;
  const Style style_;
  std::set<std::string> keys_;  ///< of the test's thread
  bool has_unsubscribed_ = false;

  // The loop's.
  std::shared_ptr<Subscriber> subscriber_;
  std::int64_t room_ = 0;
  int connection_ = 0;
  Revision of_stream_ = 0;  ///< the latest one in this connection
  bool was_last_ = true;

  mutable std::mutex mutex_;  // guards what follows
  bool accepted_ = false;
  bool ended_ = false;
  std::map<std::string, Known> known_;
  std::set<std::string> expected_;
  std::optional<Revision> complete_;
  std::size_t messages_ = 0;
  std::string fault_;
};

/// Polls until it holds; false when that takes half a minute.
bool comes_true(const std::function<bool()>& holds);

}  // namespace dcount::tails
