#include "server/packages/placement.h"

#include <algorithm>
#include <utility>

namespace dcount::packages {
namespace {

std::uint64_t fnv1a(std::uint64_t hash, std::string_view bytes) {
  for (const char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return hash;
}

/// FNV alone hardly changes its upper bits for names that differ in their last letter.
std::uint64_t finish(std::uint64_t hash) {
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
  return hash ^ (hash >> 31);
}

}  // namespace

std::uint64_t weight(std::string_view pkgid, std::string_view node) {
  constexpr std::uint64_t offset_basis = 0xcbf29ce484222325;
  return finish(fnv1a(fnv1a(fnv1a(offset_basis, pkgid), std::string_view("\0", 1)), node));
}

std::vector<std::string> ranked(std::string_view pkgid, std::vector<std::string> nodes) {
  std::ranges::sort(nodes, [&](const std::string& a, const std::string& b) {
    const auto weight_a = weight(pkgid, a);
    const auto weight_b = weight(pkgid, b);
    return weight_a != weight_b ? weight_a > weight_b : a < b;
  });
  return nodes;
}

}  // namespace dcount::packages
