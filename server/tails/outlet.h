// How what a subscriber is told gets out: over a WebSocket, or as an HTTP answer that goes on.
//
// Thread-safety: none; the loop's.
#pragma once

#include <cstdint>
#include <optional>

#include "server/tails/change.h"

namespace dcount::tails {

/// Why a tail ends. The client can come again and resume.
enum class End : std::uint8_t {
  caught_up,  ///< that was all it wanted
  stopping,   ///< the server stops
  restored,   ///< a restore has begun: revisions are counted anew
};

class Outlet {
 public:
  virtual ~Outlet() = default;

  /// It can be served: what follows are changes.
  virtual void accept() = 0;
  /// It cannot, since the revision to resume from is gone, or not there yet.
  virtual void refuse(Revision oldest) = 0;

  /// Whether the client has taken all that was sent. If not, the hub is told when it has.
  virtual bool has_room() const = 0;

  /// `last`: of its revision, as far as this subscriber is concerned.
  virtual void send(const Change& change, bool last) = 0;

  /// There was nothing to send for a while. With a revision: nothing up to it is missing.
  virtual void heartbeat(std::optional<Revision> complete_to) = 0;

  /// As heartbeat says, when it is known.
  virtual void end(End why, std::optional<Revision> complete_to) = 0;
};

}  // namespace dcount::tails
