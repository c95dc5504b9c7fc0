#include "server/engine/engine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>

#include "server/core/idempotency.h"

namespace dcount::engine {
namespace {

using Changes = std::pair<Revision, std::vector<Entry>>;

/// Everything that reaches the engine's thread from others.
struct Inbox {
  std::vector<Submission> submissions;
  std::vector<store::CommitResult> results;
  std::vector<Changes> changes;
  bool stop = false;

  bool empty() const { return submissions.empty() && results.empty() && changes.empty() && !stop; }
};

}  // namespace

struct Engine::Impl final : store::ChangeSink {
  Impl(std::unique_ptr<store::Store> store, const Clock& clock, EngineOptions options)
      : store(std::move(store)),
        clock(clock),
        options(options),
        exclusive(this->store->exclusive()),
        state(options.tombstone_ms) {}

  // ---- from other threads

  void post(auto&& change) {
    const std::lock_guard lock(mutex);
    change(inbox);
    has_post = true;
    if (asleep) wake.notify_one();
  }

  void on_changes(Revision revision, std::span<const Entry> entries) override {
    post([&](Inbox& to) {
      to.changes.emplace_back(revision, std::vector<Entry>(entries.begin(), entries.end()));
    });
  }

  // ---- the engine's thread

  Result<void> open() {
    const auto mark = store->claim();
    if (!mark) return mark.error();
    state.begin_load();
    const auto revision = store->load([&](const Entry& entry) { state.apply(entry); });
    if (!revision) return revision.error();
    state.end_load(*revision);
    sequencer.emplace(state, *mark, exclusive, options.sequencer);
    // An exclusive store has nothing to tell that its commits have not told already.
    if (!exclusive) store->watch(*revision, this);
    publish();
    return {};
  }

  void run() {
    thread_id = std::this_thread::get_id();
    while (!stopping || !sequencer->idle()) {
      Inbox work = receive();
      take_in(std::move(work));
      sweep_if_due();
      sequencer->expire(clock.now());
      while (const Step* step = sequencer->next_step(clock.now())) {
        deliver();
        if (!carry_out(*step)) break;  // the answer will come through the inbox
        take_in(poll());
        sweep_if_due();
      }
      deliver();
      publish();
      if (sequencer->status() != Sequencer::Status::serving && !told_failure) fail();
    }
    close();
  }

  /// From now on submit answers by itself; what came too late for the last look is answered here.
  void close() {
    std::vector<Submission> late;
    {
      const std::lock_guard lock(mutex);
      closed = true;
      late.swap(inbox.submissions);
    }
    refuse(late);
  }

  static void refuse(std::vector<Submission>& submissions) {
    for (const Submission& submission : submissions) {
      std::vector<Completion> one;
      one.push_back({submission.ticket, {.code = core::Code::unavailable, .value = {}}});
      if (submission.ticket.sink != nullptr) submission.ticket.sink->deliver(std::move(one));
    }
    submissions.clear();
  }

  void submit(std::vector<Submission>& submissions) {
    const core::Now now = clock.now();
    for (Submission& submission : submissions) submission.submitted = now;
    post([&](Inbox& to) {
      const std::size_t waiting = to.submissions.size() + submissions.size();
      if (closed || waiting > options.sequencer.queued_commands_max) return;
      if (to.submissions.empty())
        to.submissions.swap(submissions);
      else
        std::ranges::move(submissions, std::back_inserter(to.submissions));
      submissions.resize(0);
    });
    refuse(submissions);
  }

  Inbox poll() {
    const std::lock_guard lock(mutex);
    has_post = false;
    return std::exchange(inbox, {});
  }

  /// Waking a sleeping thread costs more than deciding a batch. After one of several commands the
  /// next ones are near: look for them a little longer, giving way to any other thread.
  void wait_busily() {
    if (last_step_commands < busy_commands_min) return;
    const auto end = std::chrono::steady_clock::now() + busy_wait_max;
    while (!has_post && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    last_step_commands = 0;
  }

  Inbox receive() {
    wait_busily();
    std::unique_lock lock(mutex);
    if (inbox.empty()) {
      asleep = true;
      const auto until_ms = std::min(sequencer->wake_ms().value_or(next_sweep_ms), next_sweep_ms);
      const auto patience =
          std::chrono::milliseconds(std::max<std::int64_t>(0, until_ms - clock.now().unix_ms) + 1);
      wake.wait_for(lock, patience, [&] { return !inbox.empty(); });
      asleep = false;
    }
    has_post = false;
    return std::exchange(inbox, {});
  }

  void take_in(Inbox work) {
    if (work.stop) stopping = true;
    for (Submission& submission : work.submissions) {
      sequencer->submit(std::move(submission.command), submission.ticket, submission.submitted);
    }
    for (const store::CommitResult& result : work.results) on_result(result);
    for (const auto& [revision, entries] : work.changes) sequencer->on_changes(revision, entries);
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
        post([&](Inbox& to) { to.results.push_back(std::move(result)); });
      }
    };
    if (step.fence)
      store->settle(step.batch, *step.fence, done);
    else
      store->commit(step.batch, done);
    in_step = false;
    const auto answered = std::exchange(answer, std::nullopt);
    if (answered) on_result(*answered);
    return answered.has_value();
  }

  void on_result(const store::CommitResult& result) {
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - step_begun;
    counted.commit_s.add(taken.count());
    if (result.status == store::CommitResult::Status::unknown) ++counted.unresolved_batches;
    for (const auto& group : result.groups) counted.conflicts += group.committed ? 0 : 1;
    sequencer->on_result(result, clock.now());
  }

  void sweep_if_due() {
    const std::int64_t now_ms = clock.now().unix_ms;
    const bool crowded =
        state.idempotency().size() > options.idempotency_records_max + crowd_records;
    if (sweep_queued || (now_ms < next_sweep_ms && !crowded)) return;
    if (sequencer->status() != Sequencer::Status::serving) return;
    sweep_queued = true;
    core::Sweep sweep;
    sweep.records_max = 2 * crowd_records;
    sweep.idempotency_records_max = options.idempotency_records_max;
    sequencer->submit({sweep, {}}, {nullptr, sweep_ticket}, clock.now());
  }

  void on_swept(const core::Outcome& outcome) {
    sweep_queued = false;
    const auto* work = std::get_if<core::WorkOutcome>(&outcome.value);
    const bool more = work != nullptr && work->left > 0;
    next_sweep_ms = clock.now().unix_ms + (more ? 0 : options.sweep_ms);
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
        on_swept(completions.front().outcome);
      completions = std::move(rest);
    }
  }

  void publish() {
    const std::lock_guard lock(published_mutex);
    counted.queued = sequencer->queued();
    counted.counters = state.counters().size();
    counted.idempotency_records = state.idempotency().size();
    counted.revision = state.revision() + state.revision_base();
    counted.revision_base = state.revision_base();
    published = counted;
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

  static constexpr std::size_t crowd_records = 1024;
  static constexpr std::size_t busy_commands_min = 8;
  static constexpr std::chrono::microseconds busy_wait_max{50};
  static constexpr std::uint64_t sweep_ticket = 0;

  const std::unique_ptr<store::Store> store;
  const Clock& clock;
  const EngineOptions options;
  const bool exclusive;

  std::mutex mutex;  // guards inbox, asleep and closed
  std::condition_variable wake;
  Inbox inbox;
  bool asleep = false;
  bool closed = false;
  std::atomic<bool> has_post = false;  ///< there may be something in the inbox

  // The engine thread's own.
  std::thread::id thread_id;
  bool in_step = false;
  std::optional<store::CommitResult> answer;  // of the step under way, when it came at once
  core::State state;
  std::optional<Sequencer> sequencer;
  std::chrono::steady_clock::time_point step_begun;
  std::size_t last_step_commands = 0;
  Statistics counted;
  std::int64_t next_sweep_ms = 0;
  bool sweep_queued = false;
  bool stopping = false;
  bool told_failure = false;

  mutable std::mutex published_mutex;  // guards published and failure
  Statistics published;
  std::string failure;
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
  impl_->post([](Inbox& to) { to.stop = true; });
  impl_->thread.join();
  impl_->running = false;
  impl_->store->watch(0, nullptr);
}

Result<Revision> Engine::dump(const store::LoadVisitor& visitor) {
  const auto revision = impl_->store->load(visitor);
  if (!revision) return revision.error();
  return *revision + statistics().revision_base;
}

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
