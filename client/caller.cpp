#include "client/caller.h"

#include <algorithm>
#include <utility>

#include "client/decode.h"

namespace dcount::client {
namespace {

/// What a reply means for the next step.
enum class Verdict {
  done,        ///< an answer that stands
  refused,     ///< it was not applied: anyone may be asked again
  uncertain,   ///< it may have been applied: ask again with the same key
  in_flight,   ///< the same key is under way
  incomplete,  ///< a download that broke off
};

Verdict judge(const Call& call, const Reply& reply) {
  switch (reply.delivery) {
    case Delivery::not_sent:
      return Verdict::refused;
    case Delivery::lost:
      return reply.sunk_bytes > 0 ? Verdict::incomplete : Verdict::uncertain;
    case Delivery::cancelled:
      return Verdict::done;
    case Delivery::answered:
      break;
  }
  switch (reply.status) {
    case 408:
    case 429:
    case 503:
      return Verdict::refused;
    case 502:
    case 504:
      return Verdict::uncertain;
    case 409:
      if (call.mutating() && decode_problem(reply.body).code == "in_flight") {
        return Verdict::in_flight;
      }
      return Verdict::done;
    default:
      return Verdict::done;
  }
}

/// An answer of the engine's, which knows the key: it settles what earlier tries have left open.
/// One of the front's (400, 401, 413 …) was given before anybody looked.
bool settles(const Reply& reply) {
  return reply.delivery == Delivery::answered &&
         (reply.status / 100 == 2 || reply.status == 404 || reply.status == 409 ||
          reply.status == 410 || reply.status == 412);
}

bool endpoint_is_bad(Verdict verdict, const Reply& reply) {
  return reply.status != 429 && (verdict == Verdict::refused || verdict == Verdict::uncertain ||
                                 verdict == Verdict::incomplete);
}

ErrorKind kind_of(const Call& call, const Reply& reply) {
  if (reply.delivery == Delivery::cancelled) return ErrorKind::local;
  if (reply.delivery != Delivery::answered) return ErrorKind::unavailable;
  switch (reply.status) {
    case 401:
    case 403:
      return ErrorKind::not_allowed;
    case 404:
    case 410:
      return ErrorKind::not_found;
    case 409:
    case 412:
      return ErrorKind::conflict;
    case 429:
    case 507:
      return ErrorKind::quota;
    case 408:
    case 502:
    case 503:
    case 504:
      return ErrorKind::unavailable;
    case 500:
      return call.mutating() ? ErrorKind::unknown : ErrorKind::protocol;
    default:
      break;
  }
  return reply.status >= 400 ? ErrorKind::bad_request : ErrorKind::protocol;
}

}  // namespace

ClientError error_of(const Call& call, const Reply& reply, bool maybe_applied) {
  Problem problem = decode_problem(reply.body);
  ClientError error{.kind = kind_of(call, reply),
                    .status = reply.delivery == Delivery::answered ? reply.status : 0,
                    .code = std::move(problem.code),
                    .detail = std::move(problem.detail),
                    .idempotency_key = call.idempotency_key,
                    .index = problem.index,
                    .value = problem.value,
                    .version = reply.version,
                    .fault = std::move(problem.fault),
                    .rule = std::move(problem.rule)};
  if (error.detail.empty()) {
    error.detail = reply.delivery == Delivery::answered
                       ? "the server answered " + std::to_string(reply.status)
                       : reply.why;
  }
  Verdict verdict = judge(call, reply);
  // An upload that stopped on this side is never whole, and so never applied.
  bool answer_dropped = reply.delivery == Delivery::cancelled && call.upload_file.empty();
  bool open = verdict == Verdict::uncertain || verdict == Verdict::in_flight ||
              error.kind == ErrorKind::unknown || answer_dropped ||
              (maybe_applied && !settles(reply));
  if (call.mutating() && open) {
    error.certainty = Certainty::unknown;
    if (error.kind != ErrorKind::local) error.kind = ErrorKind::unknown;
  }
  return error;
}

Duration patience(const ClientOptions& options) {
  // Asking twice does no harm, for the key is the same.
  const bool alternatives = options.endpoints.size() > 1 && options.retry_time.count() > 0;
  return alternatives ? std::min(options.answer_time, options.retry_time * 2 / 5)
                      : options.answer_time;
}

Caller::Caller(ClientOptions options)
    : options_([&] {
        options.answer_time = patience(options);
        return std::move(options);
      }()),
      clock_(options_.clock ? *options_.clock : Clock::steady()),
      pool_(options_.endpoints, options_.first_endpoint),
      transport_(options_) {}

Duration Caller::pause_before_retry(const Reply& reply, std::size_t failures, TimePoint now) {
  bool overloaded = reply.delivery == Delivery::answered && reply.status == 429;
  bool in_flight = reply.delivery == Delivery::answered && reply.status == 409;
  // Somebody else may answer at once; only when nobody is left is waiting any use.
  if (!overloaded && !in_flight && pool_.any_healthy(now)) return Duration{0};
  Duration pause = jitter_.delay(failures);
  if (reply.retry_after_s) {
    auto asked_for = std::chrono::seconds(std::min<std::int64_t>(*reply.retry_after_s, 3600));
    pause += std::chrono::duration_cast<Duration>(asked_for);
  }
  return pause;
}

Result<Reply> Caller::call(const Call& call) {
  if (call.mutating() && !is_valid_key(call.idempotency_key)) {
    return ClientError{.kind = ErrorKind::bad_request,
                       .detail = "an idempotency key is 1 to 255 visible ASCII characters"};
  }
  TimePoint give_up = clock_.now() + options_.retry_time;
  bool maybe_applied = false;
  for (std::size_t failures = 0;;) {
    std::size_t index = pool_.pick(clock_.now());
    Reply reply = transport_.exchange(pool_.endpoint(index), call);
    Verdict verdict = judge(call, reply);
    TimePoint now = clock_.now();
    if (endpoint_is_bad(verdict, reply)) {
      pool_.failed(index, now);
    } else if (reply.delivery == Delivery::answered) {
      pool_.succeeded(index);
    }
    if (verdict == Verdict::done && reply.delivery == Delivery::answered &&
        reply.status / 100 == 2) {
      return reply;
    }
    // Time in which bytes went is not spent on retries; a download that goes on begins anew.
    give_up += reply.moving;
    if (call.resumes && reply.sunk_bytes > 0) {
      give_up = now + options_.retry_time;
      failures = 0;
    }
    ++failures;
    Duration pause = pause_before_retry(reply, failures, now);
    bool final = verdict == Verdict::done || (verdict == Verdict::incomplete && !call.resumes) ||
                 (verdict == Verdict::uncertain &&
                  (!call.retry_lost || (call.mutating() && !options_.keyed)));
    if (final || failures > options_.retries_max || now + pause >= give_up) {
      return error_of(call, reply, maybe_applied);
    }
    maybe_applied |= verdict == Verdict::uncertain || verdict == Verdict::in_flight;
    if (pause.count() > 0) clock_.sleep(pause);
  }
}

Reply Caller::ask_once(const Endpoint& endpoint, const Call& call) {
  return transport_.exchange(endpoint, call);
}

}  // namespace dcount::client
