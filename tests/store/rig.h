// A store under test, and the machine under it: what the contract suite needs to know of each.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "server/store/result.h"
#include "server/store/store.h"

namespace dcount::store {

/// What a power failure does to what was written but not synced.
enum class Tail { dropped, torn, kept };

class Rig {
 public:
  virtual ~Rig() = default;

  /// A process of this name opens the store. One at a time, where the store is exclusive.
  virtual Result<std::unique_ptr<Store>> open(const std::string& node) = 0;

  /// The medium takes this many more steps (writes, syncs, ...), then nothing any more.
  virtual void cut_power_after(int steps) = 0;

  /// The power fails and comes back. No store may be open.
  virtual void crash(Tail tail, unsigned seed) = 0;
};

struct RigMaker {
  const char* name;
  std::function<std::unique_ptr<Rig>()> make;
};
inline void PrintTo(const RigMaker& maker, std::ostream* out) { *out << maker.name; }

/// Over memory_store; `sync` false makes one that acknowledges too early.
std::unique_ptr<Rig> make_memory_rig(bool sync = true);

/// Over rocks_store in a directory of its own, on a FaultyFileSystem.
std::unique_ptr<Rig> make_rocks_rig(bool sync = true);

/// Over etcd_store, with a prefix of its own in the program's etcd.
std::unique_ptr<Rig> make_etcd_rig();

}  // namespace dcount::store
