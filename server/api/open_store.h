// Which store the settings mean.
//
// Thread-safety: pure functions.
#pragma once

#include <memory>
#include <string>

#include "server/api/server.h"
#include "server/store/result.h"
#include "server/store/store.h"

namespace dcount::api {

/// What is wrong with the settings of the store, for people, or "".
std::string wrong_with_store(const ServerSettings& settings);

/// Opens the embedded store, or makes the one of a cluster, which connects when it is claimed.
/// `identity` is whose the node's name is. Errors: as open_rocks_store.
Result<std::unique_ptr<store::Store>> open_store(const ServerSettings& settings,
                                                 const std::string& identity);

}  // namespace dcount::api
