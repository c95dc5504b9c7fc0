// A GET whose answer may never end: every JSON object in it goes to a callback as it comes. For
// tails in ndjson and for lockstep feeds, of any server: finite answers, endless ones, records with
// or without newline between them, heartbeats.
//
// Thread-safety: one thread runs it; `stop` from any thread and from signal handlers.
//
//   LiveStream stream;
//   Backoff backoff;
//   while (true) {
//     auto result = stream.run(request, [&](std::string_view record) { …; return true; });
//     if (result.end == StreamEnd::stopped || result.end == StreamEnd::refused) break;
//     if (result.records > 0) backoff.reset();
//     wait(backoff.next());
//   }
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/clock.h"
#include "client/endpoint.h"
#include "client/random.h"

namespace dcount::client {

inline constexpr std::size_t redirects_max = 5;

struct LiveRequest {
  Endpoint endpoint;
  std::string target = "/";  ///< encoded path and query
  std::string accept;        ///< the Accept header; empty: none
  std::string api_key;       ///< sent as a bearer token; empty: none
  std::string user;          ///< with the password: Basic, instead of a bearer token
  std::string password;
  std::vector<std::pair<std::string, std::string>> headers;  ///< more of them
  Duration connect_time{1'500};
  /// Without a byte for so long it counts as broken: servers send a heartbeat every 15 s.
  Duration silence_time{40'000};
};

enum class StreamEnd {
  ended,    ///< by the server, in good order: the last chunk, or all of the content-length
  broken,   ///< no connection, cut off, or silent
  garbled,  ///< what came is no stream of JSON objects: trying again will hardly help
  refused,  ///< a status other than 200, see StreamResult
  stopped,  ///< by stop() or the callback
};

struct StreamResult {
  StreamEnd end = StreamEnd::broken;
  int status = 0;             ///< of the last answer; 0: none came
  std::string body;           ///< refused: what the server said, at most refusal_bytes_max
  std::uint64_t records = 0;  ///< that the callback took
  std::string why;            ///< for people, unless it ended in good order
};

inline constexpr std::size_t refusal_bytes_max = std::size_t{64} << 10;

class LiveStream {
 public:
  /// Takes a record, a whole JSON object as it was sent (balanced braces; whether it is valid JSON
  /// is for the taker to find out). Valid during the call only. False stops the stream.
  using Taker = std::function<bool(std::string_view record)>;
  /// Told once the server has answered 200, before the first record.
  using Opened = std::function<void()>;

  LiveStream();
  LiveStream(const LiveStream&) = delete;
  LiveStream& operator=(const LiveStream&) = delete;
  ~LiveStream();

  /// Asks, and hands out records until the stream ends, for whatever reason: one connection, no
  /// retry. Redirects (301, 302, 303, 307, 308) are followed, redirects_max of them; credentials go
  /// to the request's own endpoint only. Callbacks come on this thread. May be called again, until
  /// it has been stopped for good.
  StreamResult run(const LiveRequest& request, const Taker& taker, const Opened& opened = {});

  /// Ends the run under way, and all later ones at once: StreamEnd::stopped. May be called any
  /// number of times; calls only what a signal handler may.
  void stop();
  bool stopped() const { return stopped_; }

 private:
  struct Answer;

  void connecting(int socket);
  void interrupt() const;
  void disconnected();
  Answer ask(const LiveRequest& request, const Taker& taker, const Opened& opened);

  std::atomic<bool> stopped_{false};
  /// Always open and always of this number, so that `stop` can never hit somebody else's: the
  /// connection's socket while there is one, else a place-holder.
  int socket_ = -1;
  int placeholder_ = -1;
};

inline constexpr Duration backoff_min{100};
inline constexpr Duration backoff_max{5'000};

/// How long to wait before connecting again: doubled each time from backoff_min to backoff_max, and
/// jittered (between half and all of it), so that many clients do not come back together.
///
/// Thread-safety: none.
class Backoff {
 public:
  Backoff();
  explicit Backoff(std::uint64_t seed);
  Duration next();
  /// After a record has come.
  void reset() { failures_ = 0; }

 private:
  std::minstd_rand random_;
  std::size_t failures_ = 0;
};

}  // namespace dcount::client
