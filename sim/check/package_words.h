// Operations on packages in words.
//
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "sim/check/history.h"
#include "sim/check/verdict.h"

namespace dcount::check {

/// What it has in History::packages. Wants an operation of a package.
const PackageOperation& package_part(const History& history, const Operation& operation);

/// "k1", or "nobody" where no name was told.
std::string package_name_text(const History& history, Name name);

/// "sha256 0123456789ab…".
std::string digest_text(const History& history, Name digest);

/// "get_package of 5f0c… by k1".
std::string package_asked(const History& history, const Operation& operation);

/// "5f0c…, 2 replicas".
std::string package_answered(const History& history, const Operation& operation);

/// A violation of one package, with the operations (places in PackageHistory::operations) that show
/// it.
Finding package_violation(const History& history, Name package, std::string text,
                          std::vector<std::uint32_t> places);

}  // namespace dcount::check
