// A call with its retries: from endpoint to endpoint, until there is an answer or patience is over.
//
// Thread-safety: none; it belongs to one Client.
#pragma once

#include "client/client.h"
#include "client/endpoint_pool.h"
#include "client/random.h"
#include "client/transport.h"

namespace dcount::client {

class Caller {
 public:
  explicit Caller(ClientOptions options);
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  /// A reply with a 2xx status, or why there is none.
  [[nodiscard]] Result<Reply> call(const Call& call);
  /// One try at one endpoint.
  Reply ask_once(const Endpoint& endpoint, const Call& call);

  const ClientOptions& options() const { return options_; }

 private:
  Duration pause_before_retry(const Reply& reply, std::size_t failures, TimePoint now);

  ClientOptions options_;
  Clock& clock_;
  EndpointPool pool_;
  Transport transport_;
  Jitter jitter_;
};

/// How long an endpoint may take to answer before another one is asked.
Duration patience(const ClientOptions& options);

/// What a caller learns from a reply that is no success. `maybe_applied`: an earlier try of the
/// same call may have happened.
ClientError error_of(const Call& call, const Reply& reply, bool maybe_applied);

}  // namespace dcount::client
