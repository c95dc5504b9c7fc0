// Which store the settings mean.
//
// Thread-safety: pure functions.
#pragma once

#include <memory>
#include <string>

#include "server/api/server.h"
#include "server/store/etcd_store.h"
#include "server/store/result.h"
#include "server/store/rocks_store.h"
#include "server/store/store.h"

namespace dcount::api {

/// What is wrong with the settings of the store, for people, or "".
std::string wrong_with_store(const ServerSettings& settings);

/// The options of the one store or the other. `identity` is whose the node's name is. Errors: the
/// store's URL is not one.
store::RocksOptions rocks_options(const ServerSettings& settings);
Result<store::EtcdOptions> etcd_options(const ServerSettings& settings,
                                        const std::string& identity);

/// Opens the embedded store, or makes the one of a cluster, which connects when it is claimed.
/// Errors: as open_rocks_store.
Result<std::unique_ptr<store::Store>> open_store(const ServerSettings& settings,
                                                 const std::string& identity);

}  // namespace dcount::api
