// The names in an archive: each checked by itself and against those that came before.
//
// What is allowed unpacks to the same tree whoever unpacks it, and below the directory it is
// unpacked in: no name comes twice, and none leads through a link of the archive.
//
// Thread-safety: a plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/packages/archive_rule.h"

namespace dcount::packages {

inline constexpr std::size_t archive_name_bytes_max = 4096;
inline constexpr std::size_t archive_part_bytes_max = 255;  ///< between two '/'

class ArchiveNames {
 public:
  enum class Kind : std::uint8_t { directory, file, link };

  /// `names_max` counts directories too that are only parts of names: they bound the memory.
  explicit ArchiveNames(std::size_t names_max);

  /// Takes a name as it is in the archive: "./" in front, "/" at a directory's end and empty parts
  /// are nothing. nullopt: it was taken.
  std::optional<BadArchive> add(std::string_view name, Kind kind);

  /// A symbolic link may only have ".." at its front, and no more than it is deep: what is behind
  /// could else lead out through another link.
  std::optional<BadArchive> add_symbolic_link(std::string_view name, std::string_view target);

  /// A hard link is another name for a file that came before; not for a symbolic link, whose target
  /// would mean something else there.
  std::optional<BadArchive> add_hard_link(std::string_view name, std::string_view target);

  /// The only name at the top, when it is a directory's.
  std::optional<std::string> single_top_directory() const;

  bool has_files() const { return has_files_; }

 private:
  struct Node {
    Kind kind = Kind::directory;
    bool named = false;  ///< false: it is only a part of other names so far
  };
  using Parts = std::vector<std::string_view>;

  std::optional<BadArchive> insert(std::string_view name, const Parts& parts, Kind kind);
  const Node* find(const Parts& parts) const;

  /// By directory (its place in nodes_) and part. A tree, since colliding hashes are cheap to make.
  struct Less {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return a.first != b.first ? a.first < b.first
                                : std::string_view(a.second) < std::string_view(b.second);
    }
  };
  std::map<std::pair<std::size_t, std::string>, std::size_t, Less> places_;
  std::vector<Node> nodes_;
  std::size_t names_max_;
  bool has_files_ = false;
};

/// A name for messages: shortened, and without what could upset a terminal.
std::string quoted_name(std::string_view name);

}  // namespace dcount::packages
