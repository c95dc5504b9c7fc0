#include "server/packages/archive_rule.h"

namespace dcount::packages {

std::string_view to_string(ArchiveRule rule) {
  switch (rule) {
    case ArchiveRule::not_xz:
      return "not_xz";
    case ArchiveRule::not_tar:
      return "not_tar";
    case ArchiveRule::truncated:
      return "truncated";
    case ArchiveRule::trailing:
      return "trailing";
    case ArchiveRule::memory:
      return "memory";
    case ArchiveRule::empty:
      return "empty";
    case ArchiveRule::absolute_path:
      return "absolute_path";
    case ArchiveRule::parent_path:
      return "parent_path";
    case ArchiveRule::entry_path:
      return "entry_path";
    case ArchiveRule::outside_link:
      return "outside_link";
    case ArchiveRule::device:
      return "device";
    case ArchiveRule::top_directory:
      return "top_directory";
    case ArchiveRule::too_many_entries:
      return "too_many_entries";
    case ArchiveRule::ratio:
      return "ratio";
    case ArchiveRule::unpacked_size:
      return "unpacked_size";
    case ArchiveRule::meta_json:
      return "meta_json";
  }
  return "";
}

}  // namespace dcount::packages
