// Making a data directory that is still there after a power failure.
//
// Thread-safety: safe to call from any thread.
#pragma once

#include <filesystem>

#include "server/store/result.h"

namespace rocksdb {
class Env;
}

namespace dcount::store {

/// Makes `directory` and what is missing above it. The names of all that it made are synced.
/// Errors: it cannot be made, or is there and not a directory.
Result<void> make_directory(const std::filesystem::path& directory, rocksdb::Env& env);

}  // namespace dcount::store
