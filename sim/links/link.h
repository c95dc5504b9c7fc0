// One link of a cluster: a TCP proxy that can be hurt and healed. What `from` opens to `to` goes
// through it; its bytes flow forward (from → to) and backward (to → from).
//
// Faults act on bytes on their way out: what arrives is read into a window of 256 KiB for each
// connection and direction, and goes no further; then the sender feels it, since nothing more is
// read. Sockets stay as they are, so that a healed stream goes on without a byte lost or doubled.
// The end of a stream and its reset are held back with its bytes. New connections under a fault are
// accepted, as a kernel's backlog would.
//
// A process that is down looks different through a link than without: its connections are accepted
// and reset, where the kernel would have refused them.
//
// Thread-safety: every method from any thread. A Link lives as long as the Links that made it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/store/result.h"

namespace dcount::sim {

enum class Way { forward, backward, both };

enum class LinkFault { cut, latency, bandwidth, reset, refuse, hang };
std::string_view to_string(LinkFault fault);  ///< "cut", …

/// What becomes of connections that a cut or a hang held, when it is healed.
enum class OnHeal { resume, reset };

/// Which connections hang. All: those that are open, and new ones.
enum class Hang { open_ones, new_ones, all };

/// Since the link was made, or since a fault began. Probes of our own are not counted.
struct FlowCounters {
  std::uint64_t forwarded_bytes = 0;
  std::uint64_t held_bytes = 0;     ///< now, in the window, whether by a cut or by a delay
  std::uint64_t stopped_bytes = 0;  ///< arrived under a cut or a hang
  std::uint64_t delayed_bytes = 0;  ///< arrived under a latency
  std::uint64_t limited_bytes = 0;  ///< had to wait for a bandwidth
};

struct LinkCounters {
  FlowCounters forward;
  FlowCounters backward;
  std::uint64_t connections = 0;  ///< taken
  std::uint64_t open = 0;         ///< now
  std::uint64_t refused = 0;      ///< taken only to be reset; refusals by the kernel do not count
  std::uint64_t reset = 0;        ///< by the faults reset, refuse, and OnHeal::reset
};

struct LinkState;
struct IoLoop;
class Front;

class Link {
 public:
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link();

  const std::string& from() const { return from_; }
  const std::string& to() const { return to_; }
  std::string name() const { return from_ + "→" + to_; }
  /// "from→to" or "to→from", as the bytes flow.
  std::string name(Way way) const;
  /// Where it listens, on 127.0.0.1. Links to the same shared front have the same.
  std::uint16_t port() const;
  /// Where new connections go from now on, for all that share the listener: "127.0.0.1:2379", IPv4.
  /// Open ones stay; those that waited for a target go on.
  Result<void> set_target(const std::string& address);

  /// No byte leaves this way any more, on connections that are open and on new ones.
  void cut(Way way = Way::both, OnHeal on_heal = OnHeal::resume);
  /// Every byte leaves so much later than it arrived, give or take up to `jitter` (uniform, for
  /// each piece that was read). Their order stays. A window a round: 256 KiB per latency at most.
  void delay(Way way, std::chrono::microseconds latency, std::chrono::microseconds jitter = {});
  /// At most so many bytes in a second this way, for all connections of the link together; at
  /// least 1. After a pause 40 ms' worth leaves at once.
  void limit(Way way, std::uint64_t bytes_per_second);
  /// RST to both ends of all open connections, now. How many there were.
  std::size_t reset();
  /// New connections are refused by the kernel, or, where the front is shared, reset once it is
  /// known that they are this link's. Open ones go on.
  void refuse();
  /// Connections are taken, and neither read nor answered.
  void hang(Hang which = Hang::all, OnHeal on_heal = OnHeal::resume);
  /// Everything as if it had never been hurt. What was held back goes out at once.
  void heal();
  /// Ends this kind of fault alone; a reset has no end.
  void heal(LinkFault fault, Way way = Way::both);

  /// Lock-free; each number for itself is exact.
  LinkCounters counters() const;

  /// Shows that the fault is in effect now, in words: by bytes of the link's own traffic that were
  /// held back since it began, or else by a probe: a connection of our own through this very link
  /// to an echo behind it, in place of its target, which notices nothing. Takes half a second at
  /// most, mostly much less. Error: no such fault was set, or it shows no effect, in words too.
  Result<std::string> confirm(LinkFault fault) const;
  /// Shows that the link carries bytes both ways: the round trip of a probe. It returns as soon as
  /// that is there; on a busy machine, with a backlog before it, that may take a while.
  Result<std::chrono::microseconds> round_trip(
      std::chrono::milliseconds at_most = std::chrono::seconds(10)) const;

 private:
  friend class Front;
  friend class Links;
  Link(Front& front, std::string from, std::string to);
  /// Runs it on the io thread, then lets go on whatever can.
  template <class F>
  auto change(F f);
  void begin(LinkFault fault, Way way, std::size_t hit = 0);
  void end(LinkFault fault, Way way);

  Front& front_;
  const std::string from_;
  const std::string to_;
  const std::unique_ptr<LinkState> state_;
};

}  // namespace dcount::sim
