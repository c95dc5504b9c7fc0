#include "cli/package_tree.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "cli/package_rules.h"
#include "server/packages/archive_check.h"
#include "server/packages/archive_names.h"

namespace dcount::cli {
namespace {

using client::ClientError;
using client::ErrorKind;
using packages::ArchiveNames;
using packages::ArchiveRule;
using packages::BadArchive;

ClientError cannot_read(const std::string& path, const std::string& why) {
  return {.kind = ErrorKind::local, .detail = "cannot read " + path + ": " + why};
}

const char* kind_name(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFIFO:
      return "a FIFO";
    case S_IFSOCK:
      return "a socket";
    case S_IFBLK:
    case S_IFCHR:
      return "a device";
    default:
      return "none of these";
  }
}

/// Checks names in the order in which they will be in the archive.
std::optional<BadArchive> check_entry(const TreeEntry& entry, ArchiveNames& names) {
  switch (entry.info.st_mode & S_IFMT) {
    case S_IFREG:
      return names.add(entry.path, ArchiveNames::Kind::file);
    case S_IFDIR:
      return names.add(entry.path, ArchiveNames::Kind::directory);
    case S_IFLNK:
      return names.add_symbolic_link(entry.path, entry.target);
    default:
      return BadArchive{ArchiveRule::device, packages::quoted_name(entry.path) + " is " +
                                                 kind_name(entry.info.st_mode) +
                                                 ": a package holds files, directories and links"};
  }
}

client::Result<TreeEntry> read_entry(const std::string& root, const std::string& full) {
  TreeEntry entry{.path = full.substr(root.size() + 1)};
  if (::lstat(full.c_str(), &entry.info) != 0) return cannot_read(full, std::strerror(errno));
  if (!S_ISLNK(entry.info.st_mode)) return entry;
  char target[PATH_MAX];
  const auto size = ::readlink(full.c_str(), target, sizeof target);
  if (size < 0) return cannot_read(full, std::strerror(errno));
  entry.target.assign(target, static_cast<std::size_t>(size));
  return entry;
}

std::optional<ClientError> read_meta(PackageTree& tree) {
  auto found =
      std::lower_bound(tree.entries.begin(), tree.entries.end(), meta_name,
                       [](const TreeEntry& entry, const char* name) { return entry.path < name; });
  if (found == tree.entries.end() || found->path != meta_name) return std::nullopt;
  if (!S_ISREG(found->info.st_mode)) {
    return bad_archive({ArchiveRule::meta_json, "meta.json is not a file"});
  }
  if (static_cast<std::uint64_t>(found->info.st_size) > packages::ArchiveLimits().meta_bytes_max) {
    return bad_archive({ArchiveRule::meta_json, "meta.json is too long"});
  }
  const std::string path = tree.directory + "/" + meta_name;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return cannot_read(path, std::strerror(errno));
  tree.meta_json = text.str();
  return std::nullopt;
}

}  // namespace

client::Result<PackageTree> read_package_tree(const std::string& directory) {
  namespace fs = std::filesystem;
  PackageTree tree{.directory = directory};
  while (tree.directory.size() > 1 && tree.directory.back() == '/') tree.directory.pop_back();
  std::error_code error;
  fs::recursive_directory_iterator it(tree.directory, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    auto entry = read_entry(tree.directory, it->path().string());
    if (!entry) return entry.error();
    if (S_ISREG(entry->info.st_mode)) tree.bytes += static_cast<std::uint64_t>(entry->info.st_size);
    tree.entries.push_back(std::move(*entry));
  }
  if (error) return cannot_read(directory, error.message());
  std::sort(tree.entries.begin(), tree.entries.end(),
            [](const TreeEntry& a, const TreeEntry& b) { return a.path < b.path; });
  ArchiveNames names(packages::ArchiveLimits().entries_max);
  for (const TreeEntry& entry : tree.entries) {
    if (auto bad = check_entry(entry, names)) return bad_archive(*bad);
  }
  if (auto top = names.single_top_directory()) {
    return bad_archive({ArchiveRule::top_directory,
                        "all of it is in the directory " + packages::quoted_name(*top) +
                            "; what is in that one would be a package"});
  }
  if (!names.has_files()) {
    return bad_archive({ArchiveRule::empty, "there is no file in " + directory});
  }
  if (auto bad = read_meta(tree)) return *bad;
  return tree;
}

}  // namespace dcount::cli
