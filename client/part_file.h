// A file that becomes another one once it is whole, and from which an interrupted download goes on.
// Private to client/.
//
// Thread-safety: one thread. Processes exclude each other: the file is locked.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "client/content_digest.h"
#include "client/error.h"

namespace dcount::client {

class PartFile {
 public:
  /// Opens `<file>.<name>.part`, or makes it, and reads what is in it. Error: local; another
  /// process that is at it included.
  [[nodiscard]] static Result<std::unique_ptr<PartFile>> open(const std::string& file,
                                                              std::string_view name);
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  /// Removes it, unless it was kept, or left while there was something in it.
  ~PartFile();

  std::uint64_t bytes() const { return bytes_; }
  /// Of all that was in it when it was opened; once.
  ContentDigest take_digest() { return std::move(digest_); }

  [[nodiscard]] bool write(std::string_view bytes);
  /// Forgets what is in it.
  [[nodiscard]] bool empty();
  /// Synced and under its name, in place of what was there.
  [[nodiscard]] bool keep();
  /// It stays, for the next download.
  void leave() { left_ = true; }

  /// What errno says about it, as an error.
  ClientError cannot(const char* what) const;

 private:
  PartFile(std::string file, std::string part, int fd);

  std::string file_;
  std::string part_;
  int fd_;
  std::uint64_t bytes_ = 0;
  ContentDigest digest_;
  bool kept_ = false;
  bool left_ = false;
};

}  // namespace dcount::client
