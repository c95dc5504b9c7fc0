// The packages that the clients of a run know of: whoever has uploaded one tells the others.
//
// Thread-safety: every method from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/random.h"

namespace dcount::sim {

struct KnownPackage {
  std::string pkgid;
  std::size_t owner = 0;  ///< which of the run's API keys
  std::string sha256;
  std::int64_t expire_s = 0;  ///< Unix seconds; 0: never
  bool removed = false;       ///< somebody has asked for that, whatever came of it
};

/// An owner asked for a package that is there, and did not get it.
struct MissedPackage {
  std::string pkgid;
  std::string error;  ///< the problem's code
};

class PackageBoard {
 public:
  void add(KnownPackage package) {
    const std::lock_guard lock(mutex_);
    packages_.push_back(std::move(package));
  }

  /// One that nobody has asked to remove: of this owner, or (`others`) of another one.
  std::optional<KnownPackage> any(std::size_t owner, bool others, Random& random) const {
    const std::lock_guard lock(mutex_);
    std::vector<const KnownPackage*> fitting;
    for (const KnownPackage& one : packages_) {
      if (!one.removed && (one.owner == owner) != others) fitting.push_back(&one);
    }
    if (fitting.empty()) return std::nullopt;
    return *fitting[random.below(fitting.size())];
  }

  void note_removal(const std::string& pkgid) {
    const std::lock_guard lock(mutex_);
    for (KnownPackage& one : packages_) one.removed |= one.pkgid == pkgid;
  }

  /// Not noted of one that is being removed, or (`now_s`) may expire.
  void note_missed(const std::string& pkgid, std::string error, std::int64_t now_s) {
    const std::lock_guard lock(mutex_);
    for (const KnownPackage& one : packages_) {
      if (one.pkgid != pkgid || one.removed) continue;
      if (one.expire_s == 0 || now_s < one.expire_s - 1) {
        missed_.push_back({pkgid, std::move(error)});
      }
      return;
    }
  }

  std::vector<KnownPackage> all() const {
    const std::lock_guard lock(mutex_);
    return packages_;
  }
  std::vector<MissedPackage> missed() const {
    const std::lock_guard lock(mutex_);
    return missed_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<KnownPackage> packages_;
  std::vector<MissedPackage> missed_;
};

}  // namespace dcount::sim
