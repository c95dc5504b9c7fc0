// Where the archive is in a multipart/form-data body that was spooled to a file (RFC 7578, 2046).
//
// We take one part, named `data`, and nothing beside it. Nothing is copied: the answer is a window
// of the file. The body is read in pieces of bounded size, once.
//
// Thread-safety: pure functions but for reading the file; its position is not touched.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "server/packages/disk_result.h"
#include "server/packages/read_pieces.h"

namespace dcount::packages {

enum class MultipartFault : std::uint8_t {
  not_form_data,  ///< the Content-Type is not multipart/form-data
  boundary,       ///< it names no boundary, two, or one that is none
  no_part,        ///< the body has no delimiter, or none that begins a part
  part_head,      ///< the head of a part is too long, or not what a head is
  encoded,        ///< Content-Transfer-Encoding: base64 and the like
  other_part,     ///< a part that is not `data`
  second_data,    //
  delimiter,      ///< what stands behind a delimiter is neither "--" nor the end of a line
  not_closed,     ///< no closing delimiter: the body is cut short
};

/// For the person who gets the 400.
std::string_view to_string(MultipartFault fault);

struct PartWindow {
  std::uint64_t offset = 0;  ///< in the file
  std::uint64_t bytes = 0;

  bool operator==(const PartWindow&) const = default;
};

inline constexpr std::size_t part_head_bytes_max = 8 * 1024;

/// Whether to call find_data_part at all: the media type begins with "multipart/".
bool is_multipart(std::string_view content_type);

/// The boundary in a Content-Type, or why there is none.
std::variant<std::string, MultipartFault> multipart_boundary(std::string_view content_type);

/// The content of the part `data` in the first `body_bytes` of `fd`. A DiskError is our fault
/// (500), a MultipartFault the client's (400). `piece_bytes` is what is read at once.
std::variant<PartWindow, MultipartFault, DiskError> find_data_part(
    int fd, std::uint64_t body_bytes, std::string_view content_type,
    std::size_t piece_bytes = piece_bytes_max);

}  // namespace dcount::packages
