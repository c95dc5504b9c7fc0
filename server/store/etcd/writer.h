// How a batch gets into etcd, and how its writer learns what became of it: the protocol alone, one
// step at a time, no socket and no thread, so that the deterministic world runs it over a simulated
// etcd.
//
//   Step step = writer.commit(batch);
//   while (the step is a Request) step = writer.on_reply(send(request));
//   the step is the result
//
// A batch is one txn: an outer comparison of the writer's mark, and under it the mark's put and a
// nested txn for each group, whose comparisons are the group's guards. Everything so judged and
// written has one revision. A group that fails reads the keys it guards in its failure branch; of a
// batch with many groups only those that have failed are asked for afterwards, since the gateway
// spends more on reading such branches than etcd on all the rest. The put of the mark also sends
// pure reads through the log: a member without quorum would answer a txn that writes nothing from
// what it remembers.
//
// A batch whose answer was lost is settled by a fence: a txn that rewrites the mark if the batch
// has not. If the batch had applied, its groups' results are found by judging their guards again,
// at the revision before it; if etcd has compacted that, by the traces it has left.
//
// An etcd without room refuses every put. Batches that only read then erase a key that is not there
// instead of putting the mark: that, too, goes through the log, and leaves nothing to settle.
//
// The name of a writer belongs to the identity that claimed it first ("store/owner/<node>").
//
// Thread-safety: none; one thread's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/store/etcd/messages.h"
#include "server/store/etcd/reply.h"
#include "server/store/store.h"

namespace dcount::store::etcd {

/// "store/owner/<node>"
std::string owner_key(std::string_view node);
std::string to_owner_text(std::string_view identity, std::int64_t incarnation);

class Writer {
 public:
  /// What a claim comes to.
  struct Claimed {
    Result<Mark> mark;
  };
  using Step = std::variant<Request, CommitResult, Claimed>;

  Writer(std::string prefix, std::string node, std::string identity);

  /// Limits the size of single requests, once they are known.
  void set_operations_max(std::size_t operations) { operations_max_ = operations; }

  Step claim();
  /// `batch` must live until the result is here.
  Step commit(const Batch& batch);
  Step settle(const Batch& lost, Mark fence);
  Step on_reply(const Reply& reply);

 private:
  enum class Phase { idle, looking, claiming, committing, fencing, judging };
  /// What tells of a group whether it applied.
  enum class Evidence {
    answer,  ///< the batch's: it did not. What is there instead is asked for.
    guards,  ///< whether they held just before the batch
    traces,  ///< what has come of its keys since
  };

  Request batch_request(const Batch& batch);
  Request fence_request(const Batch& lost, const Mark& fence) const;
  Request judging_request();
  Step on_looked(const TxnReply& reply);
  Step on_claimed(const TxnReply& reply);
  Step on_committed(const TxnReply& reply);
  Step on_fenced(const TxnReply& reply);
  Step judge_groups(CommitResult result, Evidence evidence);
  Step on_judged(const TxnReply& reply);
  Step on_mark(const TxnReply& reply);
  Step not_done(const Reply& reply, Fate fate);
  Step finish(CommitResult result);

  const std::string prefix_;
  const std::string mark_key_;
  const std::string owner_key_;
  const std::string identity_;
  std::size_t operations_max_ = 128;

  Phase phase_ = Phase::idle;
  Mark next_;                     // claim and settle: what the mark is to be
  const Batch* batch_ = nullptr;  // under way
  bool full_ = false;             // etcd refuses puts, as far as we know
  bool markless_ = false;         // the batch under way only reads and leaves the mark as it is
  CommitResult judged_;           // as far as its groups have been looked at
  std::vector<std::size_t> to_judge_;  // groups
  std::size_t judged_groups_ = 0;      // of those
  Evidence evidence_ = Evidence::answer;
};

}  // namespace dcount::store::etcd
