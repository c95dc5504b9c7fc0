// A whole dcount server: store, engine and HTTP put together, from settings to the end of a drain.
//
// Thread-safety: one thread constructs, starts, waits and destroys; request_stop from any thread or
// a signal handler.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/store/result.h"

namespace dcount::engine {
class Clock;
struct EngineOptions;
}  // namespace dcount::engine
namespace dcount::http {
class RouteTable;
}
namespace dcount::store {
class Store;
}
namespace dcount::tails {
struct TailLimits;
}
namespace dcount::packages {
class BlobFiles;
struct PackageOptions;
}  // namespace dcount::packages

namespace dcount::api {

/// How to be let in by etcd.
struct EtcdSettings {
  std::string ca_file;           ///< TLS: who vouches for etcd; empty: the system's list
  std::string certificate_file;  ///< TLS: who we are; empty: nobody
  std::string key_file;
  std::string user;  ///< empty: none
  std::string password;
};

struct Place {
  std::string host;
  std::uint16_t port = 0;
};

struct ServerSettings {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;  ///< 0: a free one
  std::string data_directory;
  std::string store = "rocks";  ///< or an etcd's URL (store/etcd/address.h)
  EtcdSettings etcd;
  std::string node = "local";             ///< core::is_node_name
  Place internal_listen{"127.0.0.1", 0};  ///< for the other nodes; port 0: a free one
  bool require_key = false;    ///< nobody may do anything without a key, but ask for health
  bool insecure = false;       ///< it may listen beyond this machine without keys (access.h)
  std::string cluster_secret;  ///< what the nodes let each other in by; empty: they need none
  Place advertise;             ///< where clients reach us; what is empty: as bound
  Place advertise_internal;    ///< where the other nodes do
  std::size_t threads = 1;     ///< HTTP loops
  std::size_t idempotency_records_max = 1'000'000;
  std::chrono::seconds idempotency_time{24 * 3600};
  std::size_t write_buffer_bytes = std::size_t{64} << 20;  ///< RocksDB's memtable
  std::size_t count_max = 100;                             ///< numbers that one call draws
  std::string cors_origin;                                 ///< empty: OPTIONS and CORS are off
  std::size_t tails_max = 30'000;                          ///< open at once
  bool tail_deflate = false;                               ///< permessage-deflate
  std::size_t replicas = 2;            ///< copies of a package, on as many nodes
  std::size_t package_mib_max = 1024;  ///< of an upload
  std::string accel_prefix;  ///< downloads are sent by a proxy (X-Accel-Redirect); empty: by us
  std::vector<std::string> tail_origins;  ///< of pages that may open a WebSocket; empty: any
};

/// Where a server touches the world, for tests that put something else there (sim/faulty). What is
/// empty is the machine's own.
struct Edges {
  const engine::Clock* clock = nullptr;  ///< outlives the server
  /// In place of api::open_store. Called once, by start.
  std::function<Result<std::unique_ptr<store::Store>>(const ServerSettings& settings,
                                                      const std::string& identity)>
      open_store;
  /// Changes what no setting does.
  std::function<void(engine::EngineOptions& engine, tails::TailLimits& tails)> change_options;
  packages::BlobFiles* blob_files = nullptr;  ///< outlives the server
  std::function<void(packages::PackageOptions& options)> change_packages;
  /// Changes what clients' port answers, before it serves.
  std::function<void(http::RouteTable& routes)> change_routes;
};

class Server {
 public:
  explicit Server(ServerSettings settings, Edges edges = {});
  ~Server();

  /// Opens the store, loads it, binds the port and serves. Returns what went wrong, for people, or
  /// an empty string.
  [[nodiscard]] std::string start();

  std::uint16_t port() const;

  /// Blocks until a stop was requested or the store has failed for good; then drains (what is in
  /// flight is answered, within 10 s). Returns the process's exit status: 0, or 1 for a failed
  /// store.
  int wait();

  /// Async-signal-safe.
  void request_stop() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dcount::api
