// Calls about packages that are in the journal (docs/harness.md, "Histories").
//
// Thread-safety: as Worker's; one thread's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "client/client.h"
#include "sim/scenario/worker.h"

namespace dcount::sim {

struct ArchiveFile {
  std::string path;
  std::string sha256;
  std::size_t bytes = 0;
  std::int64_t expire_s = 0;  ///< Unix seconds; 0: never
};

/// `owner`: the id of the key that the worker's client shows. The package's id, if it was answered.
std::optional<std::string> note_upload(Worker& worker, const std::string& owner,
                                       const ArchiveFile& file);

/// How a download ended: an error of status 0 and no code is none.
struct GotOrNot {
  bool got = false;
  int status = 0;
  std::string error;  ///< the problem's code, or the kind of error
};

/// A reader compares what has come with the digest that the answer had. Of bytes with another one
/// it knows that they are not the package: noted as a fail, `digest_mismatch`.
GotOrNot note_get(Worker& worker, const std::string& owner, const std::string& pkgid);

/// False: not all of it was answered.
bool note_list(Worker& worker, const std::string& owner);

void note_remove(Worker& worker, const std::string& owner, const std::string& pkgid);

std::int64_t unix_seconds();

}  // namespace dcount::sim
