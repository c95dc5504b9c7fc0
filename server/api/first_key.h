// An API key made without a server: the first one of a server that requires keys.
//
// Thread-safety: blocks; once at a time for a data directory.
#pragma once

#include "server/api/server.h"
#include "server/core/key_commands.h"
#include "server/keys/key_text.h"
#include "server/store/result.h"

namespace dcount::api {

/// Opens the store that the settings mean, makes the key (`traits` has no secret_hash), and closes
/// the store again. Of a cluster's etcd servers may be running, of a data directory none.
///
/// Errors: the store is in use, cannot be opened or written; unknown: it may have been made, and
/// as nobody has its secret `list` will show a key that is to be revoked.
Result<keys::NewKey> make_key_offline(ServerSettings settings, core::KeyTraits traits);

}  // namespace dcount::api
