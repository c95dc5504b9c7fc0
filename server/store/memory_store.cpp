#include "server/store/memory_store.h"

#include <algorithm>
#include <utility>

#include "server/store/mark.h"

namespace dcount::store {
namespace {
constexpr const char* power_failed = "the power failed";
}

void MemoryDisk::cut_power_after(int writes) {
  const std::lock_guard lock(mutex_);
  steps_left_ = writes;
}

void MemoryDisk::crash(Tail tail) {
  const std::lock_guard lock(mutex_);
  if (tail == Tail::dropped) {
    for (auto at = unsynced_.rbegin(); at != unsynced_.rend(); ++at) take_back(*at);
  }
  unsynced_.clear();
  watchers_.clear();
  steps_left_ = std::numeric_limits<int>::max();
  ++crashes_;
}

bool MemoryDisk::take_step() {
  if (steps_left_ == 0) return false;
  if (steps_left_ != std::numeric_limits<int>::max()) --steps_left_;
  return true;
}

/// Whether all guards of the group hold, and if not, what there is instead.
GroupResult MemoryDisk::judge(const Group& group) const {
  std::map<std::string, Entry> differing;
  for (const Read& guard : group.guards) {
    const auto found = entries_.find(guard.key);
    const bool present = found != entries_.end();
    if (guard.revision == (present ? found->second.revision : 0)) continue;
    differing[guard.key] = present ? Entry{guard.key, found->second.value, found->second.revision}
                                   : Entry{guard.key, std::nullopt, 0};
  }
  for (const RangeRead& range : group.range_guards) {
    for (auto at = entries_.lower_bound(range.begin); at != entries_.end() && at->first < range.end;
         ++at) {
      if (at->second.revision <= range.newest) continue;
      differing[at->first] = {at->first, at->second.value, at->second.revision};
    }
  }
  GroupResult result;
  result.committed = differing.empty();
  for (auto& [key, entry] : differing) result.current.push_back(std::move(entry));
  return result;
}

void MemoryDisk::apply(const std::string& node, const std::vector<Group>& groups, Mark next) {
  Writer& writer = writers_[node];
  Replaced replaced{{}, node, writer};
  Change change{revision_ + 1, {}};

  // As in etcd all groups are judged by the state before the batch.
  std::vector<GroupResult> results;
  for (const Group& group : groups) results.push_back(judge(group));
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (!results[i].committed) continue;
    for (const Write& write : groups[i].writes) {
      const auto found = entries_.find(write.key);
      replaced.entries.emplace_back(
          write.key, found == entries_.end() ? std::nullopt : std::optional(found->second));
      change.entries.push_back({write.key, write.value, change.revision});
      if (write.value) {
        entries_[write.key] = {*write.value, change.revision};
      } else if (found != entries_.end()) {
        entries_.erase(found);
      }
    }
  }
  revision_ = change.revision;
  writer = {next, revision_, std::move(results)};
  changes_.push_back(std::move(change));
  unsynced_.push_back(std::move(replaced));
}

/// False when the power failed on the way.
bool MemoryDisk::apply_durably(const std::string& node, const std::vector<Group>& groups, Mark next,
                               bool sync) {
  if (!take_step()) return false;
  apply(node, groups, next);
  if (sync) {
    if (!take_step()) return false;
    unsynced_.clear();
  }
  tell_watchers();
  return true;
}

void MemoryDisk::take_back(Replaced& replaced) {
  for (auto at = replaced.entries.rbegin(); at != replaced.entries.rend(); ++at) {
    if (at->second) {
      entries_[at->first] = *at->second;
    } else {
      entries_.erase(at->first);
    }
  }
  writers_[replaced.node] = std::move(replaced.writer);
  changes_.pop_back();
  --revision_;
}

void MemoryDisk::tell_watchers() {
  for (MemoryStore* store : watchers_) {
    while (store->next_change_ < changes_.size()) {
      const Change& change = changes_[store->next_change_++];
      store->sink_->on_changes(change.revision, change.entries);
    }
  }
}

MemoryStore::MemoryStore(std::shared_ptr<MemoryDisk> disk, std::string node, MemoryOptions options)
    : disk_(std::move(disk)), node_(std::move(node)), options_(options), opened_after_crashes_([&] {
        const std::lock_guard lock(disk_->mutex_);
        return disk_->crashes_;
      }()) {}

MemoryStore::~MemoryStore() {
  watch(0, nullptr);
  lose_lease();
}

bool MemoryStore::alive() const {
  return disk_->steps_left_ > 0 && disk_->crashes_ == opened_after_crashes_;
}

Result<Mark> MemoryStore::claim() {
  const std::lock_guard lock(disk_->mutex_);
  const Mark next{disk_->writers_[node_].mark.incarnation + 1, 0};
  if (!alive() || !disk_->apply_durably(node_, {}, next, options_.sync)) {
    return Error{Certainty::unknown, power_failed};
  }
  return next;
}

Result<Revision> MemoryStore::load(const LoadVisitor& visitor) {
  std::unique_lock lock(disk_->mutex_);
  if (!alive()) return Error{Certainty::definite, power_failed};
  const auto entries = disk_->entries_;
  const Revision revision = disk_->revision_;
  lock.unlock();
  for (const auto& [key, stored] : entries) visitor({key, stored.value, stored.revision});
  return revision;
}

void MemoryStore::commit(const Batch& batch, CommitDone done) {
  check_batch(batch);
  done(request(batch, batch));
}

void MemoryStore::settle(const Batch& lost, Mark fence, CommitDone done) {
  const Batch fencing{lost.previous, fence, {}};
  check_batch(fencing);
  done(request(fencing, lost));
}

void MemoryStore::watch(Revision after, ChangeSink* sink) {
  const std::lock_guard lock(disk_->mutex_);
  std::erase(disk_->watchers_, this);
  sink_ = sink;
  if (sink == nullptr || !alive()) return;
  next_change_ = static_cast<std::size_t>(after);  // revisions count from 1 and leave none out
  disk_->watchers_.push_back(this);
  disk_->tell_watchers();
}

void MemoryStore::announce(std::string value) { write_presence(std::move(value)); }

void MemoryStore::lose_lease() { write_presence(std::nullopt); }

/// As a batch that is no writer's: marks are left as they are.
void MemoryStore::write_presence(std::optional<std::string> value) {
  const std::string key = "alive/" + node_;
  const std::lock_guard lock(disk_->mutex_);
  const bool there = disk_->entries_.contains(key);
  if (!alive() || (!value && !there)) return;
  disk_->apply_durably("", {Group{{}, {}, {{key, std::move(value)}}}}, Mark{}, options_.sync);
}

Result<void> MemoryStore::forget(std::string node) {
  const std::lock_guard lock(disk_->mutex_);
  if (!alive()) return Error{Certainty::definite, power_failed};
  if (disk_->entries_.contains("alive/" + node)) {
    return Error{Certainty::definite, node + " is alive"};
  }
  disk_->writers_.erase(node);
  return {};
}

void MemoryStore::arrive_late() {
  const std::lock_guard lock(disk_->mutex_);
  for (const Batch& batch : std::exchange(late_, {})) execute(batch, batch);
}

/// Sends `batch` over the network, to learn what became of `subject`.
CommitResult MemoryStore::request(const Batch& batch, const Batch& subject) {
  const auto lost = std::exchange(lose_next_, std::nullopt);
  const std::lock_guard lock(disk_->mutex_);
  if (lost == Lost::late) late_.push_back(batch);
  CommitResult result;
  if (!lost || lost == Lost::answer) result = execute(batch, subject);
  if (lost) {
    result = {};
    result.error = "the answer was lost";
  }
  return result;
}

CommitResult MemoryStore::execute(const Batch& batch, const Batch& subject) {
  const Mark held = disk_->writers_[node_].mark;
  const bool applies = standing(held, batch) == Standing::open;
  if (!alive() ||
      (applies && !disk_->apply_durably(node_, batch.groups, batch.next, options_.sync))) {
    CommitResult result;
    result.status = CommitResult::Status::failed;
    result.error = power_failed;
    return result;
  }
  const MemoryDisk::Writer& writer = disk_->writers_[node_];
  CommitResult result = answer_by_mark(writer.mark, subject);
  if (result.status == CommitResult::Status::committed) {
    result.revision = writer.revision;
    result.groups = writer.results;
  }
  return result;
}

}  // namespace dcount::store
