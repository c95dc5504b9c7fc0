#include "tests/store/etcd_fixture.h"

#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>

#include "sim/http_probe.h"
#include "tests/sim/poll.h"

namespace dcount::store {
namespace {

using Json = nlohmann::json;

std::unique_ptr<TemporaryDirectory> shared_directory;
std::unique_ptr<sim::EtcdCluster> shared_cluster;

/// Fails all tests at once, and says why, when there is no etcd.
class SharedCluster final : public testing::Environment {
 public:
  void SetUp() override {
    // As in a server: what OpenSSL writes to a connection that was closed would end the process.
    std::signal(SIGPIPE, SIG_IGN);
    shared_directory = std::make_unique<TemporaryDirectory>();
    shared_cluster = std::make_unique<sim::EtcdCluster>(
        sim::EtcdOptions{.directory = shared_directory->path() / "etcd", .members = 3});
    const auto started = shared_cluster->start();
    ASSERT_TRUE(started) << started.error().message;
  }
  void TearDown() override {
    shared_cluster.reset();
    shared_directory.reset();
  }
};

const testing::Environment* const environment =
    testing::AddGlobalTestEnvironment(new SharedCluster);

std::int64_t number(const Json& text) { return std::stoll(text.get<std::string>()); }

}  // namespace

sim::EtcdCluster& cluster() { return *shared_cluster; }

std::string new_prefix() {
  static std::mt19937_64 random{std::random_device{}()};
  std::ostringstream text;
  text << "t-" << std::hex << random() << '/';
  return text.str();
}

etcd::Access access_to(const sim::EtcdCluster& etcd, const std::string& prefix,
                       const std::vector<std::size_t>& members) {
  std::string all;
  for (std::size_t i = 0; i < etcd.size(); ++i) {
    if (!members.empty() && std::ranges::count(members, i) == 0) continue;
    all += (all.empty() ? "" : ",") + etcd.member(i).address();
  }
  etcd::Access access;
  access.address = *etcd::parse_address("etcd://" + all + "/" + prefix);
  return access;
}

EtcdOptions options_for(const etcd::Access& access, const std::string& node) {
  return {.access = access, .node = node, .identity = "identity-of-" + node};
}

void EtcdTest::TearDown() {
  for (std::size_t i = 0; i < cluster().size(); ++i) ASSERT_TRUE(cluster().start(i));
  cluster().heal();
  const auto healthy = cluster().wait_healthy();
  ASSERT_TRUE(healthy) << healthy.error().message;
}

OwnEtcd::OwnEtcd(sim::EtcdOptions options)
    : etcd_([&] {
        options.directory = directory_.path() / "etcd";
        options.members = 1;
        return options;
      }()) {
  const auto started = etcd_.start();
  if (!started) throw std::runtime_error(started.error().message);
}

std::string ask(const sim::EtcdMember& member, const std::string& path, const std::string& body) {
  const auto answer = sim::probe(member.client_url(), path, std::chrono::seconds(20), body);
  if (!answer) throw std::runtime_error(path + " is not answered");
  if (answer->status != 200) throw std::runtime_error(path + ": " + answer->body);
  return answer->body;
}

Revision revision_now(const sim::EtcdMember& member) {
  const Json reply = Json::parse(ask(member, "/v3/kv/range", R"({"key":"AA=="})"));
  return number(reply.at("header").at("revision"));
}

void compact(const sim::EtcdMember& member, Revision revision) {
  ask(member, "/v3/kv/compaction", Json{{"revision", revision}, {"physical", true}}.dump());
}

void make_room(const sim::EtcdCluster& etcd) {
  compact(etcd.member(0), revision_now(etcd.member(0)));
  for (const auto& member : etcd.members()) {
    ask(member, "/v3/maintenance/defragment", "{}");
    const Json alarms = Json::parse(ask(member, "/v3/maintenance/alarm", R"({"action":"GET"})"));
    for (Json alarm : alarms.value("alarms", Json::array())) {
      alarm["action"] = "DEACTIVATE";
      ask(member, "/v3/maintenance/alarm", alarm.dump());
    }
  }
}

Revision revision_of(Writer& writer) {
  Revision now = 0;
  writer.contents(&now);
  return now;
}

CommitResult settle_for_good(Writer& writer, const Batch& lost) {
  CommitResult settled;
  eventually([&] {
    settled = writer.settle(lost);
    return settled.status != CommitResult::Status::unknown;
  });
  return settled;
}

bool eventually(const std::function<bool()>& holds, std::chrono::seconds at_most) {
  return sim::eventually(holds, at_most);
}

}  // namespace dcount::store
