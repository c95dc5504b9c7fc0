// What a disk answers: a value, or why not in the words of errno.
//
// Thread-safety: plain values.
#pragma once

#include <boost/system/result.hpp>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace dcount::packages {

struct DiskError {
  DiskError() = default;
  DiskError(int number, std::string message) : number(number), message(std::move(message)) {}

  int number = 0;       ///< errno
  std::string message;  ///< what was done to which file, and why not: "write /d/f: Disk quota …"

  /// The client may try another node or later (507), as opposed to a disk that is broken.
  bool storage_full() const { return number == ENOSPC || number == EDQUOT; }
  bool not_found() const { return number == ENOENT || number == ENOTDIR; }
};

/// A value or a DiskError. Taking the value of a failed one is a programmer's error and throws.
template <class T>
class [[nodiscard]] DiskResult : public boost::system::result<T, DiskError> {
 public:
  using boost::system::result<T, DiskError>::result;
};

[[noreturn]] inline void throw_exception_from_error(const DiskError& error,
                                                    const boost::source_location&) {
  throw std::logic_error("value taken of a failed result: " + error.message);
}

/// "<what> <path>: <errno's words>"
DiskError disk_error(int number, std::string_view what, const std::filesystem::path& path);

}  // namespace dcount::packages
