// What one node should do about one package, so that the store's records and the disks agree. The
// store is the truth about which packages there are; the disks are about where they are.
//
// Every node plans for itself, from what it sees, and nobody coordinates them. What keeps them from
// harming each other is the version of the record: each change of it (leave, join, forget) is sent
// with the version that was planned with (or that the change before it in the same list has left),
// and when the store refuses it, somebody has been faster: the rest of the list is dropped and the
// package is planned anew. So it is after any action that fails, and after a list that has changed
// something, until the list is empty.
//
// What the caller owes:
//   the record is read before the disk is looked at: who is listed as a holder was told so only
//   after its copy was durable, and else would leave although it has it;
//   at most one list at a time is worked off for a package on a node;
//   the list of nodes is one that was read from the store since the program's start: to an empty
//   one everybody else looks forgotten;
//   an upload is registered less than grace_ms after its first copy was made, or not at all.
//
// No copy that could be the last intact one is dropped: of a package that is there, intact copies
// are dropped only when `replicas` others have been read whole just before (keepers).
//
// Thread-safety: plain values, a pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/core/package.h"
#include "server/nodes/membership.h"

namespace dcount::packages {

/// As a node sees the cluster.
struct RepairView {
  std::string self;
  std::size_t replicas = 2;
  /// All that the store knows; those it does not are forgotten ones.
  std::map<std::string, nodes::NodeState, std::less<>> nodes;
  std::int64_t grace_ms = 15 * 60 * 1000;  ///< how long a blob may wait to be registered
  bool restoring = false;                  ///< records are missing: nothing is done at all
};

enum class BlobCondition : std::uint8_t {
  unchecked,  ///< a file of this length, not read
  intact,
  corrupt,
};

struct BlobHere {
  std::string sha256;  ///< what it is to be
  std::int64_t bytes = 0;
  std::int64_t age_ms = 0;  ///< since it was made here
  BlobCondition condition = BlobCondition::unchecked;
};

struct PackageHere {
  std::string pkgid;
  /// None: the store has nothing of it. Deleted: it had, and it is gone (expired ones too).
  std::optional<core::Package> record;
  std::vector<BlobHere> blobs;  ///< of this pkgid; one for each digest
  /// This node has just left the list. It fetches a copy itself, whoever's turn it is: the others
  /// may look at it much later.
  bool left = false;
};

/// Reads it whole and plans again with what was found.
struct CheckBlob {
  std::string sha256;
  bool operator==(const CheckBlob&) const = default;
};

/// Removes the file. With `keepers` only after each of them has read its own copy whole and said
/// that it is intact; else the action has failed. (A keeper that finds it corrupt repairs itself.)
struct DropBlob {
  enum class Reason : std::uint8_t {
    extra,    ///< no such package, or not its digest, and no upload is under way any more
    corrupt,  //
    expired,  ///< or deleted
    surplus,  ///< enough others hold it, and this node is not listed
  };
  std::string sha256;
  Reason reason = Reason::extra;
  std::vector<std::string> keepers;
  bool operator==(const DropBlob&) const = default;
};

/// This node is listed and has not what it should: it goes off the list. The last one too: then the
/// package is lost until somebody comes back with it, and the record stays and says so.
struct LeaveHolders {
  bool operator==(const LeaveHolders&) const = default;
};

/// This node has it, intact, and too few hold it.
struct JoinHolders {
  bool operator==(const JoinHolders&) const = default;
};

/// Fetches it, trying these one after the other. What has come has the record's digest and is
/// durable, else the action has failed.
struct CopyHere {
  std::vector<std::string> from;
  bool operator==(const CopyHere&) const = default;
};

/// Takes a holder off the list that is no node any more. A dead one stays: it is forgotten as a
/// node after a day (nodes::forget_after_ms), and most come back before, whose copies then count
/// again without a write for each package.
struct ForgetHolder {
  std::string name;
  bool operator==(const ForgetHolder&) const = default;
};

/// Surplus: asks the keepers as DropBlob does, leaves the list, then removes the file.
struct LeaveAndDrop {
  std::string sha256;
  std::vector<std::string> keepers;
  bool operator==(const LeaveAndDrop&) const = default;
};

using RepairAction = std::variant<CheckBlob, DropBlob, LeaveHolders, JoinHolders, CopyHere,
                                  ForgetHolder, LeaveAndDrop>;

/// In the order in which they must be done; empty: nothing is wrong, or others see to it.
std::vector<RepairAction> plan_repair(const RepairView& view, const PackageHere& package);

}  // namespace dcount::packages
