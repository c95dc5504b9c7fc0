#include "sim/scenario/package_files.h"

#include <sys/stat.h>

#include "client/content_digest.h"

namespace dcount::sim {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> entries_of(const fs::path& directory) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator at(directory, error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    entries.push_back(at->path());
  }
  return entries;
}

std::vector<HalfFile> files_in(const fs::path& directory) {
  std::vector<HalfFile> files;
  for (const fs::path& path : entries_of(directory)) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    files.push_back({(directory.filename() / path.filename()).string(),
                     static_cast<std::uint64_t>(info.st_size), info.st_ino});
  }
  return files;
}

}  // namespace

std::vector<BlobOnDisk> blobs_on_disk(const fs::path& data) {
  constexpr std::size_t pkgid_length = 36;
  constexpr std::size_t name_length = pkgid_length + 1 + 64;
  std::vector<BlobOnDisk> blobs;
  for (const fs::path& directory : entries_of(data / "packages")) {
    if (directory.filename().string().size() != 2) continue;
    for (const fs::path& path : entries_of(directory)) {
      const std::string name = path.filename().string();
      if (name.size() != name_length || name[pkgid_length] != '.') continue;
      blobs.push_back({name.substr(0, pkgid_length), name.substr(pkgid_length + 1), path});
    }
  }
  return blobs;
}

std::optional<std::string> digest_on_disk(const BlobOnDisk& blob) {
  auto digest = client::digest_of_file(blob.path.string());
  if (!digest) return std::nullopt;
  return std::move(*digest);
}

std::vector<HalfFile> temporary_files(const fs::path& data) {
  return files_in(data / "packages" / "tmp");
}

std::vector<HalfFile> spooled_files(const fs::path& data) { return files_in(data / "spool"); }

}  // namespace dcount::sim
