#include "tests/cluster/etcd_calls.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace dcount::test {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::seconds answer_time{20};
constexpr const char* foreign_key = "Zm9yZWlnbg==";  // "foreign"

std::int64_t revision_now(const sim::EtcdMember& member) {
  const auto answer =
      Json::parse(ask_etcd(member, "/v3/kv/range", Json{{"key", foreign_key}}.dump()));
  return std::stoll(answer["header"]["revision"].get<std::string>());
}

Json alarms_of(const sim::EtcdMember& member) {
  const auto answer =
      Json::parse(ask_etcd(member, "/v3/maintenance/alarm", Json{{"action", "GET"}}.dump()));
  return answer.value("alarms", Json::array());
}

}  // namespace

std::string ask_etcd(const sim::EtcdMember& member, const std::string& path,
                     const std::string& body) {
  const auto answer = sim::probe(member.client_url(), path, answer_time, body);
  if (!answer) throw std::runtime_error("no answer from etcd to " + path);
  if (answer->status != 200) throw std::runtime_error(path + ": " + answer->body);
  return answer->body;
}

std::int64_t compact(const sim::EtcdMember& member) {
  const std::int64_t revision = revision_now(member);
  ask_etcd(member, "/v3/kv/compaction",
           Json{{"revision", std::to_string(revision)}, {"physical", true}}.dump());
  return revision;
}

void fill(const sim::EtcdMember& member) {
  const std::string body = Json{{"key", foreign_key}, {"value", std::string(400'000, 'A')}}.dump();
  for (int i = 0; i < 1000; ++i) {
    const auto answer = sim::probe(member.client_url(), "/v3/kv/put", answer_time, body);
    if (answer && answer->status == 200) continue;
    if (!alarms_of(member).empty()) return;
  }
  throw std::runtime_error("etcd does not get full");
}

void make_room(const sim::EtcdMember& member) {
  compact(member);
  ask_etcd(member, "/v3/maintenance/defragment");
  for (Json alarm : alarms_of(member)) {
    alarm["action"] = "DEACTIVATE";
    ask_etcd(member, "/v3/maintenance/alarm", alarm.dump());
  }
}

}  // namespace dcount::test
