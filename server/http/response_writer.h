// httplib::Response -> the bytes on the wire.
//
// Thread-safety: functions are pure; a DateLine is one thread's.
#pragma once

#include <httplib.h>

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace dcount::http {

/// "Not Found"; "Unknown" for a status nobody has registered.
std::string_view reason_phrase(int status);

/// Such an answer consists of its head, whatever the handler has put into it.
inline bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

/// "Date: …\r\n", made anew once per second.
class DateLine {
 public:
  void refresh(std::time_t now);
  std::string_view text() const { return text_; }

 private:
  std::time_t second_ = -1;
  std::string text_;
};

/// What the connection adds to a handler's response.
struct AnswerFrame {
  std::string_view request_id;
  std::string_view date_line;
  std::string_view more_fields;  ///< whole lines for every answer of this server
  bool close = false;            ///< this is the last answer of the connection
  bool http10 = false;           ///< such a client must be told that the connection stays open
  bool head = false;             ///< answers HEAD: everything but the body
  std::optional<std::uint64_t> body_bytes;  ///< of a body that is sent separately, from a file
};

/// Appends status line, fields and body. Fields that are the connection's business (Connection,
/// Content-Length, Date, …) are not taken from the response, nor is one with a CR, LF or NUL in it.
void append_response(std::string& out, const httplib::Response& response, const AnswerFrame& frame);

}  // namespace dcount::http
