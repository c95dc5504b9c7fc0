#include "server/store/directory.h"

#include <rocksdb/env.h>

#include <memory>
#include <system_error>
#include <vector>

namespace dcount::store {
namespace {

namespace fs = std::filesystem;

/// Those that will have got a new name in them once `directory` is made.
std::vector<fs::path> parents_to_sync(const fs::path& directory) {
  std::vector<fs::path> parents;
  std::error_code ignored;
  for (fs::path at = directory; at != at.root_path() && !fs::exists(at, ignored);
       at = at.parent_path()) {
    parents.push_back(at.parent_path());
  }
  return parents;
}

}  // namespace

Result<void> make_directory(const fs::path& directory, rocksdb::Env& env) {
  const auto failed = [&](const std::string& why) {
    return Error{Certainty::definite,
                 "data directory " + directory.string() + " cannot be made: " + why};
  };
  std::error_code error;
  fs::path absolute = fs::absolute(directory, error).lexically_normal();
  if (!absolute.has_filename()) absolute = absolute.parent_path();
  const auto parents = parents_to_sync(absolute);
  const bool made = fs::create_directories(absolute, error);
  if (error) return failed(error.message());
  // Nobody else's business; a directory that was there keeps what its owner chose.
  if (made) fs::permissions(absolute, fs::perms::owner_all, error);
  for (const fs::path& parent : parents) {
    std::unique_ptr<rocksdb::Directory> handle;
    auto status = env.NewDirectory(parent.string(), &handle);
    if (status.ok()) status = handle->Fsync();
    if (!status.ok()) return failed(status.ToString());
  }
  return {};
}

}  // namespace dcount::store
