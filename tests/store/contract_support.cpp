#include <stdexcept>

#include "tests/store/contract.h"

namespace dcount::store {

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
  std::optional<CommitResult> answer;
  store_->commit(batch, [&](CommitResult result) { answer = std::move(result); });
  if (!answer) throw std::logic_error("commit has not answered");
  if (answer->status == CommitResult::Status::committed) mark_ = answer->mark;
  return *answer;
}

CommitResult Writer::settle(const Batch& lost) {
  const Mark fence{lost.next.incarnation, lost.next.batch + ++fences_};
  std::optional<CommitResult> answer;
  store_->settle(lost, fence, [&](CommitResult result) { answer = std::move(result); });
  if (!answer) throw std::logic_error("settle has not answered");
  if (answer->status != CommitResult::Status::unknown) mark_ = answer->mark;
  return *answer;
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
  revisions.push_back(revision);
  entries.insert(entries.end(), changed.begin(), changed.end());
}

}  // namespace dcount::store
