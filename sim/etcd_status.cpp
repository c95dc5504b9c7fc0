#include "sim/etcd_status.h"

#include <nlohmann/json.hpp>

namespace dcount::sim {
namespace {

using Json = nlohmann::json;

/// The gateway writes 64-bit numbers as strings, and leaves out what is zero.
std::string text_of(const Json& object, const char* field) {
  const auto at = object.find(field);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "0";
}

}  // namespace

bool etcd_healthy(const std::string& url, std::chrono::milliseconds at_most, const TlsFiles& tls) {
  const auto answer = probe(url, "/health", at_most, "", tls);
  if (!answer || answer->status != 200) return false;
  const auto health = Json::parse(answer->body, nullptr, false);
  return health.is_object() && text_of(health, "health") == "true";
}

std::optional<EtcdStatus> etcd_status(const std::string& url, std::chrono::milliseconds at_most,
                                      const TlsFiles& tls) {
  const auto answer = probe(url, "/v3/maintenance/status", at_most, "{}", tls);
  if (!answer || answer->status != 200) return std::nullopt;
  const auto status = Json::parse(answer->body, nullptr, false);
  if (!status.is_object() || !status.contains("header")) return std::nullopt;
  const std::string leader = text_of(status, "leader");
  return EtcdStatus{.leads = leader != "0" && leader == text_of(status["header"], "member_id"),
                    .term = std::stoull(text_of(status, "raftTerm"))};
}

}  // namespace dcount::sim
