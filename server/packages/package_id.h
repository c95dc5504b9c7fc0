// How packages are called, and where the store keeps them.
//
// Thread-safety: safe to call from any thread.
#pragma once

#include <string>
#include <string_view>

namespace dcount::packages {

/// A random UUID (RFC 4122, version 4), in lower case.
std::string new_package_id();

/// sha256(pkgid), 64 hex digits: the name of its record.
std::string package_record(std::string_view pkgid);

}  // namespace dcount::packages
