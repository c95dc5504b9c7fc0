// Which process of this machine holds one end of a loopback connection: asked of the kernel's
// socket diagnostics, then of /proc. Only processes of our own user can be seen.
//
// Thread-safety: each says its own.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>

namespace dcount::sim {

/// From any thread: the socket's number in /proc/PID/fd; 0: there is no such connection any more.
std::uint32_t inode_of_connection(std::uint16_t its_port, std::uint16_t our_port);

/// Finds owners, and looks first at the processes that were somebody the last time. Thread-safety:
/// none.
class SocketOwners {
 public:
  using NameOf = std::function<std::string(const std::string& command_line)>;

  /// The name that `name_of` gives to the command line (arguments divided by NUL) of a process that
  /// holds the end at `its_port` of the connection to `our_port`, both on 127.0.0.1. "": no such
  /// process has a name.
  std::string find(std::uint16_t its_port, std::uint16_t our_port, const NameOf& name_of);

 private:
  std::set<std::string> known_;  // ids of processes
};

}  // namespace dcount::sim
