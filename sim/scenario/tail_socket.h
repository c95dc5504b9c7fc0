// A TCP connection of a subscriber: read by one thread, which others can wake, and whose unread
// bytes others can count.
//
// Thread-safety: one thread; wake and unread from any.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

#include "client/endpoint.h"
#include "server/store/result.h"

namespace dcount::sim {

class TailSocket {
 public:
  TailSocket();
  TailSocket(const TailSocket&) = delete;
  TailSocket& operator=(const TailSocket&) = delete;
  ~TailSocket();

  /// A connection in place of the one before. `receive_buffer_bytes`: what the kernel may keep for
  /// us, 0: as much as it likes. Error: nobody is there, or not in time.
  Result<void> connect(const client::Endpoint& endpoint, int receive_buffer_bytes,
                       std::chrono::milliseconds at_most);
  /// All of it, as long as it is little. Error: it cannot be sent.
  Result<void> send(std::string_view bytes);

  enum class Got {
    bytes,
    nothing,  ///< the time is over, or it was woken
    end,      ///< the connection's, in whatever order
  };
  /// Appends what has come, at once or within the time.
  Got read(std::string& into, std::chrono::milliseconds at_most);
  void close();

  /// The read under way, or the next one, ends.
  void wake();
  /// Bytes that have come and were not read.
  std::size_t unread() const;

 private:
  int wake_ = -1;             // an eventfd
  mutable std::mutex mutex_;  // guards socket_ against being closed while others look at it
  int socket_ = -1;
};

}  // namespace dcount::sim
