// Archives made byte by byte: what no honest program would write, and what they all write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/http/unique_fd.h"
#include "server/packages/archive_check.h"

namespace dcount::packages {

/// A tar, entry by entry.
class MadeTar {
 public:
  /// `type` as in a tar: '0' file, '1' hard link, '2' symbolic link, '3' device, '5' directory.
  /// Names of more than 100 bytes become GNU's.
  MadeTar& add(std::string_view name, std::string_view content = "", char type = '0',
               std::string_view link = "");
  MadeTar& directory(std::string_view name) { return add(name, "", '5'); }
  MadeTar& symbolic(std::string_view name, std::string_view to) { return add(name, "", '2', to); }
  MadeTar& hard(std::string_view name, std::string_view to) { return add(name, "", '1', to); }

  /// A header alone, whatever it claims.
  MadeTar& header(std::string_view name, std::uint64_t size, char type = '0',
                  std::string_view link = "");

  /// An extended header of pax for the next entry.
  using Record = std::pair<std::string_view, std::string_view>;
  MadeTar& pax(const std::vector<Record>& records);
  MadeTar& pax(std::string_view key, std::string_view value) { return pax({Record(key, value)}); }

  MadeTar& raw(std::string_view bytes);

  /// Without the two blocks of zeros.
  const std::string& open_tar() const { return bytes_; }
  std::string tar() const { return bytes_ + std::string(1024, '\0'); }
  std::string tar_xz() const;

 private:
  std::string bytes_;
};

/// As xz would, with CRC64.
std::string xz(std::string_view bytes, std::uint32_t preset = 1);

/// A file without a name that holds `bytes`.
http::UniqueFd memory_file(std::string_view bytes);

/// All of `bytes`, checked. An Error fails the test and gives no verdict of use.
ArchiveVerdict verdict_on(std::string_view bytes, const ArchiveLimits& limits = {});

/// "" for an archive that is fine, otherwise "rule: detail".
std::string fault_of(std::string_view bytes, const ArchiveLimits& limits = {});

/// "" or the rule alone.
std::string rule_of(std::string_view bytes, const ArchiveLimits& limits = {});

}  // namespace dcount::packages
