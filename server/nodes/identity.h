// Who a data directory is: what tells a node that comes back from another one of the same name.
//
// Thread-safety: safe to call from any thread, for different directories.
#pragma once

#include <filesystem>
#include <string>

#include "server/store/result.h"

namespace dcount::nodes {

/// 32 hex digits, 128 random bits, from `<directory>/identity`; made at the first call, and then it
/// survives a power failure once this has returned. The directory is there.
///
/// Errors: the file cannot be read or made, or does not hold an identity. A copy of a data
/// directory is the same node: remove the file from the copy to make it another one.
Result<std::string> load_identity(const std::filesystem::path& directory);

}  // namespace dcount::nodes
