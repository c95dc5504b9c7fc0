// Unpacks the xz stream that stands in a window of a file: in bounded memory, and to its very end.
//
// One stream and nothing behind it: other readers may stop after the first, so that a second one
// would be what some see and others do not.
//
// Thread-safety: one thread at a time. The file's offset is neither used nor moved.
#pragma once

#include <lzma.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "server/packages/archive_rule.h"
#include "server/store/result.h"

namespace dcount::packages {

class XzReader {
 public:
  /// Bytes [offset, offset + bytes) of `file`, which stays the caller's. A stream whose decoder
  /// would take more than `memory_bytes_max` is bad.
  XzReader(int file, std::uint64_t offset, std::uint64_t bytes, std::uint64_t memory_bytes_max);
  XzReader(const XzReader&) = delete;
  XzReader& operator=(const XzReader&) = delete;
  ~XzReader();

  enum class Step {
    data,    ///< `data` was set, and is valid until the next call
    end,     ///< all check sums were right, and nothing is behind
    bad,     ///< see bad()
    failed,  ///< the disk or the memory: see error()
  };

  /// After anything but data it is over.
  Step read(std::string_view& data);

  const BadArchive& bad() const { return bad_; }
  const Error& error() const { return error_; }

 private:
  bool fill();
  Step begin();
  Step ended();
  Step refuse(ArchiveRule rule, std::string detail);
  Step fail(std::string message);

  int file_;
  std::uint64_t at_;    ///< of the file: what is read next
  std::uint64_t left_;  ///< bytes of the window from there
  std::uint64_t memory_bytes_max_;
  bool begun_ = false;
  lzma_ret code_ = LZMA_OK;  ///< of the last call; not ok: nothing is unpacked any more
  lzma_stream stream_ = LZMA_STREAM_INIT;
  std::vector<std::uint8_t> input_;
  std::vector<std::uint8_t> output_;
  BadArchive bad_;
  Error error_;
};

}  // namespace dcount::packages
