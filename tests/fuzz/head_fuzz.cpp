// The framer, fed with anything: four bytes that say how the rest is cut into pieces, and a stream
// of requests.
//
// What is required: pieces give the same steps as the whole; a request ends where its own head
// says, so that no byte of a body is ever read as a head; no step is made for ever.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/framer.h"
#include "tests/fuzz/require.h"

namespace {

using namespace dcount::http;

constexpr std::uint64_t body_bytes_max = 1000;
constexpr Limits limits{.head_bytes_max = 1024, .fields_max = 20};

struct Outcome {
  std::vector<std::string> requests;
  int error = 0;
  std::string code;

  bool operator==(const Outcome&) const = default;
};

std::string shown(const Request& request, const FrameHead& head) {
  std::string text = request.http.method + " " + request.http.target + " " + request.http.version;
  for (const auto& [name, value] : request.http.params) text += " ?" + name + "=" + value;
  for (const auto& [name, value] : request.http.headers) text += " " + name + ":" + value;
  return text + " '" + request.http.body + (head.keep_alive ? "' on" : "' close") +
         (head.expects_continue ? " expects" : "");
}

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lowered;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// A second reader of chunks, which is dumb. False: this is no whole chunked body.
bool unchunk(std::string_view raw, std::string& body) {
  for (;;) {
    const auto line_end = raw.find("\r\n");
    if (line_end == raw.npos) return false;
    std::uint64_t bytes = 0;
    std::from_chars(raw.data(), raw.data() + line_end, bytes, 16);
    raw.remove_prefix(line_end + 2);
    if (bytes == 0) return raw == "\r\n" || raw.ends_with("\r\n\r\n");
    if (raw.size() < bytes + 2 || raw.substr(bytes, 2) != "\r\n") return false;
    body += raw.substr(0, bytes);
    raw.remove_prefix(bytes + 2);
  }
}

/// `raw_head` and `raw_body` are what the framer has used up for either.
void require_framed(Framer& framer, std::string_view raw_head, std::string_view raw_body) {
  const auto& body = framer.request().http.body;
  const auto& head = framer.head();
  REQUIRE(raw_head.ends_with("\r\n\r\n"));
  const std::string fields = lower(raw_head);
  REQUIRE(count(fields, "\ncontent-length:") + count(fields, "\ntransfer-encoding:") <= 1);
  REQUIRE(head.chunked == (count(fields, "\ntransfer-encoding:") == 1));
  REQUIRE(head.content_length.has_value() == (count(fields, "\ncontent-length:") == 1));
  REQUIRE(body.size() <= body_bytes_max);
  if (head.chunked) {
    std::string plain;
    REQUIRE(unchunk(raw_body, plain));
    REQUIRE(plain == body);
  } else {
    REQUIRE(raw_body.size() == head.content_length.value_or(0));
    REQUIRE(raw_body == body);
  }
}

/// `sizes` are those of the pieces; behind the last one comes the rest.
Outcome frame(std::string_view stream, const std::vector<std::size_t>& sizes) {
  Framer framer(limits);
  Outcome outcome;
  std::size_t used = 0, shown_bytes = 0, begin = 0, body = 0;
  std::size_t steps = 0;
  for (std::size_t piece = 0; shown_bytes < stream.size(); ++piece) {
    const std::size_t size = piece < sizes.size() ? sizes[piece] : stream.size();
    shown_bytes = std::min(stream.size(), shown_bytes + size);
    for (bool more = true; more;) {
      REQUIRE(++steps <= 4 * stream.size() + 16);
      std::string_view view = stream.substr(used, shown_bytes - used);
      // A copy of its own, so that reading behind it is seen.
      const std::string copy(view);
      std::string_view bytes = copy;
      const auto step = framer.feed(bytes);
      used += view.size() - bytes.size();
      switch (step) {
        case Framer::Step::need_more:
          more = false;
          break;
        case Framer::Step::head:
          body = used;
          framer.limit_body(body_bytes_max);
          break;
        case Framer::Step::body:
          break;
        case Framer::Step::complete:
          require_framed(framer, stream.substr(begin, body - begin),
                         stream.substr(body, used - body));
          outcome.requests.push_back(shown(framer.request(), framer.head()));
          begin = used;
          framer.next();
          break;
        case Framer::Step::error:
          outcome.error = framer.error().status;
          outcome.code = framer.error().code;
          REQUIRE(outcome.error >= 400 && outcome.error < 600);
          // Beast sees a fault of a chunked body at once or when more is there, and which of two
          // first, as the pieces fall: it counts as a request that never ends.
          if (body > begin && framer.head().chunked) {
            return {.requests = std::move(outcome.requests), .error = 0, .code = {}};
          }
          return outcome;
      }
    }
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  std::uint32_t dice = data[0] | data[1] << 8 | data[2] << 16;
  const std::size_t size_max = 1 + data[3];
  const std::string_view stream(reinterpret_cast<const char*>(data) + 4, size - 4);
  std::vector<std::size_t> sizes;
  for (std::size_t at = 0; at < stream.size(); at += sizes.back()) {
    dice = dice * 1664525 + 1013904223;
    sizes.push_back(1 + (dice >> 16) % size_max);
  }
  REQUIRE(frame(stream, sizes) == frame(stream, {}));
  return 0;
}
