// The links of a cluster: TCP proxies on loopback ports of their own, all served by one thread.
//
//   Links links;
//   auto link = links.add("node-1", {.to = "etcd-2", .target = "127.0.0.1:2379"});
//   … node-1 connects to 127.0.0.1:(*link)->port() …
//   (*link)->cut(Way::forward);
//
// Thread-safety: every method from any thread; the destructor needs the object for itself. Making
// the first one raises this process's limit of open files as far as it goes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/store/result.h"
#include "sim/links/link.h"

namespace dcount::sim {

struct IoLoop;

/// Where a link listens and what for.
struct FrontOptions {
  std::string to;              ///< the name of who is behind it
  std::string target;          ///< "127.0.0.1:2379"; empty: not known yet, connections wait
  std::filesystem::path port;  ///< the file that keeps its port's number; empty: any port
};

/// One listener that several processes connect to: each has its own Link, found out for each
/// connection from the head of its first HTTP request, up to 16 KiB, and, where that tells nothing,
/// from which process of this machine holds its other end: see Links::name_peer, name_processes.
class SharedLink {
 public:
  explicit SharedLink(Front& front) : front_(front) {}

  /// The link of this one; made when it is first asked for. Who has none is unknown.
  Link& from(const std::string& name);
  /// The link "?→to" of connections of which it cannot be told whose they are.
  Link& unknown();
  std::uint16_t port() const;
  /// As Link::set_target.
  Result<void> set_target(const std::string& address);

 private:
  Front& front_;
};

class Links {
 public:
  /// `seed`: of jitter.
  explicit Links(std::uint64_t seed = 1);
  ~Links();

  /// A link that only `from` uses. Errors: no port, a target that is not "ADDRESS:PORT".
  Result<Link*> add(const std::string& from, const FrontOptions& options);
  /// A front that many use.
  Result<SharedLink*> share(const FrontOptions& options);

  /// What a process says of itself in a header stands for this name: etcd's `X-Server-From` (its
  /// id, in hex) or `X-PeerURLs` (what it advertises). `X-Dcount-From` is a name already.
  void name_peer(const std::string& said, const std::string& name);
  /// How a process without such a header is known: given its command line (arguments divided by
  /// NUL), its name or "". Called on the io thread.
  void name_processes(std::function<std::string(const std::string& command_line)> name_of);

 private:
  std::unique_ptr<IoLoop> loop_;
};

}  // namespace dcount::sim
