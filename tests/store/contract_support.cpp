#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>

#include "tests/store/contract.h"

namespace dcount::store {
namespace {

constexpr std::chrono::seconds patience{20};

/// What `begin` answers, on whatever thread.
template <class Begin>
CommitResult answer_of(const char* what, Begin begin) {
  // Shared with the callback: an answer that comes too late must find it, too.
  const auto promise = std::make_shared<std::promise<CommitResult>>();
  auto answer = promise->get_future();
  begin([promise](CommitResult result) { promise->set_value(std::move(result)); });
  if (answer.wait_for(patience) != std::future_status::ready) {
    throw std::logic_error(std::string(what) + " has not answered");
  }
  return answer.get();
}

}  // namespace

Writer::Writer(Rig& rig, const std::string& node) {
  auto opened = rig.open(node);
  if (!opened) throw std::runtime_error(opened.error().message);
  store_ = std::move(*opened);
  const auto claimed = store_->claim();
  if (!claimed) throw std::runtime_error(claimed.error().message);
  mark_ = *claimed;
}

Batch Writer::next(std::vector<Group> groups) const {
  return {mark_, {mark_.incarnation, mark_.batch + 1 + fences_}, std::move(groups)};
}

CommitResult Writer::commit(const Batch& batch) {
  const auto answer =
      answer_of("commit", [&](CommitDone done) { store_->commit(batch, std::move(done)); });
  if (answer.status == CommitResult::Status::committed) mark_ = answer.mark;
  return answer;
}

CommitResult Writer::settle(const Batch& lost) {
  const Mark fence{lost.next.incarnation, lost.next.batch + ++fences_};
  const auto answer =
      answer_of("settle", [&](CommitDone done) { store_->settle(lost, fence, std::move(done)); });
  if (answer.status != CommitResult::Status::unknown) mark_ = answer.mark;
  return answer;
}

CommitResult Writer::put(const std::string& key, const std::string& value) {
  return commit({group({{key, value}})});
}

CommitResult Writer::erase(const std::string& key) {
  return commit({group({{key, std::nullopt}})});
}

Contents Writer::contents(Revision* revision) {
  Contents contents;
  const auto loaded = store_->load([&](const Entry& entry) {
    if (!entry.value) throw std::logic_error("load shows an entry without a value");
    contents[entry.key] = {*entry.value, entry.revision};
  });
  if (!loaded) throw std::runtime_error(loaded.error().message);
  if (revision != nullptr) *revision = *loaded;
  return contents;
}

Group group(std::vector<Write> writes) { return {{}, {}, std::move(writes)}; }

void Log::on_changes(Revision revision, std::span<const Entry> changed) {
  const std::lock_guard lock(mutex_);
  revisions_.push_back(revision);
  entries_.insert(entries_.end(), changed.begin(), changed.end());
  changed_.notify_all();
}

void Log::on_gap() {
  const std::lock_guard lock(mutex_);
  ++gaps_;
  changed_.notify_all();
}

bool Log::wait_for(Revision revision) const {
  return wait([&] { return !revisions_.empty() && revisions_.back() >= revision; });
}

bool Log::wait_for_gap() const {
  return wait([&] { return gaps_ > 0; });
}

bool Log::wait(const std::function<bool()>& holds) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, holds);
}

std::vector<Revision> Log::revisions() const {
  const std::lock_guard lock(mutex_);
  return revisions_;
}

std::vector<Entry> Log::entries() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

int Log::gaps() const {
  const std::lock_guard lock(mutex_);
  return gaps_;
}

}  // namespace dcount::store
