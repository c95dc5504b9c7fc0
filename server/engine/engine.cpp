#include "server/engine/engine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iterator>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>

#include "server/core/idempotency.h"
#include "server/engine/inbox.h"
#include "server/engine/reload.h"
#include "server/engine/visits.h"

namespace dcount::engine {
struct Engine::Impl final : store::ChangeSink {
  Impl(std::unique_ptr<store::Store> store, const Clock& clock, EngineOptions options)
      : store(std::move(store)),
        clock(clock),
        options(options),
        exclusive(this->store->exclusive()),
        inbox(options.sequencer.queued_commands_max),
        state(options.tombstone_ms) {}

  /// The store first: what it has under way ends here and may still call.
  ~Impl() override { store.reset(); }

  // ---- from other threads

  void on_changes(Revision revision, std::span<const Entry> entries) override {
    if (exclusive) {  // inside commit: ours, which the state does not have yet
      fresh = {revision, {entries.begin(), entries.end()}};
      return;
    }
    inbox.post(Inbox::Changes{revision, {entries.begin(), entries.end()}});
  }

  void on_gap() override { inbox.post_gap(); }

  void submit(std::vector<Submission>& submissions) {
    const core::Now now = clock.now();
    for (Submission& submission : submissions) submission.submitted = now;
    if (suspended) refuse_users(submissions);
    inbox.submit(submissions);
  }

  /// What is left are commands about nodes: those must end what we are suspended for.
  static void refuse_users(std::vector<Submission>& submissions) {
    const auto first = std::stable_partition(
        submissions.begin(), submissions.end(),
        [](const Submission& one) { return core::is_about_nodes(one.command); });
    std::vector<Submission> users(std::make_move_iterator(first),
                                  std::make_move_iterator(submissions.end()));
    submissions.erase(first, submissions.end());
    refuse(users);
  }

  void suspend(std::string why) {
    const std::lock_guard lock(published_mutex);
    suspended = !why.empty();
    suspended_why = std::move(why);
  }

  std::string trouble() const {
    {
      const std::lock_guard lock(published_mutex);
      if (suspended) return suspended_why;
      if (!reloading_why.empty()) return reloading_why;
    }
    return store->trouble();
  }

  // ---- the engine's thread

  Result<void> open() {
    const auto mark = store->claim();
    if (!mark) return mark.error();
    const auto loaded = load_patiently(*store, state, options.load_time);
    if (!loaded) return loaded.error();
    follow(*loaded);
    SequencerOptions sequencing = options.sequencer;
    sequencing.limits = store->limits();
    sequencer.emplace(state, *mark, exclusive, sequencing);
    tell_loaded();
    publish();
    return {};
  }

  void follow(Revision revision) {
    // An exclusive store has nothing to tell that its commits have not told already.
    if (!exclusive) store->watch(revision, this);
  }

  /// The feed has lost changes. What commands would be decided against is not known until all is
  /// loaded again: they wait, for their deadlines at most. The state is the reload's meanwhile.
  void begin_reload() {
    store->watch(0, nullptr);
    inbox.drop_changes();
    sequencer->on_state_lost();
    reload.emplace(*store, state);
  }

  void end_reload_if_complete() {
    if (!reload) return;
    const auto revision = reload->complete();
    if (!revision) return;
    reload.reset();
    follow(*revision);
    sequencer->on_state_loaded(clock.now());
    tell_loaded();
  }

  // ---- the feed

  void want_feed(bool wanted) {
    if (exclusive) store->watch(state.revision(), wanted ? this : nullptr);
  }

  void tell_loaded() {
    if (feed != nullptr) feed->on_loaded(state.revision(), state.revision_base());
  }

  void tell_feed(Inbox::Changes&& changes) {
    if (feed == nullptr) return;
    const std::int64_t now_ms = clock.now().unix_ms;
    feed->on_revision(changes.revision, now_ms);
    feed->on_committed(
        {changes.revision, state.revision_base(), now_ms, std::move(changes.entries)});
  }

  /// What an exclusive store has committed; the changes only when they are wanted.
  void tell_own() {
    if (auto changes = std::exchange(fresh, std::nullopt)) return tell_feed(std::move(*changes));
    if (feed != nullptr) feed->on_revision(state.revision(), clock.now().unix_ms);
  }

  void run() {
    thread_id = std::this_thread::get_id();
    while (!stopping || !sequencer->idle() ||
           sequencer->return_leases({nullptr, lease_ticket}, clock.now())) {
      take_in(receive());
      end_reload_if_complete();
      if (!reload) visits.run();
      sweep_if_due();
      sequencer->expire(clock.now());
      while (const Step* step = sequencer->next_step(clock.now())) {
        deliver();
        if (!carry_out(*step)) break;  // the answer will come through the inbox
        publish();
        deliver();  // before the next batch is formed: callers have waited long enough
        take_in(inbox.take());
        if (!reload) visits.run();
        sweep_if_due();
      }
      deliver();
      publish();
      if (sequencer->status() != Sequencer::Status::serving && !told_failure) fail();
    }
    reload.reset();
    inbox.close();
  }

  /// Everything that has come, after waiting until there is something to do.
  Inbox::Content receive() {
    const std::int64_t now_ms = clock.now().unix_ms;
    // A clock that was set back would put it off for as long.
    next_sweep_ms = std::min(next_sweep_ms, now_ms + options.sweep_ms);
    const auto until_ms = std::min(sequencer->wake_ms().value_or(next_sweep_ms), next_sweep_ms);
    auto patience = std::max<std::int64_t>(0, until_ms - now_ms) + 1;
    if (!visits.empty()) patience = 0;
    if (reload) patience = reload_look_ms;
    // After a batch of several commands the next ones are near.
    const bool busy = std::exchange(last_step_commands, 0) >= busy_commands_min;
    return inbox.wait(std::chrono::milliseconds(patience), busy);
  }

  void take_in(Inbox::Content work) {
    if (work.stop) stopping = true;
    for (Submission& submission : work.submissions) {
      sequencer->submit(std::move(submission.command), submission.ticket, submission.submitted);
    }
    for (const store::CommitResult& result : work.results) on_result(result);
    for (Inbox::Changes& changes : work.changes) {
      sequencer->on_changes(changes.revision, changes.entries);
      tell_feed(std::move(changes));
    }
    visits.add(std::move(work.visits));
    if (work.gap && !reload) begin_reload();
  }

  /// True when the store has answered already.
  bool carry_out(const Step& step) {
    step_begun = std::chrono::steady_clock::now();
    last_step_commands = step.commands;
    if (!step.fence) counted.batch_commands.add(static_cast<double>(step.commands));
    in_step = true;
    const auto done = [this](store::CommitResult result) {
      // in_step is this thread's own: it is not looked at on any other.
      if (std::this_thread::get_id() == thread_id && in_step) {
        answer = std::move(result);
      } else {
        inbox.post(std::move(result));
      }
    };
    if (step.fence)
      store->settle(step.batch, *step.fence, done);
    else
      store->commit(step.batch, done);
    in_step = false;
    const auto answered = std::exchange(answer, std::nullopt);
    if (answered) on_result(*answered);
    if (answered && exclusive) tell_own();
    return answered.has_value();
  }

  void on_result(const store::CommitResult& result) {
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - step_begun;
    counted.commit_s.add(taken.count());
    if (result.status == store::CommitResult::Status::unknown) ++counted.unresolved_batches;
    for (const store::GroupResult& group : result.groups) {
      counted.conflicts += group.committed || group.untold ? 0 : 1;
    }
    sequencer->on_result(result, clock.now());
  }

  void sweep_if_due() {
    if (reload) return;
    const std::int64_t now_ms = clock.now().unix_ms;
    const core::Table& records = state.idempotency();
    const bool crowded = records.size() > options.idempotency_records_max + crowd_records ||
                         records.bytes() > core::idempotency_bytes_max + crowd_bytes;
    if (stopping || suspended || sweep_queued || (now_ms < next_sweep_ms && !crowded)) return;
    if (sequencer->status() != Sequencer::Status::serving) return;
    sweep_queued = true;
    core::Sweep sweep;
    // A record that goes may touch two more.
    sweep.records_max = std::min(2 * crowd_records, store->limits().operations_max / 4);
    sweep.idempotency_records_max = options.idempotency_records_max;
    sequencer->submit({sweep, {}}, {nullptr, sweep_ticket}, clock.now());
  }

  void on_swept(const core::Outcome& outcome) {
    sweep_queued = false;
    const auto* work = std::get_if<core::WorkOutcome>(&outcome.value);
    const bool more = work != nullptr && work->left > 0;
    next_sweep_ms = clock.now().unix_ms + (more ? 0 : options.sweep_ms);
    if (reload) return;
    core::Idempotency key;
    key.keep_ms = options.idempotency_keep_ms;
    key.records_max = options.idempotency_records_max;
    counted.idempotency_window_s = core::key_window_s(state, key, clock.now());
  }

  void deliver() {
    std::vector<Completion> completions = sequencer->take_completions();
    counted.commands += completions.size();
    while (!completions.empty()) {
      CompletionSink* sink = completions.front().ticket.sink;
      const auto others = std::stable_partition(
          completions.begin(), completions.end(),
          [&](const Completion& completion) { return completion.ticket.sink == sink; });
      std::vector<Completion> rest(std::make_move_iterator(others),
                                   std::make_move_iterator(completions.end()));
      completions.erase(others, completions.end());
      if (sink != nullptr)
        sink->deliver(std::move(completions));
      else
        on_own_completed(completions);
      completions = std::move(rest);
    }
  }

  void on_own_completed(const std::vector<Completion>& completions) {
    for (const Completion& completion : completions) {
      if (completion.ticket.id == sweep_ticket) on_swept(completion.outcome);
    }
  }

  void publish() {
    const std::lock_guard lock(published_mutex);
    counted.queued = sequencer->queued();
    reloading_why = reload ? reload->trouble() : std::string();
    if (!reload) count_state();
    published = counted;
  }

  void count_state() {
    counted.counters = state.counters().size();
    counted.sequences = state.sequences().size();
    counted.reservations_open = state.open_reservations();
    counted.item_tenants = state.tenants().size();
    counted.items = state.item_count();
    counted.idempotency_records = state.idempotency().size();
    counted.revision = state.revision() + state.revision_base();
    counted.revision_base = state.revision_base();
    restoring = state.restoring();
  }

  void fail() {
    told_failure = true;
    {
      const std::lock_guard lock(published_mutex);
      failure = sequencer->failure();
    }
    failed = true;
    if (failure_callback) failure_callback();
  }

  static constexpr std::size_t crowd_records = 1024;  // housekeeping does not wait for its time
  static constexpr std::size_t crowd_bytes = std::size_t{16} << 20;
  static constexpr std::int64_t reload_look_ms = 10;
  static constexpr std::size_t busy_commands_min = 8;
  static constexpr std::uint64_t sweep_ticket = 0;  // of commands of the engine's own
  static constexpr std::uint64_t lease_ticket = 1;

  std::unique_ptr<store::Store> store;
  const Clock& clock;
  const EngineOptions options;
  const bool exclusive;

  Inbox inbox;

  // The engine thread's own.
  std::thread::id thread_id;
  bool in_step = false;
  std::optional<store::CommitResult> answer;  // of the step under way, when it came at once
  core::State state;
  std::optional<Sequencer> sequencer;
  FeedSink* feed = nullptr;
  std::optional<Inbox::Changes> fresh;  // of the step under way, for the feed
  Visits visits;                        // that wait for the state
  std::chrono::steady_clock::time_point step_begun;
  std::size_t last_step_commands = 0;
  Statistics counted;
  std::int64_t next_sweep_ms = 0;
  bool sweep_queued = false;
  bool stopping = false;
  bool told_failure = false;
  std::optional<Reload> reload;  // while it is there, it has the state

  mutable std::mutex published_mutex;  // guards published, failure and both whys
  Statistics published;
  std::string failure;
  std::string suspended_why;
  std::string reloading_why;
  std::atomic<bool> suspended = false;
  std::atomic<bool> restoring = false;
  std::atomic<bool> failed = false;
  std::atomic<bool> running = false;
  std::function<void()> failure_callback;
  std::thread thread;
};

Engine::Engine(std::unique_ptr<store::Store> store, const Clock& clock, EngineOptions options)
    : impl_(std::make_unique<Impl>(std::move(store), clock, options)) {}

Engine::~Engine() { stop(); }

Result<void> Engine::start() {
  if (auto opened = impl_->open(); !opened) return opened.error();
  impl_->running = true;
  impl_->thread = std::thread([this] { impl_->run(); });
  return {};
}

void Engine::submit(std::vector<Submission>& submissions) { impl_->submit(submissions); }

void Engine::stop() {
  if (!impl_->thread.joinable()) return;
  impl_->inbox.stop();
  impl_->thread.join();
  impl_->running = false;
  impl_->store->watch(0, nullptr);
}

Result<Revision> Engine::dump(const store::LoadVisitor& visitor) {
  const auto revision = impl_->store->load(visitor);
  if (!revision) return revision.error();
  return *revision + statistics().revision_base;
}

void Engine::publish_to(FeedSink& sink) { impl_->feed = &sink; }

void Engine::visit(std::function<void(const core::State&)> visit, bool urgent) {
  impl_->inbox.post(
      Visit{[it = impl_.get(), visit = std::move(visit)] { visit(it->state); }, urgent});
}

void Engine::want_feed(bool wanted) { impl_->want_feed(wanted); }

void Engine::suspend(std::string why) { impl_->suspend(std::move(why)); }

std::string Engine::trouble() const { return impl_->trouble(); }

store::Limits Engine::limits() const { return impl_->store->limits(); }

void Engine::announce(std::string value) { impl_->store->announce(std::move(value)); }

Result<void> Engine::forget_writer(const std::string& node) { return impl_->store->forget(node); }

Engine::Status Engine::status() const {
  if (impl_->failed) return Status::failed;
  if (!impl_->running) return Status::stopped;
  return impl_->restoring ? Status::restoring : Status::serving;
}

std::string Engine::failure() const {
  const std::lock_guard lock(impl_->published_mutex);
  return impl_->failure;
}

void Engine::on_failure(std::function<void()> callback) {
  impl_->failure_callback = std::move(callback);
}

Statistics Engine::statistics() const {
  const std::lock_guard lock(impl_->published_mutex);
  return impl_->published;
}

}  // namespace dcount::engine
