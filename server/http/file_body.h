// Files on their way through: bodies that were spooled to disk, and files that are sent from it.
//
// Thread-safety: plain values; one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "server/http/unique_fd.h"

namespace dcount::http {

/// Removes a file when it goes out of scope.
class FileRemover {
 public:
  FileRemover() = default;
  explicit FileRemover(std::string path) : path_(std::move(path)) {}
  FileRemover(FileRemover&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  FileRemover& operator=(FileRemover&& other) noexcept;
  ~FileRemover() { remove(); }

  const std::string& path() const { return path_; }
  /// The file stays (it has been renamed, or belongs to somebody else now).
  std::string release() { return std::exchange(path_, {}); }

 private:
  void remove();
  std::string path_;
};

/// A request's body on disk. Nothing is synced, but when there is much to write the kernel makes
/// writers wait: it is the Spooler that appends.
class SpoolFile {
 public:
  /// False, and errno says why.
  [[nodiscard]] bool create(const std::string& directory);
  [[nodiscard]] bool append(std::string_view bytes);
  bool is_open() const { return static_cast<bool>(fd_); }
  const std::string& path() const { return remover_.path(); }
  /// Closes it; whoever takes it is to remove it.
  FileRemover release();

 private:
  UniqueFd fd_;
  FileRemover remover_;
};

/// A file, or a part of one, that is the body of an answer. To be filled by open, or by hand with a
/// descriptor that is open already: then the file needs no name.
struct FileBody {
  UniqueFd fd;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;  ///< still to be sent
  FileRemover remover;      ///< set when the file goes once it is sent

  /// False, and errno says why. Regular files only.
  [[nodiscard]] bool open(const std::string& path);
  /// Only these of the bytes there are. False: the file has no such part; nothing has changed.
  [[nodiscard]] bool narrow(std::uint64_t first, std::uint64_t count);
  explicit operator bool() const { return static_cast<bool>(fd); }
};

}  // namespace dcount::http
