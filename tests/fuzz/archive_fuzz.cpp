// The archive check, fed with anything. An input that begins as xz does is taken as it is. Any
// other is a tar: the check sums of its headers are mended and it is put into an xz without
// compressing it, since no fuzzer would ever get past two layers of check sums.
//
// What is required: a verdict, the same each time; and an archive that was taken has, as libarchive
// reads it, no name and no link that leads out, and a meta.json that gives one word.
#include <archive.h>
#include <archive_entry.h>
#include <lzma.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "server/packages/archive_check.h"
#include "server/packages/meta.h"
#include "tests/fuzz/require.h"

namespace {

using namespace dcount::packages;

constexpr std::size_t block = 512;

/// Small, so that an input cannot be slow.
constexpr ArchiveLimits limits{.entries_max = 100,
                               .unpacked_bytes_max = 4 << 20,
                               .ratio_max = 50,
                               .ratio_free_bytes = 1 << 20,
                               .memory_bytes_max = 4 << 20,
                               .meta_bytes_max = 1024};

/// As unsigned sums, with the field itself as spaces.
void mend_headers(std::string& tar) {
  for (std::size_t at = 0; at + block <= tar.size(); at += block) {
    if (tar.compare(at + 257, 5, "ustar") != 0) continue;
    std::memset(&tar[at + 148], ' ', 8);
    unsigned sum = 0;
    for (std::size_t i = 0; i < block; ++i) sum += static_cast<unsigned char>(tar[at + i]);
    std::snprintf(&tar[at + 148], 7, "%06o", sum);
  }
}

std::string stored_xz(std::string_view tar) {
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<const std::uint8_t*>(text.data());
  };
  std::string out(lzma_block_buffer_bound(tar.size()) + 1024, '\0');
  auto* const to = reinterpret_cast<std::uint8_t*>(out.data());
  lzma_stream_flags flags{};
  flags.check = LZMA_CHECK_CRC32;
  REQUIRE(lzma_stream_header_encode(&flags, to) == LZMA_OK);
  std::size_t at = LZMA_STREAM_HEADER_SIZE;
  lzma_index* index = lzma_index_init(nullptr);
  if (!tar.empty()) {
    lzma_block block{};
    block.check = flags.check;
    REQUIRE(lzma_block_uncomp_encode(&block, bytes(tar), tar.size(), to, &at, out.size()) ==
            LZMA_OK);
    REQUIRE(lzma_index_append(index, nullptr, lzma_block_unpadded_size(&block), tar.size()) ==
            LZMA_OK);
  }
  REQUIRE(lzma_index_buffer_encode(index, to, &at, out.size()) == LZMA_OK);
  flags.backward_size = lzma_index_size(index);
  lzma_index_end(index, nullptr);
  REQUIRE(lzma_stream_footer_encode(&flags, to + at) == LZMA_OK);
  out.resize(at + LZMA_STREAM_HEADER_SIZE);
  return out;
}

ArchiveVerdict check(std::string_view bytes) {
  static const int file = ::memfd_create("archive", MFD_CLOEXEC);
  REQUIRE(::ftruncate(file, 0) == 0);
  REQUIRE(::pwrite(file, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  auto verdict = check_archive(file, 0, bytes.size(), limits);
  REQUIRE(verdict.has_value());
  return *std::move(verdict);
}

bool has_parent(std::string_view path) {
  return ("/" + std::string(path) + "/").find("/../") != std::string::npos;
}

/// Reads it as a client would that has no rules of its own.
void require_harmless(std::string_view bytes) {
  const std::unique_ptr<archive, int (*)(archive*)> read(::archive_read_new(), ::archive_read_free);
  REQUIRE(::archive_read_support_format_tar(read.get()) == ARCHIVE_OK);
  REQUIRE(::archive_read_support_filter_xz(read.get()) == ARCHIVE_OK);
  REQUIRE(::archive_read_open_memory(read.get(), bytes.data(), bytes.size()) == ARCHIVE_OK);
  archive_entry* entry = nullptr;
  std::size_t files = 0;
  for (;;) {
    const int code = ::archive_read_next_header(read.get(), &entry);
    if (code == ARCHIVE_EOF) break;
    REQUIRE(code == ARCHIVE_OK || code == ARCHIVE_WARN);
    const std::string_view name = ::archive_entry_pathname(entry);
    REQUIRE(!name.empty() && name.front() != '/' && !has_parent(name));
    REQUIRE(name.size() <= 4096 && name.find('\n') == std::string_view::npos);
    const char* hard = ::archive_entry_hardlink(entry);
    const auto type = ::archive_entry_filetype(entry);
    if (hard != nullptr) {
      REQUIRE(hard[0] != '/' && !has_parent(hard));
    } else {
      REQUIRE(type == AE_IFREG || type == AE_IFDIR || type == AE_IFLNK);
      if (type == AE_IFLNK) REQUIRE(::archive_entry_symlink(entry)[0] != '/');
    }
    if (hard != nullptr || type != AE_IFDIR) ++files;
  }
  REQUIRE(files > 0 && files <= limits.entries_max);
}

void require_word(const std::string& meta_json) {
  const auto meta = parse_meta(meta_json);
  const auto* good = std::get_if<PackageMeta>(&meta);
  if (good == nullptr) return;
  REQUIRE(complete_meta(*good, "p", "k", 1).find_first_of(" \n") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (!bytes.starts_with("\xFD"
                         "7zXZ")) {
    mend_headers(bytes);
    bytes = stored_xz(bytes);
  }
  const ArchiveVerdict verdict = check(bytes);
  const ArchiveVerdict again = check(bytes);
  REQUIRE(verdict.index() == again.index());
  if (const auto* bad = std::get_if<BadArchive>(&verdict)) {
    REQUIRE(!bad->detail.empty() && bad->rule == std::get<BadArchive>(again).rule);
    return 0;
  }
  const auto& checked = std::get<CheckedArchive>(verdict);
  REQUIRE(checked == std::get<CheckedArchive>(again));
  REQUIRE(checked.unpacked_bytes <= limits.unpacked_bytes_max);
  require_harmless(bytes);
  if (checked.meta_json) require_word(*checked.meta_json);
  return 0;
}
