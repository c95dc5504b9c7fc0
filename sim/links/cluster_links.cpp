#include "sim/links/cluster_links.h"

#include <algorithm>
#include <system_error>

namespace dcount::sim {
namespace {

constexpr const char* clients = "clients";
constexpr const char* unknown = "?";
constexpr const char* http = "http://";

std::string node_name(std::size_t i) { return "node-" + std::to_string(i + 1); }
std::string member_name(std::size_t i) { return "etcd-" + std::to_string(i + 1); }
std::string loopback(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

std::string without_scheme(const std::string& url) {
  return url.starts_with(http) ? url.substr(std::string_view(http).size()) : url;
}

/// The value of an option in a command line whose arguments end with NUL each: "--name=etcd-1", or
/// "--node" and then "node-1".
std::string option_of(const std::string& command_line, const std::string& option) {
  const std::string all = std::string(1, '\0') + command_line;
  for (const char separator : {'=', '\0'}) {
    const std::string wanted = std::string(1, '\0') + option + separator;
    const auto at = all.find(wanted);
    if (at == std::string::npos) continue;
    const auto begin = at + wanted.size();
    return all.substr(begin, all.find('\0', begin) - begin);
  }
  return "";
}

std::string process_name(const std::string& command_line) {
  if (const auto member = option_of(command_line, "--name"); member.starts_with("etcd-")) {
    return member;
  }
  const auto node = option_of(command_line, "--node");
  return node.starts_with("node-") ? node : "";
}

}  // namespace

ClusterLinks::ClusterLinks(ClusterLinksOptions options)
    : options_(std::move(options)), links_(options_.seed) {}

Result<std::unique_ptr<ClusterLinks>> ClusterLinks::make(const ClusterLinksOptions& options) {
  std::unique_ptr<ClusterLinks> links(new ClusterLinks(options));
  std::error_code error;
  std::filesystem::create_directories(links->ports(), error);
  if (error) {
    return Error{Certainty::definite,
                 "cannot make " + links->ports().string() + ": " + error.message()};
  }
  if (auto made = links->make_links(); !made) return made.error();
  return links;
}

Result<void> ClusterLinks::make_links() {
  links_.name_processes(process_name);
  std::vector<std::string> nodes;
  std::vector<std::string> members;
  for (std::size_t i = 0; i < options_.servers; ++i) nodes.push_back(node_name(i));
  for (std::size_t i = 0; i < options_.members; ++i) members.push_back(member_name(i));
  processes_ = {clients};
  processes_.insert(processes_.end(), nodes.begin(), nodes.end());
  processes_.insert(processes_.end(), members.begin(), members.end());
  for (const auto& node : nodes) {
    if (auto added = add(clients, node); !added) return added;
    for (const auto& member : members) {
      if (auto added = add(node, member); !added) return added;
    }
  }
  if (auto shared = share_among(members); !shared) return shared;
  // Servers that keep rocks know nothing of each other.
  if (!members.empty()) {
    if (auto shared = share_among(nodes); !shared) return shared;
  }
  for (const auto& [from, all] : by_name_) {
    for (const auto& [to, link] : all) all_.push_back(link);
  }
  std::ranges::sort(all_, {}, [](const Link* link) { return link->name(); });
  return {};
}

std::filesystem::path ClusterLinks::ports() const { return options_.directory / "links"; }

Result<void> ClusterLinks::add(const std::string& from, const std::string& to) {
  auto link = links_.add(from, {.to = to, .target = "", .port = ports() / (from + "." + to)});
  if (!link) return link.error();
  by_name_[from][to] = *link;
  return {};
}

Result<void> ClusterLinks::share_among(const std::vector<std::string>& peers) {
  if (peers.size() < 2) return {};
  for (const auto& to : peers) {
    auto shared = links_.share({.to = to, .target = "", .port = ports() / to});
    if (!shared) return shared.error();
    peers_[to] = *shared;
    // Also from itself: an etcd leader sends itself the leases that it renews.
    for (const auto& from : peers) by_name_[from][to] = &(*shared)->from(from);
    by_name_[unknown][to] = &(*shared)->unknown();
  }
  return {};
}

std::vector<std::string> ClusterLinks::client_urls() const {
  std::vector<std::string> urls;
  for (std::size_t i = 0; i < options_.servers; ++i) {
    urls.push_back(http + loopback(link(clients, node_name(i))->port()));
  }
  return urls;
}

Link* ClusterLinks::link(const std::string& from, const std::string& to) const {
  const auto all = by_name_.find(from);
  if (all == by_name_.end()) return nullptr;
  const auto found = all->second.find(to);
  return found == all->second.end() ? nullptr : found->second;
}

std::string ClusterLinks::peer_url_of(const std::string& member, const std::string& listens_at) {
  const auto shared = peers_.find(member);
  if (shared == peers_.end()) return listens_at;
  const std::string url = http + loopback(shared->second->port());
  links_.name_peer(url, member);
  // It is "http://127.0.0.1:port": etcd_member.cpp.
  if (!shared->second->set_target(without_scheme(listens_at))) return listens_at;
  return url;
}

std::string ClusterLinks::store_of(const std::string& server, const EtcdCluster& etcd) {
  std::string addresses;
  for (const auto& member : etcd.members()) {
    Link* to = link(server, member.name());
    const bool is_linked = to != nullptr && to->set_target(member.address());
    addresses +=
        (addresses.empty() ? "" : ",") + (is_linked ? loopback(to->port()) : member.address());
  }
  return "etcd://" + addresses;
}

std::vector<std::string> ClusterLinks::options_of(const std::string& server, std::uint16_t port) {
  Link* from_clients = link(clients, server);
  if (from_clients == nullptr || !from_clients->set_target(loopback(port))) return {};
  std::vector<std::string> options{"--advertise", loopback(from_clients->port())};
  const auto shared = peers_.find(server);
  if (shared == peers_.end()) return options;
  auto internal = internal_ports_.find(server);
  if (internal == internal_ports_.end()) {
    // As everywhere in the directory: the port it had before.
    auto free = FreePort::kept_in(ports() / (server + ".internal"));
    if (!free) return options;
    internal = internal_ports_.emplace(server, std::move(*free)).first;
  }
  const std::string listens_at = loopback(internal->second.number());
  if (!shared->second->set_target(listens_at)) return options;
  options.insert(options.end(), {"--internal-listen", listens_at, "--advertise-internal",
                                 loopback(shared->second->port())});
  return options;
}

}  // namespace dcount::sim
