// An HTTP client that sends exactly the bytes it is told to: for tests of what a proper client
// would never do.
//
// Thread-safety: one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace dcount::test {

struct RawAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case; of repeated ones the last
  std::string body;                            ///< de-chunked is nothing here: Content-Length only

  std::string header(const std::string& name) const;
};

class RawHttp {
 public:
  /// Connects to 127.0.0.1, or throws std::system_error. `receive_bytes` sets a small SO_RCVBUF.
  explicit RawHttp(std::uint16_t port, int receive_bytes = 0);
  RawHttp(RawHttp&&) noexcept;
  ~RawHttp();

  /// All of it. False: the other side has closed.
  bool send(std::string_view bytes);
  /// send and read_answer.
  std::optional<RawAnswer> call(std::string_view bytes);

  /// The next answer; nothing when the server closes or stays silent until `patience` is over.
  /// `head`: it answers a HEAD request and has no body.
  std::optional<RawAnswer> read_answer(bool head = false);
  /// Exactly as many bytes, fewer at the end.
  std::string read_bytes(std::size_t bytes);
  /// True when the server closes (and has nothing more to say) within `patience`.
  bool closes();
  /// True when nothing comes for `silence`: for what must not be answered.
  bool stays_silent(std::chrono::milliseconds silence);

  /// No more requests; answers can still be read.
  void shutdown_write();

  std::chrono::milliseconds patience{10'000};

 private:
  bool receive();  ///< false: closed, or patience over

  int fd_ = -1;
  std::string received_;
};

/// "GET path" with the fields a proper request needs.
std::string get(const std::string& path, const std::string& more_fields = "");
std::string post(const std::string& path, const std::string& body,
                 const std::string& more_fields = "");

}  // namespace dcount::test
