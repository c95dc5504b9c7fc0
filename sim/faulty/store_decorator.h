// A store over another one that does all as that one does: plants that break a store change a
// method or two.
//
// Thread-safety: as Store.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "server/store/store.h"

namespace dcount::faulty {

class StoreDecorator : public store::Store {
 public:
  explicit StoreDecorator(std::unique_ptr<store::Store> inner) : inner_(std::move(inner)) {}

  bool exclusive() const override { return inner_->exclusive(); }
  store::Limits limits() const override { return inner_->limits(); }
  std::string trouble() const override { return inner_->trouble(); }
  void announce(std::string value) override { inner_->announce(std::move(value)); }
  Result<void> forget(std::string node) override { return inner_->forget(std::move(node)); }
  Result<store::Mark> claim() override { return inner_->claim(); }
  Result<Revision> load(const store::LoadVisitor& visitor) override {
    return inner_->load(visitor);
  }
  void commit(const store::Batch& batch, store::CommitDone done) override {
    inner_->commit(batch, std::move(done));
  }
  void settle(const store::Batch& lost, store::Mark fence, store::CommitDone done) override {
    inner_->settle(lost, fence, std::move(done));
  }
  void watch(Revision after, store::ChangeSink* sink) override { inner_->watch(after, sink); }

 protected:
  store::Store& inner() { return *inner_; }
  /// Destroys the store below: from then on it calls nobody. For destructors.
  void close_inner() { inner_.reset(); }

 private:
  std::unique_ptr<store::Store> inner_;
};

}  // namespace dcount::faulty
