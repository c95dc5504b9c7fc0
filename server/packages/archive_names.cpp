#include "server/packages/archive_names.h"

#include <algorithm>
#include <boost/locale/utf.hpp>

namespace dcount::packages {
namespace {

constexpr std::size_t root = 0;

/// UTF-8 without control characters (C0, DEL and C1).
bool is_plain_utf8(std::string_view text) {
  using Utf8 = boost::locale::utf::utf_traits<char>;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const auto point = Utf8::decode(at, end);
    if (point == boost::locale::utf::illegal || point == boost::locale::utf::incomplete) {
      return false;
    }
    if (point < 0x20 || (point >= 0x7F && point < 0xA0)) return false;
  }
  return true;
}

/// Without empty parts and ".".
std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const auto part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    if (!part.empty() && part != ".") parts.push_back(part);
  }
  return parts;
}

/// What a name and a link's target must be, both.
std::optional<BadArchive> check_text(std::string_view path) {
  const auto bad = [&](std::string_view why) {
    return BadArchive{ArchiveRule::entry_path, quoted_name(path) + " " + std::string(why)};
  };
  if (path.empty()) return BadArchive{ArchiveRule::entry_path, "an entry has an empty name"};
  if (path.size() > archive_name_bytes_max) {
    return bad("is longer than " + std::to_string(archive_name_bytes_max) + " bytes");
  }
  if (!is_plain_utf8(path)) return bad("is not UTF-8, or has control characters");
  for (const auto part : parts_of(path)) {
    if (part.size() <= archive_part_bytes_max) continue;
    return bad("has a part longer than " + std::to_string(archive_part_bytes_max) + " bytes");
  }
  return std::nullopt;
}

std::optional<BadArchive> check_name(std::string_view name) {
  if (auto bad = check_text(name)) return bad;
  if (name.front() == '/') {
    return BadArchive{ArchiveRule::absolute_path, quoted_name(name) + " is absolute"};
  }
  const auto parts = parts_of(name);
  if (std::ranges::find(parts, "..") != parts.end()) {
    return BadArchive{ArchiveRule::parent_path, quoted_name(name) + " has a part '..'"};
  }
  return std::nullopt;
}

BadArchive leads_out(std::string_view name, std::string_view target, std::string_view why) {
  return {ArchiveRule::outside_link,
          "the link " + quoted_name(name) + " to " + quoted_name(target) + " " + std::string(why)};
}

}  // namespace

std::string quoted_name(std::string_view name) {
  constexpr std::size_t bytes_max = 100;
  const bool shown_whole = name.size() <= bytes_max && is_plain_utf8(name);
  std::string text = "'";
  for (const char c : name.substr(0, bytes_max)) {
    text += shown_whole || (c >= ' ' && c <= '~') ? c : '?';
  }
  return text + (name.size() > bytes_max ? "…'" : "'");
}

ArchiveNames::ArchiveNames(std::size_t names_max) : nodes_(1), names_max_(names_max) {}

std::optional<BadArchive> ArchiveNames::add(std::string_view name, Kind kind) {
  if (auto bad = check_name(name)) return bad;
  return insert(name, parts_of(name), kind);
}

std::optional<BadArchive> ArchiveNames::add_symbolic_link(std::string_view name,
                                                          std::string_view target) {
  if (auto bad = check_name(name)) return bad;
  if (auto bad = check_text(target)) return bad;
  if (target.front() == '/') return leads_out(name, target, "is absolute");
  const Parts to = parts_of(target);
  const auto first_down = std::ranges::find_if(to, [](auto part) { return part != ".."; });
  const auto up = static_cast<std::size_t>(first_down - to.begin());
  if (std::find(first_down, to.end(), "..") != to.end()) {
    return leads_out(name, target, "has a '..' behind a name");
  }
  const Parts from = parts_of(name);
  if (up >= std::max<std::size_t>(from.size(), 1)) return leads_out(name, target, "leads out");
  return insert(name, from, Kind::link);
}

std::optional<BadArchive> ArchiveNames::add_hard_link(std::string_view name,
                                                      std::string_view target) {
  if (auto bad = check_name(name)) return bad;
  if (auto bad = check_name(target)) {
    const bool out =
        bad->rule == ArchiveRule::absolute_path || bad->rule == ArchiveRule::parent_path;
    return out ? leads_out(name, target, "leads out") : *bad;
  }
  const Node* node = find(parts_of(target));
  if (node == nullptr || node->kind != Kind::file) {
    return leads_out(name, target, "is to no file that came before");
  }
  return insert(name, parts_of(name), Kind::file);
}

std::optional<BadArchive> ArchiveNames::insert(std::string_view name, const Parts& parts,
                                               Kind kind) {
  const auto bad = [&](ArchiveRule rule, std::string_view why) {
    return BadArchive{rule, quoted_name(name) + " " + std::string(why)};
  };
  std::size_t at = root;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (nodes_[at].kind == Kind::link) return bad(ArchiveRule::outside_link, "is behind a link");
    if (nodes_[at].kind == Kind::file) return bad(ArchiveRule::entry_path, "is behind a file");
    const auto found = places_.find(std::pair(at, parts[i]));
    if (found != places_.end()) {
      at = found->second;
      continue;
    }
    if (nodes_.size() > names_max_) {
      return BadArchive{ArchiveRule::too_many_entries,
                        "there are more than " + std::to_string(names_max_) + " names in it"};
    }
    places_.emplace(std::pair(at, std::string(parts[i])), nodes_.size());
    at = nodes_.size();
    nodes_.push_back({});
    if (i + 1 == parts.size()) nodes_[at].kind = kind;
  }
  Node& node = nodes_[at];
  if (node.named) return bad(ArchiveRule::entry_path, "comes twice");
  if (node.kind != kind) {
    return bad(kind == Kind::link ? ArchiveRule::outside_link : ArchiveRule::entry_path,
               "is a directory elsewhere in the archive");
  }
  node.named = true;
  has_files_ = has_files_ || kind != Kind::directory;
  return std::nullopt;
}

const ArchiveNames::Node* ArchiveNames::find(const Parts& parts) const {
  std::size_t at = root;
  for (const auto part : parts) {
    const auto found = places_.find(std::pair(at, part));
    if (found == places_.end()) return nullptr;
    at = found->second;
  }
  return &nodes_[at];
}

std::optional<std::string> ArchiveNames::single_top_directory() const {
  const auto first = places_.begin();
  if (first == places_.end()) return std::nullopt;
  const auto second = std::next(first);
  if (second != places_.end() && second->first.first == root) return std::nullopt;
  if (nodes_[first->second].kind != Kind::directory) return std::nullopt;
  return first->first.second;
}

}  // namespace dcount::packages
