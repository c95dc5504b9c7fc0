// A tail of counters as one ordered sequence of records, whatever becomes of connections and
// servers: it goes on at another server where it stopped, tells nothing twice, and begins again
// with the current values when nobody knows any more what has changed since.
//
// Thread-safety: one thread constructs, reads and destroys it; `stop` from any thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

#include "cli/tail_record.h"
#include "client/clock.h"
#include "client/endpoint.h"
#include "client/endpoint_pool.h"
#include "client/error.h"
#include "client/live_stream.h"

namespace dcount::cli {

/// Of lines that wait for next(); then the connection is not read.
inline constexpr std::size_t tail_queue_bytes_max = std::size_t{1} << 20;
/// Of what is remembered of a revision that is not complete; beyond it a lost connection may repeat
/// a record.
inline constexpr std::size_t tail_seen_max = 100'000;

struct TailFeedOptions {
  std::vector<client::Endpoint> endpoints;  ///< at least one
  std::string api_key;                      ///< empty: none
  std::vector<std::string> what;            ///< "views/home", "views/", "home"; empty: everything
  /// Only what changed after this revision; nothing: the current values first.
  std::optional<std::int64_t> since;
  /// When changes since then are not known any more: true ends with not_found, false begins again.
  bool since_binds = false;
  bool follow = false;                  ///< false: ends with what is there
  client::Duration retry_time{10'000};  ///< until the first record, and without `follow` always
};

/// What became of the feed itself.
struct TailNews {
  enum class Kind {
    connected,  ///< text: to whom
    lost,       ///< text: why; it goes on trying
    restarted,  ///< text: why; what was told before is void, all current values follow
    ended,      ///< the last event; with `error` unless all has been told
  };
  Kind kind = Kind::ended;
  std::string text;
  std::optional<client::ClientError> error;
};

using TailEvent = std::variant<TailRecord, TailNews>;

class TailFeed {
 public:
  /// Begins at once, on a thread of its own.
  explicit TailFeed(TailFeedOptions options);
  TailFeed(const TailFeed&) = delete;
  TailFeed& operator=(const TailFeed&) = delete;
  ~TailFeed();

  /// All events there are, in their order; waits for the first one at most `time`.
  std::deque<TailEvent> next(client::Duration time);

  /// No more events than those that are there; `ended` does not come then.
  void stop();

 private:
  enum class After { again, over };

  void run();
  After ask_once();
  client::LiveRequest request(const client::Endpoint& endpoint) const;
  bool take(std::string_view line);
  bool is_repeat(const TailRecord& record);
  bool push(TailEvent event, std::size_t bytes = 0);
  After judge(const client::StreamResult& result);
  After refused(const client::StreamResult& result);
  After restart(client::ClientError error);
  After failed(const client::StreamResult& result, client::ClientError error);
  After over(std::optional<client::ClientError> error);
  After pause(client::Duration time);

  const TailFeedOptions options_;

  // The thread's own.
  client::EndpointPool pool_;
  client::Backoff backoff_;
  std::size_t server_ = 0;                ///< that is being asked
  std::optional<std::int64_t> position_;  ///< all up to this revision was told
  std::int64_t resumed_from_ = -1;        ///< what this connection began after
  /// What was told of revisions after position_: a new connection tells it again.
  std::unordered_map<std::string, std::int64_t> seen_;
  bool told_ = false;      ///< a record came, ever
  bool nonsense_ = false;  ///< one came that is none
  bool outage_ = false;    ///< `lost` was told and no connection since
  client::TimePoint asked_at_{};
  std::optional<client::TimePoint> opened_at_;  ///< this connection
  std::optional<client::TimePoint> failing_since_;

  client::LiveStream stream_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<TailEvent> queue_;   // guarded by mutex_
  std::size_t queued_bytes_ = 0;  // guarded by mutex_
  bool stopping_ = false;         // guarded by mutex_

  std::thread thread_;  ///< the last: it uses all the others
};

/// Path and query for GET; `since` nothing: with a snapshot.
std::string tail_target(const std::vector<std::string>& what, std::optional<std::int64_t> since,
                        bool follow);

}  // namespace dcount::cli
