// From the bodies of answers to values: packages.
//
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "client/package.h"

namespace dcount::client {

/// All of them: nothing when the body is not what the contract says.
std::optional<AddedPackage> decode_added_package(std::string_view body);
std::optional<PackagePage> decode_package_page(std::string_view body);
std::optional<PackageUsage> decode_package_usage(std::string_view body);
std::optional<RepairReport> decode_repair(std::string body);
bool is_json_object(std::string_view body);

}  // namespace dcount::client
