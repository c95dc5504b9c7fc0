// What may happen to etcd in its operators' hands: its history is compacted, a member is replaced.
#include "sim/http_probe.h"
#include "sim/scenario/fault.h"

namespace dcount::sim {
namespace {

constexpr std::chrono::seconds answer_time{5};

Error error(std::string message) { return Error{Certainty::definite, std::move(message)}; }

/// A request to any member's gateway, around the links.
Result<std::string> ask(EtcdCluster& etcd, const std::string& path, const Json& request) {
  for (const std::string& url : etcd.client_urls()) {
    const auto answer = probe(url, path, answer_time, request.dump());
    if (!answer || answer->status != 200) continue;
    return answer->body;
  }
  return error("no member of etcd answers " + path);
}

/// Everything before now is forgotten: who follows behind that must load again.
class Compaction final : public Fault {
 public:
  explicit Compaction(Testbed& testbed) : testbed_(testbed) {}

  std::string target() const override { return "etcd"; }
  bool over_at_once() const override { return true; }
  Result<void> prepare() override { return {}; }

  Result<void> begin() override {
    EtcdCluster& etcd = testbed_.cluster().etcd();
    auto now = ask(etcd, "/v3/kv/range", {{"key", "AA=="}});
    if (!now) return now.error();
    const Json answer = Json::parse(*now, nullptr, false);
    revision_ = answer.value(Json::json_pointer("/header/revision"), "0");
    auto done = ask(etcd, "/v3/kv/compaction", {{"revision", revision_}, {"physical", true}});
    if (!done) return done.error();
    return {};
  }

  Result<std::string> confirm() override { return "compacted up to revision " + revision_; }
  Result<void> end() override { return {}; }

 private:
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
    if (part->is_server) return error("membership is of etcd's members");
    part_ = *part;
    name_ = testbed_.name(part_);
    return {};
  }

  Result<void> begin() override { return testbed_.cluster().etcd().remove(part_.index); }

  Result<std::string> confirm() override {
    auto list = ask(testbed_.cluster().etcd(), "/v3/cluster/member/list", Json::object());
    if (!list) return list.error();
    const Json answer = Json::parse(*list, nullptr, false);
    for (const Json& member : answer.value("members", Json::array())) {
      if (member.value("name", "") == name_) return error(name_ + " is still a member");
    }
    return name_ + " is no member of etcd any more";
  }

  Result<void> end() override { return testbed_.cluster().etcd().add(part_.index); }

 private:
  const FaultSpec spec_;
  Testbed& testbed_;
  Part part_{.is_server = false};
  std::string name_;
};

}  // namespace

std::unique_ptr<Fault> make_etcd_fault(const FaultSpec& spec, Testbed& testbed) {
  if (spec.kind == FaultKind::membership) return std::make_unique<Membership>(spec, testbed);
  return std::make_unique<Compaction>(testbed);
}

}  // namespace dcount::sim
