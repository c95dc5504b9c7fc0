// Who connects: what the head of a first HTTP request tells, what is known of who says what.
//
// Thread-safety: none; the io thread's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "sim/links/socket_owner.h"

namespace dcount::sim {

inline constexpr std::size_t request_head_bytes_max = 16 << 10;

/// What a request head says of who sent it; "": nothing.
struct RequestSource {
  std::string node;       ///< X-Dcount-From
  std::string member_id;  ///< X-Server-From
  std::string peer_urls;  ///< X-PeerURLs
};

/// `bytes`: how the connection begins. Nothing as long as more could tell more; for what is not a
/// request, or has too long a head, nothing is said.
std::optional<RequestSource> source_of(std::string_view bytes);

class Sources {
 public:
  using NameOf = SocketOwners::NameOf;

  void set(const std::string& said, const std::string& name) { names_[said] = name; }
  void set_process_names(NameOf name_of) { name_of_ = std::move(name_of); }

  /// The name of who said so, or "". Learns the id of a member that tells its addresses, too.
  std::string name_of(const RequestSource& source);
  /// The name of the process that holds the other end of a loopback connection, or "". Looks
  /// through /proc: a millisecond or so, some more for a process not seen before.
  std::string name_of_owner(std::uint16_t its_port, std::uint16_t our_port);

 private:
  std::map<std::string, std::string> names_;
  NameOf name_of_;
  SocketOwners owners_;
};

}  // namespace dcount::sim
