// A loopback port that nobody else gets. It is bound, not listened on, for as long as the object
// lives: the kernel gives it to nobody who asks for any port, neither for listening nor as the near
// end of a connection, while a server of ours that asks for it by number (with SO_REUSEADDR, as all
// servers do) gets it, again and again. Until it listens, connections are refused.
//
// Thread-safety: one thread at a time for each object; any number of objects and processes.
#pragma once

#include <cstdint>
#include <filesystem>

#include "server/store/result.h"

namespace dcount::sim {

class FreePort {
 public:
  /// One that is free. Below the ephemeral ports where there is room, so that it is likely still
  /// free after it was let go of for a while.
  static Result<FreePort> any();
  /// This one. Error: somebody listens there, or is connected from there. Another holder that has
  /// let nobody listen yet is not noticed.
  static Result<FreePort> exactly(std::uint16_t number);
  /// The one whose number is in `file`, or any, and writes its number there: what comes back in a
  /// directory comes back with its ports. Error: also when `file` cannot be written.
  static Result<FreePort> kept_in(const std::filesystem::path& file);

  FreePort(FreePort&& other) noexcept;
  FreePort& operator=(FreePort&& other) noexcept;
  ~FreePort();

  std::uint16_t number() const { return number_; }

 private:
  /// When the socket says that others may have its port, too. From the start: old connections of
  /// the port that the kernel still remembers are no obstacle. Once bound: other holders are one.
  enum class Sharing { from_the_start, once_bound };
  static Result<FreePort> bind(std::uint16_t number, Sharing sharing);

  FreePort(int fd, std::uint16_t number) : fd_(fd), number_(number) {}

  int fd_;
  std::uint16_t number_;
};

}  // namespace dcount::sim
