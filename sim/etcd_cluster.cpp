#include "sim/etcd_cluster.h"

#include <filesystem>
#include <thread>

namespace dcount::sim {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::chrono::seconds stop_time{5};
constexpr milliseconds probe_time{1000};
constexpr milliseconds status_time{500};
constexpr milliseconds between_probes{25};
constexpr int port_attempts = 3;

std::string name_of(std::size_t i) { return "etcd-" + std::to_string(i + 1); }

Error ended(const EtcdMember& member, const ProcessExit& how) {
  return Error{Certainty::definite, member.name() + " has ended: " + how.text() + "; its log " +
                                        member.log().string() + " ends with:\n" +
                                        end_of_log(member.log())};
}

/// How large the cluster is whose data the directory holds; 0: none.
std::size_t members_in(const std::filesystem::path& directory) {
  std::size_t count = 0;
  while (std::filesystem::exists(directory / name_of(count) / "data" / "member")) ++count;
  return count;
}

}  // namespace

EtcdCluster::EtcdCluster(EtcdOptions options) : options_(std::move(options)) {}

Result<void> EtcdCluster::start() {
  const bool is_new = members_in(options_.directory) == 0;
  for (int attempt = 1;; ++attempt) {
    if (auto made = make_members(); !made) return made;
    auto started = start_members();
    if (started) return started;
    stop();
    // Somebody else may take a port by its number. What has data cannot move to other ports: they
    // are part of the data.
    const bool taken = started.error().message.find("address already in use") != std::string::npos;
    if (!is_new || !taken || attempt == port_attempts) return started;
    members_.clear();
    for (std::size_t i = 0; i < options_.members; ++i) {
      std::error_code ignored;
      std::filesystem::remove_all(options_.directory / name_of(i), ignored);
    }
  }
}

Result<void> EtcdCluster::make_members() {
  if (!members_.empty()) return {};
  const std::size_t there = members_in(options_.directory);
  if (there != 0 && there != options_.members) {
    return Error{Certainty::definite,
                 options_.directory.string() + " holds the data of an etcd cluster with " +
                     std::to_string(there) + " members, not " + std::to_string(options_.members)};
  }
  std::vector<EtcdMember> members;
  for (std::size_t i = 0; i < options_.members; ++i) {
    auto member = EtcdMember::make(options_, name_of(i));
    if (!member) return member.error();
    members.push_back(std::move(*member));
  }
  members_ = std::move(members);
  return {};
}

Result<void> EtcdCluster::start_members() {
  for (std::size_t i = 0; i < size(); ++i) {
    if (auto started = start(i); !started) return started;
  }
  return wait_healthy();
}

std::string EtcdCluster::initial_cluster() const {
  std::string all;
  for (const auto& member : members_) {
    all += (all.empty() ? "" : ",") + member.name() + "=" + member.advertised_peer_url(options_);
  }
  return all;
}

Result<void> EtcdCluster::start(std::size_t i) {
  return members_.at(i).start(options_, initial_cluster());
}

void EtcdCluster::stop(std::size_t i) { members_.at(i).stop(stop_time); }

void EtcdCluster::stop() {
  heal();
  // One after the other: a leader that ends hands over first, and waits for seconds when the one
  // that it hands over to is about to end, too.
  for (auto& member : members_) member.stop(stop_time);
}

std::vector<std::string> EtcdCluster::client_urls() const {
  std::vector<std::string> urls;
  for (const auto& member : members_) urls.push_back(member.client_url());
  return urls;
}

std::string EtcdCluster::store() const {
  std::string addresses;
  for (const auto& member : members_)
    addresses += (addresses.empty() ? "" : ",") + member.address();
  return "etcd://" + addresses;
}

void EtcdCluster::isolate(std::size_t i) {
  for (std::size_t other = 0; other < size(); ++other) {
    if (other != i) pause(other);
  }
  resume(i);
}

void EtcdCluster::heal() {
  for (auto& member : members_) {
    if (member.paused()) member.resume();
  }
}

Result<void> EtcdCluster::wait_healthy(milliseconds at_most) {
  const auto deadline = Clock::now() + at_most;
  for (const auto& member : members_) {
    if (member.process() == nullptr || member.paused()) continue;
    const bool was_running = member.running();
    while (was_running && !member.healthy(probe_time)) {
      if (auto how = member.process()->wait(between_probes)) return ended(member, *how);
      if (Clock::now() > deadline) {
        return Error{Certainty::definite, member.name() + " is not healthy; its log " +
                                              member.log().string() + " ends with:\n" +
                                              end_of_log(member.log())};
      }
    }
  }
  return {};
}

std::optional<std::size_t> EtcdCluster::leader() const {
  std::optional<std::size_t> leader;
  std::uint64_t newest_term = 0;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const auto status = members_[i].status(status_time);
    if (!status || !status->leads || status->term < newest_term) continue;
    leader = i;
    newest_term = status->term;
  }
  return leader;
}

Result<std::size_t> EtcdCluster::wait_for_leader(milliseconds at_most) const {
  const auto deadline = Clock::now() + at_most;
  while (Clock::now() < deadline) {
    if (auto found = leader()) return *found;
    std::this_thread::sleep_for(between_probes);
  }
  return Error{Certainty::definite, "etcd has no leader"};
}

}  // namespace dcount::sim
