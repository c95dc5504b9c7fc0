#include "server/store/etcd/writer.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <utility>

#include "server/store/etcd/judge.h"
#include "server/store/mark.h"

namespace dcount::store::etcd {
namespace {

using Status = CommitResult::Status;

CommitResult result_of(Status status, std::string error) {
  CommitResult result;
  result.status = status;
  result.error = std::move(error);
  return result;
}

const KeyValue* only_entry(const TxnReply& reply, std::size_t operation) {
  if (operation >= reply.operations.size()) return nullptr;
  const auto& entries = reply.operations[operation].entries;
  return entries.empty() ? nullptr : &entries.front();
}

// So many groups carry their failure branches with them.
constexpr std::size_t branched_groups_max = 16;

/// Never there.
constexpr std::string_view nothing_key = "store/nothing";

bool only_reads(const Batch& batch) {
  return std::ranges::all_of(batch.groups, [](const Group& group) { return group.writes.empty(); });
}

/// The identity in "1 identity=… incarnation=…".
std::string_view identity_in(std::string_view owner) {
  constexpr std::string_view begin = "1 identity=";
  if (!owner.starts_with(begin)) return {};
  owner.remove_prefix(begin.size());
  return owner.substr(0, owner.find(' '));
}

}  // namespace

std::string owner_key(std::string_view node) {
  return std::string(own_prefix).append("owner/").append(node);
}

std::string to_owner_text(std::string_view identity, std::int64_t incarnation) {
  return std::string("1 identity=").append(identity) +
         " incarnation=" + std::to_string(incarnation);
}

Writer::Writer(std::string prefix, std::string node, std::string identity)
    : prefix_(std::move(prefix)),
      mark_key_(mark_key(node)),
      owner_key_(owner_key(node)),
      identity_(std::move(identity)) {}

// ---- claiming the name

Writer::Step Writer::claim() {
  phase_ = Phase::looking;
  Txn look;
  look.success = {range_of(mark_key_), range_of(owner_key_)};
  return Request{txn_path, txn_body(look, prefix_)};
}

Writer::Step Writer::on_looked(const TxnReply& reply) {
  const KeyValue* mark = only_entry(reply, 0);
  const KeyValue* owner = only_entry(reply, 1);
  const auto held = parse_mark(mark == nullptr ? to_text(Mark{}) : mark->value);
  if (!held) {
    return finish(result_of(Status::failed, "'" + mark_key_ + "' holds no mark: " + mark->value));
  }
  if (owner != nullptr && identity_in(owner->value) != identity_) {
    return finish(result_of(Status::fenced,
                            "the name '" + mark_key_.substr(mark_prefix.size()) +
                                "' belongs to another node of this cluster (it has another data "
                                "directory); give this one a name of its own with --node"));
  }
  // Above all incarnations of this name, also of those that were forgotten: every claim has taken
  // a revision.
  next_ = {std::max(held->incarnation, reply.revision) + 1, 0};
  const std::string mark_text = to_text(next_);
  const std::string owner_text = to_owner_text(identity_, next_.incarnation);
  Txn claim;
  const auto as_seen = [&](std::string_view key, const KeyValue* seen) {
    claim.compare.push_back(
        {Compare::Of::modified, key, {}, {}, seen == nullptr ? 0 : seen->revision});
  };
  as_seen(mark_key_, mark);
  as_seen(owner_key_, owner);
  claim.success = {put_of(mark_key_, mark_text), put_of(owner_key_, owner_text)};
  phase_ = Phase::claiming;
  return Request{txn_path, txn_body(claim, prefix_)};
}

Writer::Step Writer::on_claimed(const TxnReply& reply) {
  phase_ = Phase::idle;
  if (reply.succeeded) return Claimed{next_};
  return claim();  // the process before us, or a rival, has written meanwhile: look again
}

// ---- committing

Request Writer::batch_request(const Batch& batch) {
  const std::string previous = to_text(batch.previous);
  const std::string next = to_text(batch.next);
  Txn txn;
  txn.compare.push_back({Compare::Of::value, mark_key_, {}, previous, 0});
  txn.success.reserve(1 + batch.groups.size());
  markless_ = full_ && only_reads(batch);
  txn.success.push_back(markless_ ? erase_of(nothing_key) : put_of(mark_key_, next));
  const bool branches = batch.groups.size() <= branched_groups_max;
  for (const Group& group : batch.groups) {
    Operation nested;
    nested.kind = Operation::Kind::txn;
    Txn& judged = nested.txn.emplace_back();
    judged.compare = comparisons_of(group);
    if (branches) judged.failure = looks_of(group);
    for (const Write& write : group.writes) {
      judged.success.push_back(write.value ? put_of(write.key, *write.value) : erase_of(write.key));
    }
    txn.success.push_back(std::move(nested));
  }
  txn.failure.push_back(range_of(mark_key_));
  return {txn_path, txn_body(txn, prefix_)};
}

Writer::Step Writer::commit(const Batch& batch) {
  batch_ = &batch;
  phase_ = Phase::committing;
  return batch_request(batch);
}

Writer::Step Writer::on_committed(const TxnReply& reply) {
  if (!reply.succeeded) return on_mark(reply);
  if (reply.operations.size() != 1 + batch_->groups.size()) {
    return finish(result_of(Status::unknown, "etcd answered fewer groups than it was given"));
  }
  CommitResult result;
  result.status = Status::committed;
  result.revision = reply.revision;
  result.mark = markless_ ? batch_->previous : batch_->next;
  full_ = full_ && markless_;
  to_judge_.clear();
  for (std::size_t i = 0; i < batch_->groups.size(); ++i) {
    const auto& nested = reply.operations[i + 1].txn;
    GroupResult& group = result.groups.emplace_back();
    // What needs neither comparison nor write is answered with nothing.
    group.committed = nested.empty() || nested.front().succeeded;
    if (group.committed) continue;
    const auto& looks = nested.front().operations;
    if (looks.size() == look_count(batch_->groups[i])) {
      group.current = judge(batch_->groups[i], looks).current;
    } else {
      to_judge_.push_back(i);
    }
  }
  return judge_groups(std::move(result), Evidence::answer);
}

// ---- settling

Request Writer::fence_request(const Batch& lost, const Mark& fence) const {
  const std::string previous = to_text(lost.previous);
  const std::string next = to_text(fence);
  Txn txn;
  txn.compare.push_back({Compare::Of::value, mark_key_, {}, previous, 0});
  txn.success.push_back(put_of(mark_key_, next));
  txn.failure.push_back(range_of(mark_key_));
  return {txn_path, txn_body(txn, prefix_)};
}

Writer::Step Writer::settle(const Batch& lost, Mark fence) {
  batch_ = &lost;
  next_ = fence;
  phase_ = Phase::fencing;
  return fence_request(lost, fence);
}

Writer::Step Writer::on_fenced(const TxnReply& reply) {
  if (!reply.succeeded) return on_mark(reply);
  CommitResult result = result_of(Status::not_applied, "its writer has fenced it off");
  result.mark = next_;
  return finish(std::move(result));
}

/// The mark was not what the batch follows: it says what became of it.
Writer::Step Writer::on_mark(const TxnReply& reply) {
  const KeyValue* entry = only_entry(reply, 0);
  if (entry == nullptr) {
    return finish(result_of(Status::fenced, "this server's mark was erased: it was forgotten"));
  }
  const auto held = parse_mark(entry->value);
  if (!held || standing(*held, *batch_) == Standing::open) {
    return finish(result_of(Status::failed, "'" + mark_key_ + "' holds: " + entry->value));
  }
  if (*held < batch_->previous) {
    return finish(result_of(Status::failed,
                            "etcd holds an older mark of this server (" + entry->value +
                                ") than was acknowledged: it has been restored from a backup, and "
                                "what is in memory here is not what is there"));
  }
  CommitResult result = answer_by_mark(*held, *batch_);
  if (result.status != Status::committed) return finish(std::move(result));
  result.revision = entry->revision;
  result.groups.resize(batch_->groups.size());
  to_judge_.resize(batch_->groups.size());
  std::iota(to_judge_.begin(), to_judge_.end(), std::size_t{0});
  return judge_groups(std::move(result), Evidence::guards);
}

// ---- judging groups

/// What is there now is read from the member that has answered, which so knows the batch: what it
/// has is no older.
Writer::Step Writer::judge_groups(CommitResult result, Evidence evidence) {
  judged_ = std::move(result);
  judged_groups_ = 0;
  evidence_ = evidence;
  return to_judge_.empty() ? finish(std::move(judged_)) : judging_request();
}

/// As many of the groups that are not judged yet as fit a txn, and at least one.
Request Writer::judging_request() {
  phase_ = Phase::judging;
  const Revision at = evidence_ == Evidence::guards ? judged_.revision - 1 : 0;
  Txn txn;
  for (std::size_t i = judged_groups_; i < to_judge_.size(); ++i) {
    const Group& group = batch_->groups[to_judge_[i]];
    if (!txn.success.empty() && txn.success.size() + look_count(group) > operations_max_) break;
    for (Operation& look : looks_of(group, at)) txn.success.push_back(std::move(look));
  }
  // A read of an old revision is right wherever it is answered; one of the present is checked.
  for (Operation& look : txn.success) look.serializable = true;
  return {txn_path, txn_body(txn, prefix_)};
}

Writer::Step Writer::on_judged(const TxnReply& reply) {
  if (reply.revision < judged_.revision) {
    return finish(result_of(Status::unknown, "a member that is behind was asked for conflicts"));
  }
  std::span<const OperationReply> looks = reply.operations;
  std::size_t& next = judged_groups_;
  while (next < to_judge_.size()) {
    const Group& group = batch_->groups[to_judge_[next]];
    const std::size_t count = look_count(group);
    if (count > looks.size()) break;
    const auto seen = looks.first(count);
    GroupResult& result = judged_.groups[to_judge_[next]];
    result = evidence_ == Evidence::traces ? judge_by_traces(group, seen, judged_.revision)
                                           : judge(group, seen);
    if (evidence_ == Evidence::answer) result.committed = false;
    looks = looks.subspan(count);
    ++next;
  }
  if (looks.size() == reply.operations.size() && !looks.empty()) {
    return finish(result_of(Status::unknown, "etcd answered fewer ranges than it was asked"));
  }
  if (next < to_judge_.size()) return judging_request();
  return finish(std::move(judged_));
}

// ---- replies

Writer::Step Writer::on_reply(const Reply& reply) {
  const Fate fate = fate_of(reply);
  if (fate != Fate::done) return not_done(reply, fate);
  const auto txn = parse_txn(reply.body, prefix_);
  if (!txn) return finish(result_of(Status::unknown, txn.error().message));
  switch (phase_) {
    case Phase::looking:
      return on_looked(*txn);
    case Phase::claiming:
      return on_claimed(*txn);
    case Phase::committing:
      return on_committed(*txn);
    case Phase::fencing:
      return on_fenced(*txn);
    case Phase::judging:
      return on_judged(*txn);
    case Phase::idle:
      break;
  }
  std::abort();  // nobody asked
}

Writer::Step Writer::not_done(const Reply& reply, Fate fate) {
  const bool claiming = phase_ == Phase::looking || phase_ == Phase::claiming;
  if (claiming && is_refusal(reply)) return finish(result_of(Status::failed, describe(reply)));
  // That a fence or a look was not done leaves the batch as unsettled as it was.
  if (phase_ != Phase::committing) fate = Fate::unknown;
  if (phase_ == Phase::committing && markless_) fate = Fate::not_done;
  if (phase_ == Phase::judging && evidence_ == Evidence::guards &&
      error_message(reply.body).find("compacted") != std::string::npos) {
    evidence_ = Evidence::traces;
    return judging_request();
  }
  switch (fate) {
    case Fate::not_done:
      return finish(result_of(Status::not_applied, describe(reply)));
    case Fate::full:
      full_ = true;
      return finish(result_of(Status::full, describe(reply)));
    default:
      return finish(result_of(Status::unknown, describe(reply)));
  }
}

Writer::Step Writer::finish(CommitResult result) {
  const bool claiming = phase_ == Phase::looking || phase_ == Phase::claiming;
  phase_ = Phase::idle;
  if (!claiming) return result;
  const bool unknown = result.status == Status::unknown;
  return Claimed{Error{unknown ? Certainty::unknown : Certainty::definite, result.error}};
}

}  // namespace dcount::store::etcd
