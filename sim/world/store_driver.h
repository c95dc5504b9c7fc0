// A store as the simulated server uses it: store::Store without threads and without waiting.
//
// Thread-safety: none; one world's.
#pragma once

#include <functional>

#include "server/store/result.h"
#include "server/store/store.h"

namespace dcount::world {

/// Answers may come inside the call or later, in the server's host.
class StoreDriver {
 public:
  virtual ~StoreDriver() = default;
  virtual bool exclusive() const = 0;
  virtual store::Limits limits() const = 0;
  virtual void claim(std::function<void(Result<store::Mark>)> done) = 0;
  virtual void load(store::LoadVisitor visitor, std::function<void(Result<Revision>)> done) = 0;
  virtual void commit(const store::Batch& batch, store::CommitDone done) = 0;
  virtual void settle(const store::Batch& lost, store::Mark fence, store::CommitDone done) = 0;
  virtual void watch(Revision after, store::ChangeSink* sink) = 0;
  /// The heartbeat, from claim on.
  virtual void announce() {}
  /// Gives the heartbeat up, as a clean stop does.
  virtual void retire() {}
};

}  // namespace dcount::world
