// Reading a window of a file in bounded memory.
//
// Thread-safety: any number of threads may read the same descriptor; its position is not touched.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "server/packages/disk_result.h"

namespace dcount::packages {

inline constexpr std::size_t piece_bytes_max = 1 << 20;

/// Where `take` gets one piece after the other, in order; its error ends it and is the answer.
using TakePiece = std::function<DiskResult<void>(std::string_view piece)>;

/// Errors: the disk's; EIO when the file ends before the window does.
DiskResult<void> read_pieces(int fd, std::uint64_t offset, std::uint64_t bytes,
                             const TakePiece& take);

/// At most `bytes` into `buffer`; less only where the file ends.
DiskResult<std::size_t> read_at(int fd, std::uint64_t offset, char* buffer, std::size_t bytes);

}  // namespace dcount::packages
