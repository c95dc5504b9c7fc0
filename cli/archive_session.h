// What packing and unpacking have in common: libarchive's handles and the encoding of names.
//
// Thread-safety: one thread's.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include <memory>
#include <string>
#include <utility>

#include "client/error.h"

namespace dcount::cli {

struct FreeArchive {
  void operator()(archive* a) const { archive_free(a); }
};
using Archive = std::unique_ptr<archive, FreeArchive>;

struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
using ArchiveEntry = std::unique_ptr<archive_entry, FreeEntry>;

/// Names are UTF-8 while this lives, whatever the user's locale: libarchive loses others.
class Utf8Names {
 public:
  Utf8Names() : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (locale_ != nullptr) before_ = ::uselocale(locale_);
  }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;
  ~Utf8Names() {
    if (locale_ == nullptr) return;
    ::uselocale(before_);
    ::freelocale(locale_);
  }

 private:
  locale_t locale_;
  locale_t before_ = nullptr;
};

inline client::ClientError local_error(std::string detail) {
  return {.kind = client::ErrorKind::local, .detail = std::move(detail)};
}

/// An error of libarchive's.
inline client::ClientError archive_failure(const std::string& what, archive* a) {
  const char* why = archive_error_string(a);
  return {.kind = client::ErrorKind::local,
          .detail = what + (why != nullptr ? std::string(": ") + why : "")};
}

}  // namespace dcount::cli
