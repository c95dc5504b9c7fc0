// All links of a LocalCluster, named by who uses them, hurt and healed by the names of processes.
//
//   auto links = ClusterLinks::make({.directory = place, .servers = 3, .members = 3});
//   LocalCluster cluster({.directory = place, .servers = 3, .wiring = links->get(), …});
//   cluster.start();                             clients talk to (*links)->client_urls()
//   auto hurt = (*links)->isolate("etcd-1");     (*links)->confirm(*hurt);  (*links)->heal(*hurt);
//
// Names: "clients" (all of them are one), "node-1", "node-2"…, "etcd-1", "etcd-2"…; links:
// clients→node, node→etcd, node→node, etcd→etcd ("node-1→etcd-2"; also to itself, which no fault by
// name touches). With servers that keep rocks there are only those of the clients. Links keep their
// ports in the directory: a cluster that comes back in it comes back with them. What the harness
// itself asks etcd and servers (EtcdCluster::leader, ServerProcess::ready) goes around the links.
//
// Thread-safety: every method from any thread, but the Wiring ones, which are LocalCluster's. It
// outlives the cluster.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/store/result.h"
#include "sim/links/links.h"
#include "sim/local_cluster.h"

namespace dcount::sim {

struct ClusterLinksOptions {
  std::filesystem::path directory;  ///< the cluster's; made when it is not there
  std::size_t servers = 3;
  std::size_t members = 3;  ///< of etcd; 0: servers keep rocks
  std::uint64_t seed = 1;   ///< of jitter
};

/// What a fault was done to, for confirming and healing it.
struct Hurt {
  struct Part {
    Link* link;
    Way way;
  };
  LinkFault fault = LinkFault::cut;
  std::vector<Part> parts;  ///< never empty

  /// "cut: node-1→etcd-2, etcd-2→node-1": the ways that bytes flow.
  std::string text() const;
};

class ClusterLinks final : public Wiring {
 public:
  static Result<std::unique_ptr<ClusterLinks>> make(const ClusterLinksOptions& options);

  /// What clients connect to: "http://127.0.0.1:port" of the links to the servers, in their order.
  std::vector<std::string> client_urls() const;

  // Faults. Errors: there is no such process, or nothing runs between those named; then nothing has
  // changed. Faults on the same link add up; of one kind the last holds, and one heal ends it.

  /// No bytes between processes of different groups, either way. Who is in no group keeps all.
  Result<Hurt> partition(const std::vector<std::vector<std::string>>& groups,
                         OnHeal on_heal = OnHeal::resume);
  /// The same, but only bytes from the first group to the others are stopped.
  Result<Hurt> partition_one_way(const std::vector<std::vector<std::string>>& groups,
                                 OnHeal on_heal = OnHeal::resume);
  /// No bytes between the two, either way.
  Result<Hurt> cut(const std::string& from, const std::string& to, OnHeal on_heal = OnHeal::resume);
  /// No bytes from the one to the other, whoever opened the connection.
  Result<Hurt> one_way(const std::string& from, const std::string& to,
                       OnHeal on_heal = OnHeal::resume);
  enum class Clients { stay, cut_off };
  /// Cut off from every other process of the cluster; and from the clients, too, if so said.
  /// "?→name" is cut with it.
  Result<Hurt> isolate(const std::string& name, Clients clients = Clients::stay,
                       OnHeal on_heal = OnHeal::resume);
  /// Bytes from the one to the other come late; those back do not. See Link::delay.
  Result<Hurt> slow(const std::string& from, const std::string& to,
                    std::chrono::microseconds latency, std::chrono::microseconds jitter = {});
  /// Of bytes from the one to the other, for each link. See Link::limit.
  Result<Hurt> bandwidth(const std::string& from, const std::string& to,
                         std::uint64_t bytes_per_second);
  /// Resets all connections between the two.
  Result<Hurt> reset(const std::string& a, const std::string& b);
  /// Refuses connections that `from` opens to `to`.
  Result<Hurt> refuse(const std::string& from, const std::string& to);
  /// Connections that `from` opens to `to` hang.
  Result<Hurt> hang(const std::string& from, const std::string& to, Hang which = Hang::all,
                    OnHeal on_heal = OnHeal::resume);

  /// Link::confirm of all parts at the same time: half a second at most. The evidence of each, one
  /// to a line. Error: that of the first part that shows no effect; a reset needs one part alone.
  Result<std::string> confirm(const Hurt& hurt) const;
  /// Ends this fault.
  void heal(const Hurt& hurt);
  /// Ends all, also those set on links themselves.
  void heal_all();
  /// Round trips through all links, in words. Error: the first link that does not carry bytes.
  Result<std::string> confirm_healed() const;

  /// nullptr: there is none.
  Link* link(const std::string& from, const std::string& to) const;
  /// All, in the order of their names; "?→etcd-1" (of connections that nobody is known to have
  /// made) among them.
  const std::vector<Link*>& all() const { return all_; }
  const std::vector<std::string>& processes() const { return processes_; }

  // Wiring.
  std::string peer_url_of(const std::string& member, const std::string& listens_at) override;
  std::string store_of(const std::string& server, const EtcdCluster& etcd) override;
  std::vector<std::string> options_of(const std::string& server, std::uint16_t port) override;

 private:
  explicit ClusterLinks(ClusterLinksOptions options);
  Result<void> make_links();
  Result<void> add(const std::string& from, const std::string& to);
  Result<void> share_among(const std::vector<std::string>& peers);
  std::filesystem::path ports() const;
  Result<Hurt> between(LinkFault fault, const std::vector<std::string>& from,
                       const std::vector<std::string>& to, Way way) const;
  Result<Hurt> opened_by(LinkFault fault, const std::string& from, const std::string& to) const;
  Result<Hurt> partition_parts(const std::vector<std::vector<std::string>>& groups,
                               bool only_from_first) const;
  static Result<Hurt> cut_all(Result<Hurt> hurt, OnHeal on_heal);

  const ClusterLinksOptions options_;
  std::vector<std::string> processes_;
  std::map<std::string, std::map<std::string, Link*>> by_name_;  // [from][to]
  std::map<std::string, SharedLink*> peers_;                     // of a member, or of a server
  std::map<std::string, FreePort> internal_ports_;               // where servers listen for others
  std::vector<Link*> all_;
  Links links_;
};

}  // namespace dcount::sim
