// Which rule of uploads an archive breaks: a closed list, whose names are on the wire.
//
// Thread-safety: plain values, pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dcount::packages {

enum class ArchiveRule : std::uint8_t {
  not_xz,            ///< not compressed by xz
  not_tar,           ///< what is compressed is no tar
  truncated,         ///< it ends in the middle, or its check sums are wrong
  trailing,          ///< something follows its end
  memory,            ///< its dictionary takes more memory to unpack than is allowed
  empty,             ///< there is no file in it
  absolute_path,     ///< "/etc/passwd"
  parent_path,       ///< "a/../b"
  entry_path,        ///< a name that is too long, no UTF-8, has control characters, or comes twice
  outside_link,      ///< a link that leads, or could lead, out of the archive
  device,            ///< neither file, directory nor link
  top_directory,     ///< all of it is in one directory
  too_many_entries,  ///< files, links and directories
  ratio,             ///< a bomb: far longer than what was sent
  unpacked_size,     ///< more than a package may hold
  meta_json,         ///< meta.json is not what it should be
};

/// "not_xz" and so on.
std::string_view to_string(ArchiveRule rule);

struct BadArchive {
  ArchiveRule rule = ArchiveRule::not_xz;
  std::string detail;  ///< for people: what, and where
};

}  // namespace dcount::packages
