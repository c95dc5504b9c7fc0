#include "tests/cluster/cluster.h"

#include <cmath>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "tests/store/temporary_directory.h"

namespace dcount::test {
namespace {

void must(const dcount::Result<void>& done) {
  if (!done) throw std::runtime_error(done.error().message);
}

/// The processes end before their directory does. It is in memory: kill -9 takes nothing from a
/// file that was written, and a disk that others use would make time-outs of its own.
struct Shared {
  store::TemporaryDirectory place;
  std::unique_ptr<sim::LocalCluster> cluster;
};
std::unique_ptr<Shared> shared;

/// Ends the processes before main returns: nothing of them is left to static destructors.
class EndOfProgram final : public testing::Environment {
 public:
  void TearDown() override { shared.reset(); }
};
const auto* const end_of_program = testing::AddGlobalTestEnvironment(new EndOfProgram);

}  // namespace

sim::LocalCluster& cluster() {
  if (!shared) {
    auto made = std::make_unique<Shared>();
    sim::LocalClusterOptions options;
    options.directory = made->place.path();
    options.server.binary = DCOUNT_BINARY;
    made->cluster = std::make_unique<sim::LocalCluster>(std::move(options));
    must(made->cluster->start());
    shared = std::move(made);
  }
  return *shared->cluster;
}

void mend(sim::LocalCluster& broken) {
  broken.etcd().heal();
  for (std::size_t i = 0; i < broken.servers(); ++i) broken.server(i).resume();
  must(broken.start());
}

void ClusterTest::TearDown() {
  if (HasFailure()) {
    for (std::size_t i = 0; i < all.servers(); ++i) {
      std::printf("end of the log of %s:\n%s\n", all.server(i).name().c_str(),
                  sim::end_of_log(all.server(i).log()).c_str());
    }
  }
  mend(all);
}

bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds at_most) {
  const auto deadline = std::chrono::steady_clock::now() + at_most;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

std::mt19937_64& chance() {
  static std::mt19937_64 random([] {
    const char* chosen = std::getenv("DCOUNT_CLUSTER_SEED");
    const std::uint64_t seed =
        chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : std::random_device{}();
    std::printf("again with DCOUNT_CLUSTER_SEED=%llu\n", static_cast<unsigned long long>(seed));
    return seed;
  }());
  return random;
}

std::size_t any_of(std::size_t count) { return chance()() % count; }

std::string fresh_name(const std::string& begin) {
  static int names = 0;
  return begin + std::to_string(++names);
}

client::ClientOptions over(const sim::LocalCluster& servers, std::size_t first) {
  client::ClientOptions options;
  options.endpoints = client::parse_endpoints(servers.server_urls()).value();
  options.first_endpoint = first;
  options.retry_time = client::Duration(10'000);
  options.retries_max = 1000;
  return options;
}

client::ClientOptions only(const sim::ServerProcess& server) {
  client::ClientOptions options;
  options.endpoints = {{"127.0.0.1", server.port()}};
  options.retry_time = client::Duration(0);
  return options;
}

RawAnswer ask(const sim::ServerProcess& server, const std::string& request,
              std::chrono::milliseconds at_most) {
  try {
    RawHttp connection(server.port());
    connection.patience = at_most;
    return connection.call(request).value_or(RawAnswer{});
  } catch (const std::system_error&) {
    return {};  // nobody listens
  }
}

nlohmann::json json_of(const RawAnswer& answer) {
  return nlohmann::json::parse(answer.body, nullptr, false);
}

double metric(const sim::ServerProcess& server, const std::string& name) {
  std::istringstream lines(ask(server, get("/metrics")).body);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name + " ")) return std::strtod(line.c_str() + name.size() + 1, nullptr);
  }
  return std::nan("");
}

}  // namespace dcount::test
