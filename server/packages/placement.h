// Which nodes a package belongs on: rendezvous hashing. Every node, of any build, ranks the nodes
// for a package in the same order, without asking anybody; when a node comes or goes, only the
// packages that it has, or is to have, are placed anew.
//
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dcount::packages {

/// SplitMix64's finish over FNV-1a of "<pkgid>\0<node>". Not to be changed: nodes of several
/// versions have to agree.
std::uint64_t weight(std::string_view pkgid, std::string_view node);

/// The heaviest first; of equal ones the one whose name comes first. An upload's copies go to the
/// first of the other nodes, to the next ones in the stead of those that do not answer.
std::vector<std::string> ranked(std::string_view pkgid, std::vector<std::string> nodes);

}  // namespace dcount::packages
