// Where packages are placed, what a node is to do about each, and a simulation: whatever happens to
// nodes, disks and uploads, in whatever order the nodes do what they have planned, no intact copy
// is thrown away that is needed, and in the end all is as it should be.
#include "server/packages/repair_plan.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <random>
#include <set>

#include "server/packages/placement.h"
#include "tests/core/bench.h"

namespace dcount::packages {
namespace {

using nodes::NodeState;
using Names = std::vector<std::string>;
using Plan = std::vector<RepairAction>;
using Reason = DropBlob::Reason;

constexpr std::int64_t grace_ms = 15 * 60 * 1000;
const std::string right(64, 'a');
const std::string other(64, 'b');

std::string pkgid_of(int n) {
  const std::string digits = std::to_string(n);
  return "00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits;
}

// ---- placement

TEST(Placement, EveryBuildRanksAlike) {
  EXPECT_EQ(weight("", ""), 2737183428366584608u);
  EXPECT_EQ(weight(pkgid_of(1), "n1"), 6688548592745985989u);
  EXPECT_NE(weight("ab", "c"), weight("a", "bc"));
  EXPECT_EQ(ranked(pkgid_of(1), {"n1", "n2", "n3"}), ranked(pkgid_of(1), {"n3", "n1", "n2"}));
}

TEST(Placement, EachNodeGetsItsShareOfPackages) {
  const Names nodes{"n1", "n2", "n3", "n4", "n5"};
  std::map<std::string, int> first;
  for (int n = 0; n < 10'000; ++n) ++first[ranked(pkgid_of(n), nodes).front()];
  for (const std::string& node : nodes) EXPECT_NEAR(first[node], 2000, 200) << node;
}

TEST(Placement, WhoGoesLeavesTheOthersInTheirOrder) {
  for (int n = 0; n < 100; ++n) {
    Names all = ranked(pkgid_of(n), {"n1", "n2", "n3", "n4"});
    const Names rest = ranked(pkgid_of(n), {"n1", "n3", "n4"});
    std::erase(all, "n2");
    EXPECT_EQ(all, rest);
  }
}

// ---- what one node does

/// Four nodes, of which `a` plans; the package has two replicas, and `a` none of it.
struct Repair : testing::Test {
  RepairView view{.self = "a", .replicas = 2, .nodes = {}, .grace_ms = grace_ms};
  PackageHere here{.pkgid = pkgid_of(1), .record = core::Package{}, .blobs = {}};

  Repair() {
    for (const char* name : {"a", "b", "c", "d"}) view.nodes[name] = NodeState::alive;
    here.record->traits = {.pkgid = here.pkgid, .owner = "", .bytes = 7, .sha256 = right};
    here.record->version = 1;
  }

  void listed(Names holders) { here.record->holders = std::move(holders); }
  void blob(BlobCondition condition, std::int64_t age_ms = grace_ms, std::string sha256 = right) {
    here.blobs.push_back({std::move(sha256), 7, age_ms, condition});
  }
  Plan plan() const { return plan_repair(view, here); }
  Plan plan_of(const std::string& self) {
    view.self = self;
    return plan();
  }
  /// All four, the first one first.
  Names rank() const { return ranked(here.pkgid, {"a", "b", "c", "d"}); }
};

TEST_F(Repair, NothingIsDoneAboutWhatIsRight) {
  listed({"a", "b"});
  blob(BlobCondition::unchecked);
  EXPECT_EQ(plan(), Plan{});
  here.blobs[0].condition = BlobCondition::intact;
  EXPECT_EQ(plan(), Plan{});
  here.blobs.clear();
  listed({"b", "c"});
  EXPECT_EQ(plan(), Plan{});
}

TEST_F(Repair, WhileARestoreIsGoingOnNothingIsDone) {
  blob(BlobCondition::corrupt);
  listed({"a", "b"});
  view.restoring = true;
  EXPECT_EQ(plan(), Plan{});
  here.record.reset();
  EXPECT_EQ(plan(), Plan{});
}

TEST_F(Repair, WhatBelongsToNoPackageGoesAfterTheGrace) {
  here.record.reset();
  blob(BlobCondition::unchecked, grace_ms - 1);
  EXPECT_EQ(plan(), Plan{}) << "its upload may be under way";
  here.blobs[0].age_ms = grace_ms;
  EXPECT_EQ(plan(), (Plan{DropBlob{right, Reason::extra, {}}}));
}

TEST_F(Repair, WhatIsDeletedOrExpiredGoesAtOnce) {
  here.record->deleted = true;
  blob(BlobCondition::intact, 0);
  blob(BlobCondition::corrupt, 0, other);
  EXPECT_EQ(plan(),
            (Plan{DropBlob{right, Reason::expired, {}}, DropBlob{other, Reason::expired, {}}}));
}

TEST_F(Repair, AnotherDigestGoesAfterTheGraceAndIsNotTheRightOne) {
  listed({"a", "b"});
  blob(BlobCondition::intact, grace_ms - 1, other);
  EXPECT_EQ(plan(), (Plan{LeaveHolders{}}));
  blob(BlobCondition::intact);
  EXPECT_EQ(plan(), Plan{});
  here.blobs[0].age_ms = grace_ms;
  EXPECT_EQ(plan(), (Plan{DropBlob{other, Reason::extra, {}}}));
}

TEST_F(Repair, WhoHasNotWhatItShouldLeavesFirst) {
  listed({"a", "b"});
  EXPECT_EQ(plan(), (Plan{LeaveHolders{}}));
  blob(BlobCondition::corrupt, 0);
  EXPECT_EQ(plan(), (Plan{LeaveHolders{}, DropBlob{right, Reason::corrupt, {}}}));
  here.blobs[0].condition = BlobCondition::unchecked;
  here.blobs[0].bytes = 6;
  EXPECT_EQ(plan(), (Plan{LeaveHolders{}, DropBlob{right, Reason::corrupt, {}}})) << "too short";
}

TEST_F(Repair, TheLastHolderLeavesTooAndTheRecordSaysThatItIsLost) {
  listed({"a"});
  EXPECT_EQ(plan(), (Plan{LeaveHolders{}}));
}

TEST_F(Repair, WhatNobodyHoldsNobodyCopies) {
  listed({});
  for (const char* self : {"a", "b", "c", "d"}) EXPECT_EQ(plan_of(self), Plan{});
  listed({"d"});
  view.nodes["d"] = NodeState::dead;
  for (const char* self : {"a", "b", "c"}) EXPECT_EQ(plan_of(self), Plan{}) << "until d is back";
}

TEST_F(Repair, TheFirstOfTheRankWithoutOneCopies) {
  const Names order = rank();
  listed({order[1]});
  EXPECT_EQ(plan_of(order[0]), (Plan{CopyHere{{order[1]}}, JoinHolders{}}));
  EXPECT_EQ(plan_of(order[2]), Plan{});
  EXPECT_EQ(plan_of(order[3]), Plan{});
  view.nodes[order[0]] = NodeState::suspected;
  EXPECT_EQ(plan_of(order[0]), Plan{}) << "not to one that is about to go";
  EXPECT_EQ(plan_of(order[2]), (Plan{CopyHere{{order[1]}}, JoinHolders{}}));
  view.replicas = 3;
  EXPECT_EQ(plan_of(order[3]), (Plan{CopyHere{{order[1]}}, JoinHolders{}})) << "two at once";
}

TEST_F(Repair, WhoHasJustLeftFetchesItItselfWhateverItsRank) {
  const Names order = rank();
  listed({order[0]});
  here.left = true;
  EXPECT_EQ(plan_of(order[3]), (Plan{CopyHere{{order[0]}}, JoinHolders{}}));
  listed({order[0], order[1]});
  EXPECT_EQ(plan_of(order[3]), Plan{}) << "somebody has been faster";
}

TEST_F(Repair, ANodesPackagesAreCopiedOnlyWhenItIsDead) {
  const Names order = rank();
  listed({order[1], order[2]});
  view.nodes[order[2]] = NodeState::suspected;
  EXPECT_EQ(plan_of(order[0]), Plan{});
  view.nodes[order[2]] = NodeState::dead;
  EXPECT_EQ(plan_of(order[0]), (Plan{CopyHere{{order[1]}}, JoinHolders{}}));
}

TEST_F(Repair, SuspectedHoldersAreAskedLast) {
  view.replicas = 4;
  listed({"b", "c", "d"});
  view.nodes["b"] = NodeState::suspected;
  const Plan copy = plan();
  ASSERT_EQ(copy.size(), 2u);
  Names from = std::get<CopyHere>(copy[0]).from;
  ASSERT_EQ(from.size(), 3u);
  EXPECT_EQ(from[2], "b");
}

TEST_F(Repair, WhoHasWhatIsLackingIsListedOnceItIsChecked) {
  for (const Names& holders : {Names{}, Names{"b"}}) {
    listed(holders);
    here.blobs.clear();
    blob(BlobCondition::unchecked, 0);
    EXPECT_EQ(plan(), (Plan{CheckBlob{right}}));
    here.blobs[0].condition = BlobCondition::intact;
    EXPECT_EQ(plan(), (Plan{JoinHolders{}}));
    here.blobs[0].condition = BlobCondition::corrupt;
    EXPECT_EQ(plan()[0], (RepairAction{DropBlob{right, Reason::corrupt, {}}}));
  }
}

TEST_F(Repair, ASurplusCopyThatIsNotListedGoesAfterTheGraceWhenTheOthersAreSure) {
  listed({"b", "c"});
  blob(BlobCondition::intact, grace_ms - 1);
  EXPECT_EQ(plan(), Plan{});
  here.blobs[0].age_ms = grace_ms;
  EXPECT_EQ(plan(), (Plan{DropBlob{right, Reason::surplus, ranked(here.pkgid, {"b", "c"})}}));
  view.nodes["b"] = NodeState::suspected;
  EXPECT_EQ(plan(), Plan{}) << "not while one may be gone";
}

TEST_F(Repair, OfTooManyHoldersTheLastOfTheRankLeaves) {
  const Names order = rank();
  listed({order[0], order[1], order[3]});
  std::ranges::sort(here.record->holders);
  blob(BlobCondition::unchecked);
  EXPECT_EQ(plan_of(order[3]), (Plan{LeaveAndDrop{right, {order[0], order[1]}}}));
  EXPECT_EQ(plan_of(order[0]), Plan{});
  EXPECT_EQ(plan_of(order[1]), Plan{});
  view.nodes[order[0]] = NodeState::suspected;
  EXPECT_EQ(plan_of(order[3]), Plan{});
}

TEST_F(Repair, AHolderThatIsNoNodeAnyMoreIsForgottenByTheFirstThatHoldsIt) {
  const Names order = rank();
  listed({order[1], order[2], "gone"});
  blob(BlobCondition::unchecked);
  EXPECT_EQ(plan_of(order[1]), (Plan{ForgetHolder{"gone"}}));
  EXPECT_EQ(plan_of(order[2]), Plan{});
  view.nodes["gone"] = NodeState::dead;
  EXPECT_EQ(plan_of(order[1]), Plan{}) << "it may be back in a minute";
  here.blobs.clear();
  listed({"lost"});
  EXPECT_EQ(plan_of(order[0]), Plan{}) << "where it was last";
}

TEST_F(Repair, WhoIsNotAliveItselfOnlyTidiesUp) {
  view.nodes["a"] = NodeState::suspected;
  listed({"b"});
  blob(BlobCondition::intact);
  EXPECT_EQ(plan(), Plan{});
  listed({"a"});
  here.blobs[0].condition = BlobCondition::corrupt;
  EXPECT_EQ(plan(), (Plan{LeaveHolders{}, DropBlob{right, Reason::corrupt, {}}}));
}

// ---- the simulation

struct SimBlob {
  bool intact = true;
  BlobCondition known = BlobCondition::unchecked;
  std::int64_t made_ms = 0;
};

/// What a node is at: a list that was planned with what it saw then.
struct Work {
  int n = 0;
  std::deque<RepairAction> left;
  std::int64_t version = 0;
};

struct SimNode {
  std::string name;
  bool up = true;
  bool forgotten = false;
  NodeState seen = NodeState::alive;  ///< by all
  std::map<int, SimBlob> disk;
  std::optional<Work> work;
};

struct Upload {
  int n = 0;
  Names holders;
  std::int64_t since_ms = 0;
};

/// The store is the real core's.
struct Cluster : core::Bench {
  const std::string owner = std::string(16, 'a');
  std::size_t replicas;
  std::vector<SimNode> nodes;
  std::vector<Upload> uploads;
  int packages = 0;
  bool die_in_leaving = false;
  std::map<std::string, int> done;  ///< how often each kind of action

  Cluster(std::size_t node_count, std::size_t replicas) : replicas(replicas) {
    for (std::size_t i = 1; i <= node_count; ++i) nodes.push_back({"n" + std::to_string(i)});
    core::CreateKey key{.id = owner, .traits = {}};
    key.traits.name = "k";
    key.traits.secret_hash = right;
    key.traits.scopes.packages = true;
    run({key, {}});
  }

  static std::string record_of(int n) {
    const std::string digits = std::to_string(n);
    return std::string(64 - digits.size(), '0') + digits;
  }
  core::Outcome read(int n) { return run({core::ReadPackage{record_of(n)}, {}}).outcome; }
  bool is_live(int n) { return read(n).code == core::Code::ok; }
  core::Package package(int n) { return std::get<core::PackageOutcome>(read(n).value).package; }

  SimNode& node(const std::string& name) { return *std::ranges::find(nodes, name, &SimNode::name); }
  bool has_intact(const SimNode& node, int n) const {
    const auto at = node.disk.find(n);
    return node.up && at != node.disk.end() && at->second.intact;
  }
  std::size_t intact_copies(int n) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(nodes, [&](const SimNode& node) { return has_intact(node, n); }));
  }
  std::size_t nodes_up() const {
    return static_cast<std::size_t>(std::ranges::count(nodes, true, &SimNode::up));
  }

  // -- uploads

  void begin_upload(SimNode& at, std::size_t pushed) {
    Names others;
    for (const SimNode& node : nodes) {
      const bool live = node.up && node.seen == NodeState::alive;
      if (live && node.name != at.name) others.push_back(node.name);
    }
    const int n = packages++;
    Names holders = ranked(pkgid_of(n), std::move(others));
    holders.resize(std::min(holders.size(), pushed));
    holders.push_back(at.name);
    for (const std::string& name : holders) node(name).disk[n] = {.made_ms = now.unix_ms};
    uploads.push_back({n, std::move(holders), now.unix_ms});
  }

  void end_upload(std::size_t which, bool registers, std::int64_t lives_s) {
    const Upload upload = uploads[which];
    uploads.erase(uploads.begin() + static_cast<std::ptrdiff_t>(which));
    if (!registers || now.unix_ms - upload.since_ms >= grace_ms) return;
    core::AddPackage add{.record = record_of(upload.n), .traits = {}, .holders = upload.holders};
    add.traits = {.pkgid = pkgid_of(upload.n), .owner = owner, .bytes = 7, .sha256 = right};
    add.traits.meta = "{}";
    add.traits.expire_s = lives_s == 0 ? 0 : now.unix_ms / 1000 + lives_s;
    RC_ASSERT(run({add, {}}).outcome.code == core::Code::created);
  }

  // -- nodes at work

  void plan(SimNode& self, int n, bool deep) {
    RepairView view{.self = self.name, .replicas = replicas, .nodes = {}, .grace_ms = grace_ms};
    for (const SimNode& node : nodes) {
      if (!node.forgotten) view.nodes[node.name] = node.seen;
    }
    PackageHere here{.pkgid = pkgid_of(n), .record = package(n), .blobs = {}};
    if (here.record->version == 0) here.record.reset();
    if (const auto at = self.disk.find(n); at != self.disk.end()) {
      SimBlob& blob = at->second;
      if (deep) blob.known = blob.intact ? BlobCondition::intact : BlobCondition::corrupt;
      here.blobs.push_back({right, 7, now.unix_ms - blob.made_ms, blob.known});
    }
    here.left = (now.unix_ms / 1000 + n) % 2 == 0;  // whoever it is, also who never held it
    Plan plan = plan_repair(view, here);
    if (plan.empty()) return;
    self.work = Work{n, {plan.begin(), plan.end()}, here.record ? here.record->version : 0};
  }

  void go_on(SimNode& self) {
    const RepairAction action = self.work->left.front();
    self.work->left.pop_front();
    const bool fine = std::visit([&](const auto& what) { return act(self, what); }, action);
    if (self.work && (!fine || self.work->left.empty())) self.work.reset();
  }

  bool act(SimNode& self, const CheckBlob&) {
    ++done["check"];
    const auto at = self.disk.find(self.work->n);
    if (at == self.disk.end()) return false;
    at->second.known = at->second.intact ? BlobCondition::intact : BlobCondition::corrupt;
    return true;
  }
  bool act(SimNode& self, const DropBlob& action) {
    ++done["drop " + std::to_string(static_cast<int>(action.reason))];
    if (!are_sure(action.keepers, self.work->n)) return false;
    drop(self, self.work->n);
    return true;
  }
  bool act(SimNode& self, const LeaveHolders&) {
    ++done["leave"];
    return change(*self.work, {}, self.name);
  }
  bool act(SimNode& self, const JoinHolders&) {
    ++done["join"];
    return change(*self.work, self.name, {});
  }
  bool act(SimNode& self, const ForgetHolder& action) {
    ++done["forget"];
    return change(*self.work, {}, action.name);
  }
  bool act(SimNode& self, const CopyHere& action) {
    ++done["copy"];
    const auto from = std::ranges::find_if(
        action.from, [&](const auto& name) { return has_intact(node(name), self.work->n); });
    if (from == action.from.end()) return false;
    self.disk[self.work->n] = {true, BlobCondition::intact, now.unix_ms};
    return true;
  }
  bool act(SimNode& self, const LeaveAndDrop& action) {
    ++done["leave and drop"];
    const int n = self.work->n;
    if (!are_sure(action.keepers, n) || !change(*self.work, {}, self.name)) return false;
    if (die_in_leaving) {
      kill(self);
      return false;
    }
    drop(self, n);
    return true;
  }

  bool change(Work& work, const std::string& add, const std::string& remove) {
    core::ChangeHolders change{record_of(work.n), {}, {}, work.version};
    if (!add.empty()) change.add.push_back(add);
    if (!remove.empty()) change.remove.push_back(remove);
    const core::Outcome outcome = run({change, {}}).outcome;
    if (outcome.code == core::Code::precondition_failed) ++done["refused"];
    if (outcome.code != core::Code::ok) return false;
    work.version = std::get<core::PackageOutcome>(outcome.value).package.version;
    return true;
  }

  /// They read it whole, and know then what it is.
  bool are_sure(const Names& keepers, int n) {
    for (const std::string& name : keepers) {
      SimNode& keeper = node(name);
      if (keeper.up && keeper.disk.contains(n)) {
        SimBlob& blob = keeper.disk[n];
        blob.known = blob.intact ? BlobCondition::intact : BlobCondition::corrupt;
      }
      if (!has_intact(keeper, n)) return false;
    }
    return true;
  }

  void drop(SimNode& self, int n) {
    const bool intact = has_intact(self, n);
    self.disk.erase(n);
    if (intact && is_live(n)) RC_ASSERT(intact_copies(n) >= replicas);
  }

  // -- what happens to them

  void kill(SimNode& node) {
    node.up = false;
    node.seen = NodeState::suspected;
    node.work.reset();
  }
  void start(SimNode& node) {
    node.up = true;
    node.forgotten = false;
    node.seen = NodeState::alive;
    for (auto& [n, blob] : node.disk) blob.known = BlobCondition::unchecked;
  }

  // -- in the end

  /// All that are up plan for a package at once, and do it in any order.
  bool repair_all(int n, std::mt19937& random) {
    bool any = false;
    for (SimNode& node : nodes) {
      if (node.up) plan(node, n, true);
      any = any || node.work;
    }
    while (true) {
      std::vector<SimNode*> at_work;
      for (SimNode& node : nodes) {
        if (node.work) at_work.push_back(&node);
      }
      if (at_work.empty()) return any;
      go_on(*at_work[random() % at_work.size()]);
    }
  }

  /// Nothing happens any more but repairs.
  void settle(std::mt19937& random) {
    die_in_leaving = false;
    for (SimNode& node : nodes) {
      node.work.reset();
      node.seen = node.up ? NodeState::alive : NodeState::dead;
    }
    pass(10 * grace_ms);
    run({core::Sweep{.records_max = 100'000}, {}});
    bool any = true;
    for (int round = 0; any; ++round) {
      RC_ASSERT(round < 20);
      any = false;
      for (int n = 0; n < packages; ++n) any = repair_all(n, random) || any;
      pass(grace_ms);
    }
  }

  void check_all_is_right(const std::set<int>& were_there) {
    for (int n = 0; n < packages; ++n) {
      const bool live = is_live(n);
      const Names holders = live ? package(n).holders : Names{};
      for (const SimNode& node : nodes) {
        if (!node.up) continue;
        const bool listed = std::ranges::count(holders, node.name) > 0;
        RC_ASSERT(listed == has_intact(node, n));
        RC_ASSERT(listed == node.disk.contains(n));
      }
      const std::size_t wanted = were_there.contains(n) ? std::min(replicas, nodes_up()) : 0;
      if (live) RC_ASSERT(intact_copies(n) == wanted);
    }
  }
};

/// One thing that happens.
void happen(Cluster& cluster, std::mt19937& random) {
  const auto any_of = [&](std::size_t size) { return random() % size; };
  const auto one_in = [&](std::size_t size) { return any_of(size) == 0; };
  SimNode& node = cluster.nodes[any_of(cluster.nodes.size())];
  switch (any_of(14)) {
    case 0:
      if (node.up) cluster.begin_upload(node, one_in(4) ? any_of(5) : cluster.replicas - 1);
      break;
    case 1:
      if (!cluster.uploads.empty()) {
        cluster.end_upload(any_of(cluster.uploads.size()), !one_in(5), one_in(4) ? 600 : 0);
      }
      break;
    case 2:
      if (node.up) cluster.kill(node);
      break;
    case 3:
      if (!node.up) cluster.start(node);
      break;
    case 4:  // down: dead or, a day later, forgotten; up: accused or cleared
      if (node.up)
        node.seen = std::array{NodeState::alive, NodeState::suspected, NodeState::dead}[any_of(3)];
      else if (node.seen == NodeState::dead)
        node.forgotten = true;
      else
        node.seen = NodeState::dead;
      break;
    case 5:
      if (one_in(3)) {
        node.disk.clear();
      } else if (!node.disk.empty()) {
        std::next(node.disk.begin(), static_cast<std::ptrdiff_t>(any_of(node.disk.size())))
            ->second.intact = false;
      }
      break;
    case 6:
      if (cluster.packages > 0 && one_in(3)) {
        const int n = static_cast<int>(any_of(static_cast<std::size_t>(cluster.packages)));
        cluster.run({core::DeletePackage{Cluster::record_of(n), ""}, {}});
      }
      break;
    case 7:
      cluster.pass(one_in(10) ? std::int64_t{8} * 24 * 3600 * 1000
                              : static_cast<std::int64_t>(any_of(grace_ms)));
      if (one_in(2)) cluster.run({core::Sweep{}, {}});
      break;
    default:
      cluster.die_in_leaving = one_in(8);
      if (!node.up || cluster.packages == 0) break;
      if (node.work) {
        cluster.go_on(node);
      } else {
        const int n = static_cast<int>(any_of(static_cast<std::size_t>(cluster.packages)));
        cluster.plan(node, n, one_in(2));
      }
  }
}

RC_GTEST_PROP(RepairProperty, WhateverHappensNothingIsThrownAwayAndInTheEndAllIsRight, ()) {
  std::mt19937 random(*rc::gen::noShrink(rc::gen::arbitrary<unsigned>()));
  Cluster cluster(1 + random() % 5, 1 + random() % 3);
  const int steps = *rc::gen::inRange(0, 1000);
  for (int i = 0; i < steps; ++i) happen(cluster, random);
  while (!cluster.uploads.empty()) cluster.end_upload(0, true, 0);
  std::set<int> were_there;
  for (int n = 0; n < cluster.packages; ++n) {
    if (cluster.intact_copies(n) > 0) were_there.insert(n);
  }
  cluster.settle(random);
  cluster.check_all_is_right(were_there);
  for (const auto& [kind, count] : cluster.done) RC_CLASSIFY(count > 0, kind);
}

}  // namespace
}  // namespace dcount::packages
