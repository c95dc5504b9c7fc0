// What may happen to etcd in its operators' hands: its history is compacted, a member is replaced.
#include <thread>

#include "sim/scenario/fault.h"

namespace dcount::sim {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds settle_time{2};
constexpr std::chrono::seconds change_time{10};
constexpr std::chrono::milliseconds between_tries{50};

Error error(std::string message) { return Error{Certainty::definite, std::move(message)}; }

/// Everything before now is forgotten: who follows behind that must load again.
class Compaction final : public Fault {
 public:
  explicit Compaction(Testbed& testbed) : testbed_(testbed) {}

  std::string target() const override { return "etcd"; }
  bool over_at_once() const override { return true; }
  /// Members that have no leader at the moment are as good as down.
  Result<void> prepare() override {
    auto now = ask("/v3/kv/range", {{"key", "AA=="}});
    if (!now) return now.error();
    const Json answer = Json::parse(*now, nullptr, false);
    revision_ = answer.value(Json::json_pointer("/header/revision"), "0");
    return {};
  }

  Result<void> begin() override {
    auto done = ask("/v3/kv/compaction", {{"revision", revision_}, {"physical", true}});
    if (!done) return done.error();
    return {};
  }

  Result<std::string> confirm() override { return "compacted up to revision " + revision_; }
  Result<void> end() override { return {}; }

 private:
  Result<std::string> ask(const std::string& path, const Json& request) {
    return testbed_.cluster().etcd().ask(path, request.dump());
  }

  Testbed& testbed_;
  std::string revision_;
};

/// A member is removed, loses its data, and joins again as a new one.
class Membership final : public Fault {
 public:
  Membership(const FaultSpec& spec, Testbed& testbed) : spec_(spec), testbed_(testbed) {}

  std::string target() const override { return name_; }

  Result<void> prepare() override {
    auto part = testbed_.find(*spec_.target);
    if (!part) return part.error();
    const auto& members = testbed_.cluster().etcd().members();
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i == part->index || (members[i].running() && !members[i].paused())) continue;
      return error(members[i].name() + " is down, too");
    }
    part_ = *part;
    name_ = testbed_.name(part_);
    return {};
  }

  Result<void> begin() override {
    auto removed = insist([this] { return testbed_.cluster().etcd().remove(part_.index); });
    removed_ = removed.has_value();
    return removed;
  }

  /// Each member answers by what it knows itself, so the one that is asked may be behind.
  Result<std::string> confirm() override {
    const auto deadline = Clock::now() + settle_time;
    while (true) {
      auto listed = is_listed();
      if (!listed) return listed.error();
      if (!*listed) return name_ + " is no member of etcd any more";
      if (Clock::now() > deadline) return error(name_ + " is still a member");
      std::this_thread::sleep_for(between_tries);
    }
  }

  Result<void> end() override {
    if (!removed_) return {};
    return insist([this] { return testbed_.cluster().etcd().add(part_.index); });
  }

 private:
  const FaultSpec spec_;
  Testbed& testbed_;
  /// Etcd lets nobody leave or join before its members have been connected for five seconds.
  template <class Change>
  static Result<void> insist(const Change& change) {
    const auto deadline = Clock::now() + change_time;
    while (true) {
      auto changed = change();
      if (changed || Clock::now() > deadline) return changed;
      std::this_thread::sleep_for(between_tries);
    }
  }

  Result<bool> is_listed() {
    auto list = testbed_.cluster().etcd().ask("/v3/cluster/member/list", "{}");
    if (!list) return list.error();
    const Json answer = Json::parse(*list, nullptr, false);
    for (const Json& member : answer.value("members", Json::array())) {
      if (member.value("name", "") == name_) return true;
    }
    return false;
  }

  Part part_{.kind = Part::Kind::member};
  std::string name_;
  bool removed_ = false;
};

}  // namespace

std::unique_ptr<Fault> make_etcd_fault(const FaultSpec& spec, Testbed& testbed) {
  if (spec.kind == FaultKind::membership) return std::make_unique<Membership>(spec, testbed);
  return std::make_unique<Compaction>(testbed);
}

}  // namespace dcount::sim
