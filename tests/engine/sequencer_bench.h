// A sequencer whose store is the test itself.
//
// Thread-safety: one test's.
#pragma once

#include <gtest/gtest.h>

#include <optional>

#include "server/engine/sequencer.h"

namespace dcount::engine {

struct SequencerBench : testing::Test {
  using CommitResult = store::CommitResult;

  core::State state;
  core::Now now{1'000'000};
  std::optional<Sequencer> sequencer;
  Revision revision = 0;

  void begin(bool exclusive, SequencerOptions options = {}) {
    sequencer.emplace(state, store::Mark{1, 0}, exclusive, options);
  }

  /// What the store says of a batch that went in, all of it.
  CommitResult applied(const Step& step) {
    CommitResult result;
    result.status = CommitResult::Status::committed;
    result.revision = ++revision;
    result.mark = step.batch.next;
    result.groups.assign(step.batch.groups.size(), {true, {}});
    return result;
  }

  /// Answers otherwise.
  void answer(CommitResult::Status status, store::Mark mark = {1, 1}) {
    CommitResult result;
    result.status = status;
    result.mark = mark;
    sequencer->on_result(result, now);
  }
};

}  // namespace dcount::engine
