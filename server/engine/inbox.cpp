#include "server/engine/inbox.h"

#include <algorithm>
#include <iterator>
#include <thread>

namespace dcount::engine {

void refuse(std::vector<Submission>& submissions) {
  for (const Submission& submission : submissions) {
    std::vector<Completion> one;
    one.push_back({submission.ticket, {.code = core::Code::unavailable, .value = {}}});
    if (submission.ticket.sink != nullptr) submission.ticket.sink->deliver(std::move(one));
  }
  submissions.clear();
}

template <class Change>
void Inbox::change(Change change) {
  const std::lock_guard lock(mutex_);
  change(content_);
  has_post_ = true;
  if (asleep_) wake_.notify_one();
}

void Inbox::submit(std::vector<Submission>& submissions) {
  change([&](Content& content) {
    auto& waiting = content.submissions;
    if (closed_ || waiting.size() + submissions.size() > commands_max_) return;
    if (waiting.empty()) {
      waiting.swap(submissions);
    } else {
      std::ranges::move(submissions, std::back_inserter(waiting));
      submissions.clear();
    }
  });
  refuse(submissions);
}

void Inbox::post(store::CommitResult result) {
  change([&](Content& content) { content.results.push_back(std::move(result)); });
}

void Inbox::post(Changes changes) {
  change([&](Content& content) { content.changes.push_back(std::move(changes)); });
}

void Inbox::post(Visit visit) {
  change([&](Content& content) {
    if (!closed_) content.visits.push_back(std::move(visit));
  });
}

void Inbox::post_gap() {
  change([](Content& content) { content.gap = true; });
}

void Inbox::drop_changes() {
  change([](Content& content) {
    content.changes.clear();
    content.gap = false;
  });
}

void Inbox::stop() {
  change([](Content& content) { content.stop = true; });
}

Inbox::Content Inbox::take() {
  const std::lock_guard lock(mutex_);
  has_post_ = false;
  return std::exchange(content_, {});
}

Inbox::Content Inbox::wait(std::chrono::milliseconds patience, bool busy) {
  if (busy) {
    const auto end = std::chrono::steady_clock::now() + busy_wait_max;
    while (!has_post_ && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  }
  std::unique_lock lock(mutex_);
  asleep_ = true;
  wake_.wait_for(lock, patience, [&] { return !content_.empty(); });
  asleep_ = false;
  has_post_ = false;
  return std::exchange(content_, {});
}

void Inbox::close() {
  std::vector<Submission> late;
  std::vector<Visit> dropped;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    late.swap(content_.submissions);
    dropped.swap(content_.visits);
  }
  refuse(late);
}

}  // namespace dcount::engine
