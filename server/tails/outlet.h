// How what a subscriber is told gets out: over a WebSocket, or as an HTTP answer that goes on.
//
// Thread-safety: none; the loop's.
#pragma once

#include <cstdint>
#include <optional>

#include "server/http/tail_stream.h"
#include "server/tails/change.h"

namespace dcount::tails {

/// Why a tail ends. The client can come again and resume.
enum class End : std::uint8_t {
  caught_up,  ///< that was all it wanted
  stopping,   ///< the server stops
  restored,   ///< a restore has begun: revisions are counted anew
};

/// How much is sent to a client that may not read: everything it has taken, and then one round.
class Room {
 public:
  bool has_room(const http::TailStream& stream) const {
    return stream.unsent_bytes() <= (in_round_ ? round_bytes_max : 0);
  }
  void begin_round(http::TailStream& stream) {
    in_round_ = true;
    stream.hold();
  }
  void end_round(http::TailStream& stream) {
    in_round_ = false;
    stream.release();
  }

 private:
  static constexpr std::size_t round_bytes_max = 32 * 1024;
  bool in_round_ = false;
};

class Outlet {
 public:
  virtual ~Outlet() = default;

  /// It can be served: what follows are changes.
  virtual void accept() = 0;
  /// It cannot, since the revision to resume from is gone, or not there yet.
  virtual void refuse(Revision oldest) = 0;

  /// Whether the client has taken all that was sent, or, within a round, there is little to take.
  /// If not, the hub is told when it has.
  virtual bool has_room() const = 0;

  /// The client does not read: the kernel takes no more.
  virtual bool is_blocked() const = 0;

  /// Between these, what is sent goes out in one piece.
  virtual void begin_round() = 0;
  virtual void end_round() = 0;

  /// `last`: of its revision, as far as this subscriber is concerned.
  virtual void send(const Change& change, bool last) = 0;

  /// There was nothing to send for a while. With a revision: nothing up to it is missing.
  virtual void heartbeat(std::optional<Revision> complete_to) = 0;

  /// As heartbeat says, when it is known.
  virtual void end(End why, std::optional<Revision> complete_to) = 0;
};

}  // namespace dcount::tails
