#include "sim/scenario/package_archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>

#include "client/content_digest.h"

namespace dcount::sim {
namespace {

/// What tar and xz add.
constexpr std::int64_t around_bytes = 350;

struct FreeArchive {
  void operator()(archive* writer) const { archive_write_free(writer); }
};
struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
using Writer = std::unique_ptr<archive, FreeArchive>;

void must(bool done, archive* writer) {
  if (!done) throw std::runtime_error(std::string("libarchive: ") + archive_error_string(writer));
}

la_ssize_t append(archive*, void* text, const void* data, std::size_t size) {
  static_cast<std::string*>(text)->append(static_cast<const char*>(data), size);
  return static_cast<la_ssize_t>(size);
}

void add_file(archive* writer, const char* path, std::string_view content) {
  const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), path);
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
  must(archive_write_header(writer, entry.get()) == ARCHIVE_OK, writer);
  const auto written = archive_write_data(writer, content.data(), content.size());
  must(written == static_cast<la_ssize_t>(content.size()), writer);
}

/// Which xz cannot make smaller.
std::string noise(Random& random, std::size_t bytes) {
  std::string text(bytes, '\0');
  for (char& byte : text) byte = static_cast<char>(random.next() >> 56);
  return text;
}

}  // namespace

MadeArchive make_archive(Random& random, std::int64_t size, std::int64_t expire_s) {
  constexpr std::int64_t content_min = 16;  // so that no two are the same
  const auto content = static_cast<std::size_t>(std::max(content_min, size - around_bytes));
  MadeArchive made;
  const Writer writer(archive_write_new());
  archive* const w = writer.get();
  must(archive_write_set_format_ustar(w) == ARCHIVE_OK, w);
  must(archive_write_add_filter_xz(w) == ARCHIVE_OK, w);
  must(archive_write_set_filter_option(w, "xz", "compression-level", "0") == ARCHIVE_OK, w);
  must(archive_write_set_bytes_in_last_block(w, 1) == ARCHIVE_OK, w);
  must(archive_write_open(w, &made.bytes, nullptr, append, nullptr) == ARCHIVE_OK, w);
  nlohmann::json meta{{"made by", "dcount sim"}};
  if (expire_s != 0) meta["expire"] = expire_s;
  add_file(w, "meta.json", meta.dump());
  add_file(w, "noise", noise(random, content));
  must(archive_write_close(w) == ARCHIVE_OK, w);
  client::ContentDigest digest;
  digest.add(made.bytes);
  made.sha256 = digest.hex();
  return made;
}

}  // namespace dcount::sim
