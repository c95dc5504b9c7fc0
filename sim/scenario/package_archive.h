// Archives for the workload of packages: small tar.xz that no other one equals.
//
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "sim/scenario/random.h"

namespace dcount::sim {

struct MadeArchive {
  std::string bytes;
  std::string sha256;  ///< 64 hex digits
};

/// Of about `size` bytes, some hundred at least, with a meta.json. `expire_s`: Unix seconds; 0:
/// never.
MadeArchive make_archive(Random& random, std::int64_t size, std::int64_t expire_s);

}  // namespace dcount::sim
