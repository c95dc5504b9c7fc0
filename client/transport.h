// One request to one endpoint, over a connection that is kept: where cpp-httplib is used, and the
// only place.
//
// Thread-safety: none; it belongs to one Client.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/client.h"

namespace dcount::client {

/// Answers are lists, batches and problems; a longer one is not dcount's. Downloads go to a Sink.
inline constexpr std::size_t answer_bytes_max = std::size_t{32} << 20;

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Reply;

struct Call {
  std::string method;
  std::string target;  ///< encoded path and query
  std::string body;
  std::string content_type;     ///< empty: no body
  std::string idempotency_key;  ///< empty: a read
  Sink sink;                    ///< set: takes the body of a 200 or 206
  std::string upload_file;      ///< set: the body is this file
  Watcher upload_watcher;
  bool retry_lost = true;  ///< whether a lost answer may be tried again
  /// Asked before each try for what it sends beside the usual.
  std::function<Headers()> headers;
  /// With a sink: told of the head before the first piece; false stops it.
  std::function<bool(const Reply& head)> on_head;
  /// With a sink: a download that broke off is asked for again, `headers` say from where on.
  bool resumes = false;
  std::optional<Duration> answer_time;  ///< instead of the options'

  bool mutating() const { return !idempotency_key.empty(); }
};

enum class Delivery {
  answered,
  not_sent,   ///< no connection: nothing has happened
  lost,       ///< sent, or half of it; no answer came
  cancelled,  ///< by the sink, the watcher, or because an answer was too long
};

struct Reply {
  Delivery delivery = Delivery::not_sent;
  int status = 0;
  std::string body;
  std::string location;
  bool replayed = false;
  std::optional<std::int64_t> retry_after_s;
  std::int64_t version = 0;                 ///< the ETag, when it is a number
  std::int64_t wraps = 0;                   ///< Sequence-Wraps
  std::optional<std::int64_t> items_added;  ///< Items-Added
  std::string etag;
  std::string content_range;
  std::optional<std::int64_t> content_length;
  std::uint64_t sunk_bytes = 0;  ///< what the sink has taken
  Duration moving{0};            ///< from the beginning to the last byte of an upload that went
  std::string why;               ///< for people, when there was no answer
};

class Transport {
 public:
  explicit Transport(const ClientOptions& options);
  ~Transport();

  Reply exchange(const Endpoint& endpoint, const Call& call);

 private:
  struct Connection;
  Connection& connection(const Endpoint& endpoint);

  const ClientOptions& options_;
  std::vector<std::unique_ptr<Connection>> connections_;  ///< one for each endpoint used
};

}  // namespace dcount::client
