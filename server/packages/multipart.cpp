#include "server/packages/multipart.h"

#include <string.h>

#include <algorithm>
#include <vector>

#include "server/packages/header_parameters.h"

namespace dcount::packages {
namespace {

/// Between a boundary and the end of its line.
constexpr std::size_t padding_bytes_max = 128;

template <class T>
using OrFault = std::variant<T, MultipartFault, DiskError>;

/// What is behind a delimiter.
struct Delimiter {
  std::uint64_t at = 0;     ///< of the CRLF before it
  std::uint64_t after = 0;  ///< where the head of the next part begins
  bool closing = false;
};

bool is_boundary_char(char c) {
  constexpr std::string_view others = "'()+_,-./:=? ";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         others.find(c) != std::string_view::npos;
}

/// Whether the part is `data`, of its head: lines without the empty one.
std::optional<MultipartFault> fault_of_head(std::string_view head) {
  std::optional<HeaderValue> disposition;
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    const std::size_t colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos || line.front() == ' ' ||
        line.front() == '\t') {
      return MultipartFault::part_head;
    }
    const std::string name = lower_case(line.substr(0, colon));
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (name == "content-disposition") {
      if (disposition) return MultipartFault::part_head;
      disposition = parse_header_value(value);
      if (!disposition) return MultipartFault::part_head;
    } else if (name == "content-transfer-encoding") {
      const std::string encoding = lower_case(value);
      if (encoding != "binary" && encoding != "8bit" && encoding != "7bit") {
        return MultipartFault::encoded;
      }
    }
  }
  if (!disposition || disposition->value != "form-data") return MultipartFault::part_head;
  const auto part = disposition->only("name");
  if (!part) return MultipartFault::part_head;
  if (*part != "data") return MultipartFault::other_part;
  return std::nullopt;
}

class Body {
 public:
  Body(int fd, std::uint64_t bytes, const std::string& boundary, std::size_t piece_bytes)
      : fd_(fd),
        bytes_(bytes),
        dash_boundary_("--" + boundary),
        line_boundary_("\r\n" + dash_boundary_),
        // A piece overlaps the one before by what could be the beginning of a delimiter.
        buffer_(std::max({piece_bytes, 2 * line_boundary_.size(), padding_bytes_max})) {}

  OrFault<PartWindow> find_data() {
    auto begun = first_delimiter();
    if (const auto* first = std::get_if<Delimiter>(&begun)) {
      if (first->closing) return MultipartFault::no_part;
      auto head = data_head(first->after);
      if (const auto* content = std::get_if<std::uint64_t>(&head)) return window(*content);
      return failed(head);
    }
    return failed(begun);
  }

 private:
  /// The fault or disk error in it.
  template <class T>
  static OrFault<PartWindow> failed(const OrFault<T>& answer) {
    if (const auto* error = std::get_if<DiskError>(&answer)) return *error;
    return std::get<MultipartFault>(answer);
  }

  /// At most `bytes` of the body, into the buffer.
  DiskResult<std::string_view> read(std::uint64_t offset, std::size_t bytes) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, bytes_ - offset));
    auto got = read_at(fd_, offset, buffer_.data(), wanted);
    if (!got) return got.error();
    if (*got < wanted) return disk_error(EIO, "read", "a body that is shorter than it was");
    return std::string_view(buffer_.data(), wanted);
  }

  OrFault<Delimiter> first_delimiter() {
    const auto start = read(0, dash_boundary_.size());
    if (!start) return start.error();
    if (*start == dash_boundary_) return delimiter_at(0, dash_boundary_.size());
    return next_delimiter(0, MultipartFault::no_part);
  }

  /// From `offset` on; `otherwise` when there is none.
  OrFault<Delimiter> next_delimiter(std::uint64_t offset, MultipartFault otherwise) {
    while (bytes_ - offset >= line_boundary_.size()) {
      const auto piece = read(offset, buffer_.size());
      if (!piece) return piece.error();
      const void* found =
          ::memmem(piece->data(), piece->size(), line_boundary_.data(), line_boundary_.size());
      if (found != nullptr) {
        const auto at =
            offset + static_cast<std::uint64_t>(static_cast<const char*>(found) - piece->data());
        return delimiter_at(at, at + line_boundary_.size());
      }
      offset += piece->size() - (line_boundary_.size() - 1);
    }
    return otherwise;
  }

  /// Behind the boundary: "--" closes; spaces and tabs may stand before the end of the line.
  OrFault<Delimiter> delimiter_at(std::uint64_t at, std::uint64_t behind) {
    const auto line = read(behind, padding_bytes_max);
    if (!line) return line.error();
    const bool closing = line->starts_with("--");
    const std::size_t padding = closing ? 2 : 0;
    const std::size_t end = std::min(line->find_first_not_of(" \t", padding), line->size());
    const std::string_view rest = line->substr(end);
    if (closing && behind + end == bytes_) return Delimiter{at, bytes_, true};
    if (rest.starts_with("\r\n")) return Delimiter{at, behind + end + 2, closing};
    const bool cut =
        behind + line->size() == bytes_ && (rest.empty() || rest == "\r" || rest == "-");
    return cut ? MultipartFault::not_closed : MultipartFault::delimiter;
  }

  /// Where the content of the part that begins at `offset` begins, if the part is `data`.
  OrFault<std::uint64_t> data_head(std::uint64_t offset) {
    // Into a place of its own: the buffer may be smaller.
    std::string head(
        static_cast<std::size_t>(std::min<std::uint64_t>(part_head_bytes_max, bytes_ - offset)),
        '\0');
    const auto got = read_at(fd_, offset, head.data(), head.size());
    if (!got) return got.error();
    const bool all = offset + head.size() == bytes_;
    const std::size_t end = head.find("\r\n\r\n");
    if (end == std::string::npos) {
      return all ? MultipartFault::not_closed : MultipartFault::part_head;
    }
    head.resize(end + 2);
    if (head.starts_with(dash_boundary_) || head.find(line_boundary_) != std::string::npos) {
      return MultipartFault::part_head;
    }
    if (const auto fault = fault_of_head(head)) return *fault;
    return offset + end + 4;
  }

  OrFault<PartWindow> window(std::uint64_t content) {
    // The head's last CRLF may be that of the delimiter, of a part that is empty.
    auto ended = next_delimiter(content - 2, MultipartFault::not_closed);
    const auto* end = std::get_if<Delimiter>(&ended);
    if (end == nullptr) return failed(ended);
    if (end->closing) return PartWindow{content, std::max(end->at, content) - content};
    const auto another = data_head(end->after);
    if (std::holds_alternative<std::uint64_t>(another)) return MultipartFault::second_data;
    return failed(another);
  }

  const int fd_;
  const std::uint64_t bytes_;
  const std::string dash_boundary_;
  const std::string line_boundary_;
  std::vector<char> buffer_;
};

}  // namespace

std::string_view to_string(MultipartFault fault) {
  switch (fault) {
    case MultipartFault::not_form_data:
      return "the Content-Type is not multipart/form-data";
    case MultipartFault::boundary:
      return "the Content-Type must name one boundary of 1 to 70 characters";
    case MultipartFault::no_part:
      return "the body has no part that begins with the boundary of its Content-Type";
    case MultipartFault::part_head:
      return "a part must have a head of at most 8 KiB with one Content-Disposition: form-data; "
             "name=\"data\"";
    case MultipartFault::encoded:
      return "the part must not have a Content-Transfer-Encoding";
    case MultipartFault::other_part:
      return "only one part is taken, named \"data\"";
    case MultipartFault::second_data:
      return "there are two parts named \"data\"";
    case MultipartFault::delimiter:
      return "the content has the boundary in it, or its delimiter is not the whole line";
    case MultipartFault::not_closed:
      return "the closing delimiter is missing: the body was cut short";
  }
  return "";
}

bool is_multipart(std::string_view content_type) {
  return lower_case(trimmed(content_type)).starts_with("multipart/");
}

std::variant<std::string, MultipartFault> multipart_boundary(std::string_view content_type) {
  const auto type = parse_header_value(trimmed(content_type));
  if (!is_multipart(content_type)) return MultipartFault::not_form_data;
  if (!type) return MultipartFault::boundary;
  if (type->value != "multipart/form-data") return MultipartFault::not_form_data;
  auto boundary = type->only("boundary");
  if (!boundary || boundary->empty() || boundary->size() > 70 || boundary->back() == ' ' ||
      !std::ranges::all_of(*boundary, is_boundary_char)) {
    return MultipartFault::boundary;
  }
  return *std::move(boundary);
}

std::variant<PartWindow, MultipartFault, DiskError> find_data_part(int fd, std::uint64_t body_bytes,
                                                                   std::string_view content_type,
                                                                   std::size_t piece_bytes) {
  auto boundary = multipart_boundary(content_type);
  if (const auto* fault = std::get_if<MultipartFault>(&boundary)) return *fault;
  return Body(fd, body_bytes, std::get<std::string>(boundary), piece_bytes).find_data();
}

}  // namespace dcount::packages
