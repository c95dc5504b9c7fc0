// What a download is answered with: 200, 206, 304 or 416, and which part of the file goes with it.
//
// Thread-safety: pure functions.
#pragma once

#include <httplib.h>

#include <cstdint>
#include <string_view>

namespace dcount::http {

struct FileAnswer {
  /// Status, ETag, Accept-Ranges, Content-Range; what else the answer says (Content-Type …) is for
  /// the caller to add when `sends_file`. 416 is a problem, with its body.
  httplib::Response response;
  bool sends_file = false;  ///< 200 and 206: with the file as the body, from `first` on
  std::uint64_t first = 0;
  std::uint64_t bytes = 0;
};

/// Of a file of `size` bytes with this ETag, a strong one with its quotes: the same for the same
/// bytes, for ever. Looks at If-None-Match, and for GET at Range and If-Range; the method is GET or
/// HEAD (to which the connection answers what GET would be, without the body).
FileAnswer answer_with_file(const httplib::Request& request, std::string_view etag,
                            std::uint64_t size);

/// Whether a list of entity tags, or "*", names `etag` (weak comparison, RFC 9110 8.8.3.2).
/// Junk names nothing.
bool names_etag(std::string_view list, std::string_view etag);

}  // namespace dcount::http
