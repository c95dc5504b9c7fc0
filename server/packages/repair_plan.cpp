#include "server/packages/repair_plan.h"

#include <algorithm>
#include <utility>

#include "server/packages/placement.h"

namespace dcount::packages {
namespace {

using nodes::NodeState;
using Names = std::vector<std::string>;
using Actions = std::vector<RepairAction>;

bool contains(const Names& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

/// A package that is there, and who has it.
class Planner {
 public:
  Planner(const RepairView& view, const PackageHere& here)
      : view_(view),
        here_(here),
        package_(*here.record),
        replicas_(std::max<std::size_t>(1, view.replicas)),
        self_listed_(contains(package_.holders, view.self)),
        self_alive_(is(view.self, NodeState::alive)) {
    for (const std::string& holder : package_.holders) {
      if (is(holder, NodeState::alive)) alive_.push_back(holder);
      if (is(holder, NodeState::suspected)) suspected_.push_back(holder);
      if (!view.nodes.contains(holder)) forgotten_.push_back(holder);
    }
    alive_ = ranked(here.pkgid, std::move(alive_));
  }

  Actions plan() {
    sort_blobs();
    if (self_listed_ && right_ == nullptr) {
      actions_.insert(actions_.begin(), LeaveHolders{});
    } else if (self_alive_) {
      if (self_listed_)
        keep_or_leave();
      else if (right_ != nullptr)
        adopt_or_drop();
      else
        copy_if_chosen();
    }
    return std::move(actions_);
  }

 private:
  bool is(const std::string& name, NodeState state) const {
    const auto at = view_.nodes.find(name);
    return at != view_.nodes.end() && at->second == state;
  }

  /// Suspected ones are back in a moment, or dead: they are not lost yet.
  bool lacks() const { return present() < replicas_; }
  std::size_t present() const { return alive_.size() + suspected_.size(); }

  void sort_blobs() {
    for (const BlobHere& blob : here_.blobs) {
      if (blob.sha256 != package_.traits.sha256) {
        if (blob.age_ms >= view_.grace_ms) drop(blob, DropBlob::Reason::extra);
      } else if (blob.condition == BlobCondition::corrupt || blob.bytes != package_.traits.bytes) {
        drop(blob, DropBlob::Reason::corrupt);
      } else {
        right_ = &blob;
      }
    }
  }

  void drop(const BlobHere& blob, DropBlob::Reason reason, Names keepers = {}) {
    actions_.push_back(DropBlob{blob.sha256, reason, std::move(keepers)});
  }

  /// Those that would keep it if there are too many: the first ones of the ranking.
  Names keepers() const {
    return {alive_.begin(), alive_.begin() + static_cast<std::ptrdiff_t>(replicas_)};
  }

  void keep_or_leave() {
    if (alive_.size() > replicas_ && !contains(keepers(), view_.self)) {
      actions_.push_back(LeaveAndDrop{right_->sha256, keepers()});
      return;
    }
    // One does it for all. While nobody holds it, the names say where it was last.
    if (alive_.front() != view_.self) return;
    for (const std::string& name : forgotten_) actions_.push_back(ForgetHolder{name});
  }

  void adopt_or_drop() {
    if (lacks()) {
      if (right_->condition == BlobCondition::intact)
        actions_.push_back(JoinHolders{});
      else
        actions_.push_back(CheckBlob{right_->sha256});
      return;
    }
    // Young ones may have been fetched for a reader, or are just about to be listed.
    if (alive_.size() >= replicas_ && right_->age_ms >= view_.grace_ms) {
      drop(*right_, DropBlob::Reason::surplus, keepers());
    }
  }

  void copy_if_chosen() {
    if (!lacks() || present() == 0) return;
    Names candidates;
    for (const auto& [name, state] : view_.nodes) {
      if (state == NodeState::alive && !contains(package_.holders, name)) {
        candidates.push_back(name);
      }
    }
    candidates = ranked(here_.pkgid, std::move(candidates));
    candidates.resize(std::min(candidates.size(), replicas_ - present()));
    if (!here_.left && !contains(candidates, view_.self)) return;
    // Each node in an order of its own, so that not all fetch from one.
    Names from = ranked(here_.pkgid + view_.self, alive_);
    from.insert(from.end(), suspected_.begin(), suspected_.end());
    actions_.push_back(CopyHere{std::move(from)});
    actions_.push_back(JoinHolders{});
  }

  const RepairView& view_;
  const PackageHere& here_;
  const core::Package& package_;
  const std::size_t replicas_;
  const bool self_listed_;
  const bool self_alive_;
  Names alive_;  ///< holders, ranked
  Names suspected_;
  Names forgotten_;
  const BlobHere* right_ = nullptr;  ///< has the record's digest and length, and is not corrupt
  Actions actions_;
};

}  // namespace

std::vector<RepairAction> plan_repair(const RepairView& view, const PackageHere& here) {
  if (view.restoring) return {};
  if (here.record && !here.record->deleted) return Planner(view, here).plan();
  std::vector<RepairAction> actions;
  for (const BlobHere& blob : here.blobs) {
    if (here.record)
      actions.push_back(DropBlob{blob.sha256, DropBlob::Reason::expired, {}});
    else if (blob.age_ms >= view.grace_ms)
      actions.push_back(DropBlob{blob.sha256, DropBlob::Reason::extra, {}});
  }
  return actions;
}

}  // namespace dcount::packages
