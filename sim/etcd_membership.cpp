// EtcdCluster: members that leave and join.
#include <nlohmann/json.hpp>

#include "sim/etcd_cluster.h"

namespace dcount::sim {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::seconds answer_time{5};
constexpr std::chrono::seconds leave_time{5};

Error failed(const std::string& what) { return Error{Certainty::definite, what}; }

}  // namespace

Result<std::string> EtcdCluster::ask(const std::string& path, const std::string& request,
                                     std::optional<std::size_t> except) const {
  std::string why = except ? "no other member runs" : "no member runs";
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (i == except || !members_[i].running() || members_[i].paused()) continue;
    const auto answer = probe(members_[i].client_url(), path, answer_time, request, options_.tls);
    if (answer && answer->status == 200) return answer->body;
    why = members_[i].name() + " answers " + path + " with " +
          (answer ? answer->body : std::string("nothing"));
  }
  return failed(why);
}

Result<void> EtcdCluster::remove(std::size_t i) {
  const auto listed = ask("/v3/cluster/member/list", "{}", i);
  if (!listed) return listed.error();
  const Json members = Json::parse(*listed, nullptr, false);
  std::string id;
  for (const Json& member : members.value("members", Json::array())) {
    if (member.value("name", "") == members_.at(i).name()) id = member.value("ID", "");
  }
  if (id.empty()) return failed(members_.at(i).name() + " is no member");
  const auto removed = ask("/v3/cluster/member/remove", Json{{"ID", id}}.dump(), i);
  if (!removed) return removed.error();
  members_.at(i).stop(leave_time);
  std::error_code error;
  std::filesystem::remove_all(members_.at(i).directory() / "data", error);
  if (error) return failed("its data cannot be removed: " + error.message());
  return {};
}

Result<void> EtcdCluster::add(std::size_t i) {
  const Json request{{"peerURLs", {members_.at(i).advertised_peer_url(options_)}}};
  const auto added = ask("/v3/cluster/member/add", request.dump(), i);
  if (!added) return added.error();
  members_.at(i).join_existing();
  return start(i);
}

}  // namespace dcount::sim
