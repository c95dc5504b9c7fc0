// An archive, checked. liblzma unpacks (with a limit to its memory, which libarchive does not set)
// and libarchive is shown nothing but the tar.
#include "server/packages/archive_check.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "server/packages/archive_names.h"
#include "server/packages/xz_reader.h"

namespace dcount::packages {
namespace {

constexpr std::size_t tar_block_bytes = 512;
constexpr std::string_view meta_name = "meta.json";

/// While it is there, this thread has the C locale. libarchive converts names into the locale's
/// character set: in this one it cannot, warns, and leaves the archive's own bytes, whatever the
/// process has set. In another one it would recode and normalize them.
class CLocale {
 public:
  CLocale() : c_(::newlocale(LC_ALL_MASK, "C", nullptr)), before_(::uselocale(c_)) {}
  CLocale(const CLocale&) = delete;
  CLocale& operator=(const CLocale&) = delete;
  ~CLocale() {
    ::uselocale(before_);
    ::freelocale(c_);
  }

 private:
  locale_t c_;
  locale_t before_;
};

struct ArchiveFree {
  void operator()(archive* read) const { ::archive_read_free(read); }
};

std::string text_or_empty(const char* text) { return text == nullptr ? "" : text; }

/// One check, from beginning to end.
class Check {
 public:
  Check(int file, std::uint64_t offset, std::uint64_t bytes, const ArchiveLimits& limits)
      : limits_(limits),
        sent_bytes_(bytes),
        xz_(file, offset, bytes, limits.memory_bytes_max),
        names_(limits.entries_max) {}

  Result<ArchiveVerdict> run() {
    if (open() && read_entries() && read_rest() && judge_whole()) {
      return {ArchiveVerdict(std::move(checked_))};
    }
    if (error_) return {*std::move(error_)};
    return {ArchiveVerdict(std::move(bad_))};
  }

 private:
  // Each step is true when it went well; otherwise bad_ or error_ is set, the first time only.
  bool open();
  bool read_entries();
  bool read_entry(archive_entry* entry);
  bool take_name(archive_entry* entry);
  bool read_meta(archive_entry* entry);
  bool read_data(archive_entry* entry);
  bool read_rest();
  bool judge_whole();

  bool unpack(std::string_view& data);
  bool within_limits(std::uint64_t bytes, std::string_view what);
  bool grow_files(std::uint64_t bytes);
  bool blame_libarchive();
  bool refuse(ArchiveRule rule, std::string detail);
  static la_ssize_t on_read(archive*, void* self, const void** data);

  const ArchiveLimits& limits_;
  const std::uint64_t sent_bytes_;
  XzReader xz_;
  bool at_end_ = false;            ///< of the xz stream
  std::uint64_t tar_bytes_ = 0;    ///< unpacked so far
  std::uint64_t written_end_ = 0;  ///< of the tar: behind the last byte that is not zero
  std::uint64_t entries_end_ = 0;  ///< of the tar: behind the last entry
  std::unique_ptr<archive, ArchiveFree> read_;
  ArchiveNames names_;
  CheckedArchive checked_;
  std::optional<Error> error_;
  bool refused_ = false;
  BadArchive bad_;
};

bool Check::refuse(ArchiveRule rule, std::string detail) {
  if (!refused_ && !error_) bad_ = {rule, std::move(detail)};
  refused_ = true;
  return false;
}

/// `data` is empty at the end.
bool Check::unpack(std::string_view& data) {
  data = {};
  if (at_end_) return true;
  switch (xz_.read(data)) {
    case XzReader::Step::end:
      at_end_ = true;
      return true;
    case XzReader::Step::bad:
      return refuse(xz_.bad().rule, xz_.bad().detail);
    case XzReader::Step::failed:
      error_ = xz_.error();
      return false;
    case XzReader::Step::data:
      break;
  }
  const auto last = data.find_last_not_of('\0');
  if (last != std::string_view::npos) written_end_ = tar_bytes_ + last + 1;
  tar_bytes_ += data.size();
  return within_limits(tar_bytes_, "the tar");
}

bool Check::within_limits(std::uint64_t bytes, std::string_view what) {
  if (bytes > limits_.unpacked_bytes_max) {
    return refuse(ArchiveRule::unpacked_size, std::string(what) + " is longer than " +
                                                  std::to_string(limits_.unpacked_bytes_max) +
                                                  " bytes");
  }
  if (bytes > limits_.ratio_free_bytes && bytes / limits_.ratio_max > sent_bytes_) {
    return refuse(ArchiveRule::ratio, std::string(what) + " is more than " +
                                          std::to_string(limits_.ratio_max) +
                                          " times as long as what was sent");
  }
  return true;
}

bool Check::grow_files(std::uint64_t bytes) {
  // No overflow: neither is more than 2^63.
  checked_.unpacked_bytes += bytes;
  return within_limits(checked_.unpacked_bytes, "all files together");
}

la_ssize_t Check::on_read(archive*, void* self, const void** data) {
  std::string_view unpacked;
  if (!static_cast<Check*>(self)->unpack(unpacked)) return -1;
  *data = unpacked.data();
  return static_cast<la_ssize_t>(unpacked.size());
}

bool Check::open() {
  read_.reset(::archive_read_new());
  if (read_ == nullptr || ::archive_read_support_format_tar(read_.get()) != ARCHIVE_OK) {
    error_ = {Certainty::definite, "libarchive: no memory"};
    return false;
  }
  const int code = ::archive_read_open(read_.get(), this, nullptr, &on_read, nullptr);
  return code == ARCHIVE_OK || blame_libarchive();
}

/// What libarchive cannot read, unless the reason came from below it.
bool Check::blame_libarchive() {
  if (refused_ || error_) return false;
  if (::archive_errno(read_.get()) == ENOMEM) {
    error_ = {Certainty::definite, "libarchive: no memory"};
    return false;
  }
  const std::string why = text_or_empty(::archive_error_string(read_.get()));
  if (tar_bytes_ == 0) return refuse(ArchiveRule::empty, "there is nothing in it");
  if (checked_.entries == 0) return refuse(ArchiveRule::not_tar, "what is in it is no tar: " + why);
  return refuse(ArchiveRule::truncated, "the tar is damaged: " + why);
}

bool Check::read_entries() {
  for (;;) {
    archive_entry* entry = nullptr;
    const int code = ::archive_read_next_header(read_.get(), &entry);
    if (code == ARCHIVE_EOF) return true;
    // A warning is about what is not looked at here, or about a name that is not ASCII.
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN) return blame_libarchive();
    ++checked_.entries;
    if (checked_.entries > limits_.entries_max) {
      return refuse(ArchiveRule::too_many_entries,
                    "there are more than " + std::to_string(limits_.entries_max) + " entries");
    }
    if (!read_entry(entry)) return false;
    const la_int64_t end = ::archive_filter_bytes(read_.get(), 0);
    entries_end_ = static_cast<std::uint64_t>(std::max<la_int64_t>(end, 0));
  }
}

bool Check::read_entry(archive_entry* entry) {
  if (!take_name(entry)) return false;
  std::string_view name = ::archive_entry_pathname(entry);
  while (name.starts_with("./")) name.remove_prefix(2);
  return name == meta_name ? read_meta(entry) && read_data(entry) : read_data(entry);
}

bool Check::take_name(archive_entry* entry) {
  const std::string name = text_or_empty(::archive_entry_pathname(entry));
  std::optional<BadArchive> bad;
  if (const char* target = ::archive_entry_hardlink(entry); target != nullptr) {
    bad = names_.add_hard_link(name, target);
  } else {
    switch (::archive_entry_filetype(entry)) {
      case AE_IFREG:
        bad = names_.add(name, ArchiveNames::Kind::file);
        break;
      case AE_IFDIR:
        bad = names_.add(name, ArchiveNames::Kind::directory);
        break;
      case AE_IFLNK:
        bad = names_.add_symbolic_link(name, text_or_empty(::archive_entry_symlink(entry)));
        break;
      default:
        return refuse(ArchiveRule::device,
                      quoted_name(name) + " is no file, no directory and no link");
    }
  }
  return bad ? refuse(bad->rule, std::move(bad->detail)) : true;
}

/// The rest of it, if there is more, is left to read_data.
bool Check::read_meta(archive_entry* entry) {
  if (::archive_entry_hardlink(entry) != nullptr || ::archive_entry_filetype(entry) != AE_IFREG) {
    return refuse(ArchiveRule::meta_json, "meta.json is no file");
  }
  std::string text(limits_.meta_bytes_max + 1, '\0');
  const la_ssize_t got = ::archive_read_data(read_.get(), text.data(), text.size());
  if (got < 0) return blame_libarchive();
  if (static_cast<std::size_t>(got) > limits_.meta_bytes_max) {
    return refuse(ArchiveRule::meta_json,
                  "meta.json is longer than " + std::to_string(limits_.meta_bytes_max) + " bytes");
  }
  text.resize(static_cast<std::size_t>(got));
  checked_.meta_json = std::move(text);
  return true;
}

bool Check::read_data(archive_entry* entry) {
  const la_int64_t said = std::max<la_int64_t>(::archive_entry_size(entry), 0);
  auto file_bytes = static_cast<std::uint64_t>(said);
  if (!grow_files(file_bytes)) return false;
  for (;;) {
    const void* data = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    const int code = ::archive_read_data_block(read_.get(), &data, &size, &offset);
    if (code == ARCHIVE_EOF) return true;
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN) return blame_libarchive();
    if (offset < 0) return refuse(ArchiveRule::truncated, "the map of a sparse file is wrong");
    // The map of a sparse file may say more than the file's size does.
    const std::uint64_t end = static_cast<std::uint64_t>(offset) + size;
    if (end > file_bytes && !grow_files(end - file_bytes)) return false;
    file_bytes = std::max(file_bytes, end);
  }
}

/// What libarchive did not want: zeros. Thus the check sums at the end are seen, too.
bool Check::read_rest() {
  for (;;) {
    std::string_view data;
    if (!unpack(data)) return false;
    if (data.empty()) break;
  }
  if (written_end_ > entries_end_) {
    return refuse(ArchiveRule::trailing, "something follows the end of the tar");
  }
  if (tar_bytes_ < entries_end_ + tar_block_bytes) {
    return refuse(ArchiveRule::truncated, "the tar has no end");
  }
  return true;
}

bool Check::judge_whole() {
  if (!names_.has_files()) return refuse(ArchiveRule::empty, "there is no file in it");
  if (const auto top = names_.single_top_directory()) {
    return refuse(ArchiveRule::top_directory, "all of it is in " + quoted_name(*top) +
                                                  ": pack what is in there, as tar -C does");
  }
  return true;
}

}  // namespace

Result<ArchiveVerdict> check_archive(int file, std::uint64_t offset, std::uint64_t bytes,
                                     const ArchiveLimits& limits) {
  const CLocale c_locale;
  return Check(file, offset, bytes, limits).run();
}

}  // namespace dcount::packages
