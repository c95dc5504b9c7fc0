// The edges of a faulty server: a clock and a disk that obey the control socket, and one planted
// bug, or none.
//
// Thread-safety: made once and given to one server, which it outlives.
#pragma once

#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "server/api/server.h"
#include "sim/faulty/control_server.h"
#include "sim/faulty/faulty_blob_files.h"
#include "sim/faulty/faulty_clock.h"
#include "sim/faulty/plants.h"

namespace rocksdb {
class Env;
}

namespace dcount::faulty {

class FaultyFileSystem;

class FaultyEdges {
 public:
  /// `plant`: null for none. `control`: the socket's path; empty: none. Nothing happens yet.
  /// `haste`: repairs of packages come after half a second and not 20, and spare what nobody has
  /// registered for 10 s and not 15 min.
  FaultyEdges(const Plant* plant, std::string control, bool haste = false);
  FaultyEdges(const FaultyEdges&) = delete;
  FaultyEdges& operator=(const FaultyEdges&) = delete;
  ~FaultyEdges();

  /// Refer to this object. The control socket is there once the server opens its store.
  api::Edges edges();

 private:
  enum class Disk { healthy, full, fail_sync, none };  ///< none: the cluster's data are etcd's

  bool planted(std::string_view name) const { return plant_ != nullptr && plant_->name == name; }
  Result<std::unique_ptr<store::Store>> open_store(const api::ServerSettings& settings,
                                                   const std::string& identity);
  Result<std::unique_ptr<store::Store>> open_rocks(const api::ServerSettings& settings);
  Result<std::unique_ptr<store::Store>> open_etcd(const api::ServerSettings& settings,
                                                  const std::string& identity);
  void change_routes(http::RouteTable& routes) const;

  Result<void> obey(const nlohmann::json& command);
  nlohmann::json answer(const nlohmann::json& command);
  Result<void> set_clock(const nlohmann::json& order);
  Result<void> set_disk(const nlohmann::json& order);
  Result<void> set_packages(const nlohmann::json& order);
  nlohmann::json state() const;

  const Plant* const plant_;
  const std::string control_path_;
  const bool haste_;
  FaultyClock clock_;
  const std::shared_ptr<FaultyFileSystem> files_;
  const std::unique_ptr<rocksdb::Env> env_;
  FaultyBlobFiles blob_files_;
  const std::unique_ptr<packages::BlobFiles> early_;  ///< planted
  std::atomic<Disk> disk_ = Disk::healthy;
  std::unique_ptr<ControlServer> control_;
};

}  // namespace dcount::faulty
