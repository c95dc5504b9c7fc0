#include "server/packages/blob.h"

#include "server/core/names.h"

namespace dcount::packages {

std::string blob_directory(std::string_view pkgid) { return std::string(pkgid.substr(0, 2)); }

std::string blob_file_name(std::string_view pkgid, std::string_view sha256) {
  std::string name(pkgid);
  name += '.';
  name += sha256;
  return name;
}

std::optional<Blob> parse_blob_file_name(std::string_view name) {
  const auto dot = name.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  Blob blob{std::string(name.substr(0, dot)), std::string(name.substr(dot + 1))};
  if (!core::is_package_id(blob.pkgid) || !core::is_sha256(blob.sha256)) return std::nullopt;
  return blob;
}

}  // namespace dcount::packages
