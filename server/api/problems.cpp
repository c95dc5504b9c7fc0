#include "server/api/problems.h"

#include <stdexcept>

#include "server/api/conditions.h"
#include "server/http/problem.h"

namespace dcount::api {
namespace {

using core::Code;
using http::Retryable;

struct Row {
  Code code;
  int status;
  Retryable retryable;
  const char* detail;
};

constexpr Row rows[] = {
    {Code::not_found, 404, Retryable::no, "there is no "},
    {Code::bound_exceeded, 409, Retryable::no, "the result would leave the bounds: "},
    {Code::overflow, 409, Retryable::no, "the result does not fit 64 bits: "},
    {Code::precondition_failed, 412, Retryable::no,
     "its version or existence is not as demanded: "},
    {Code::key_reused, 422, Retryable::no,
     "this Idempotency-Key was used before, for another request; now: "},
    {Code::not_empty, 409, Retryable::no,
     "the store has records; ?force=true replaces them all; refused: "},
    {Code::exhausted, 409, Retryable::no,
     "fewer numbers are left than were asked for, none was taken: "},
    {Code::definition_differs, 409, Retryable::no,
     "there is a sequence of this name with another definition: "},
    {Code::fixed_sequence, 409, Retryable::no,
     "forward and reverse are fixed, they cannot be defined or deleted: "},
    {Code::not_gapless, 409, Retryable::no,
     "only numbers of gapless sequences can be reserved, this one is not: "},
    {Code::confirmed, 409, Retryable::no, "the reservation was confirmed, its number is used: "},
    {Code::released, 409, Retryable::no,
     "the reservation was released, its number is free again: "},
    {Code::expired, 410, Retryable::no, "the reservation has expired, its number is free again: "},
    {Code::forbidden, 403, Retryable::no, "this key may not do that: "},
    {Code::quota_exceeded, 507, Retryable::no,
     "the key's packages would be more, or longer, than its quota: "},
    {Code::in_flight, 409, Retryable::same_key,
     "a request with this Idempotency-Key is being worked on: "},
    {Code::unavailable, 503, Retryable::yes, "not applied, the server is busy or cannot write: "},
    {Code::too_large, 413, Retryable::no,
     "it does not fit one transaction of this cluster's etcd, whose --max-txn-ops or "
     "--max-request-bytes would have to be greater: "},
    {Code::out_of_space, 507, Retryable::yes,
     "not applied, etcd has reached its quota (--quota-backend-bytes) and refuses writes until it "
     "is compacted, defragmented and its NOSPACE alarm disarmed: "},
    {Code::unknown, 504, Retryable::same_key, "it is not known yet whether this was applied: "},
};

const Row& row_of(Code code) {
  for (const Row& row : rows) {
    if (row.code == code) return row;
  }
  throw std::logic_error("no problem");  // ok and created are none
}

/// `more` is a JSON object whose members join the problem's.
httplib::Response with_members(httplib::Response problem, const std::string& more) {
  problem.body.back() = ',';
  problem.body.append(more, 1);
  return problem;
}

std::string where_it_stands(const core::CounterOutcome& counter, Ints ints) {
  JsonObject members(ints);
  members.add("value", counter.n);
  if (counter.bounds.min) members.add("min", *counter.bounds.min);
  if (counter.bounds.max) members.add("max", *counter.bounds.max);
  return members.add("applied", 0).take();
}

std::string detail_for(const Row& row, const char* kind, const std::string& subject) {
  std::string detail = row.detail;
  if (row.code == Code::not_found) (detail += kind) += ": ";
  return detail += subject;
}

/// Of the record that was asked for; 0: none.
std::int64_t version_of(const core::Outcome& outcome) {
  return std::visit(
      [](const auto& value) -> std::int64_t {
        if constexpr (requires { value.version; }) return value.version;
        return 0;
      },
      outcome.value);
}

/// What the problem says beyond its code, or "".
std::string members_of(const core::Outcome& outcome, Ints ints) {
  if (outcome.code == Code::bound_exceeded || outcome.code == Code::overflow) {
    const auto* counter = std::get_if<core::CounterOutcome>(&outcome.value);
    return counter == nullptr ? "" : where_it_stands(*counter, ints);
  }
  const bool closed = outcome.code == Code::confirmed || outcome.code == Code::released ||
                      outcome.code == Code::expired;
  const auto* reservation = std::get_if<core::ReservationOutcome>(&outcome.value);
  if (reservation == nullptr || !closed) return "";
  return JsonObject(ints)
      .add("number", reservation->number)
      .add_text("token", reservation->token)
      .take();
}

}  // namespace

httplib::Response problem_for(const core::Outcome& outcome, const Answer& answer) {
  const Row& row = row_of(outcome.code);
  auto response = http::problem(row.status, core::to_string(row.code),
                                detail_for(row, answer.kind, answer.subject), row.retryable);
  const std::int64_t version = version_of(outcome);
  if (version > 0 && row.code != Code::not_found) response.set_header("ETag", etag(version));
  const std::string members = members_of(outcome, answer.ints);
  return members.empty() ? response : with_members(std::move(response), members);
}

httplib::Response problem_for_batch(const core::BatchOutcome& outcome, Ints ints) {
  const core::CounterOutcome& refused = outcome.results.front();
  const Row& row = row_of(refused.code);
  const std::string index = std::to_string(outcome.refused_index);
  auto response =
      with_members(http::problem(409, core::to_string(row.code),
                                 detail_for(row, "counter", "op " + index), row.retryable),
                   "{\"index\":" + index + "}");
  if (row.code == Code::bound_exceeded || row.code == Code::overflow) {
    return with_members(std::move(response), where_it_stands(refused, ints));
  }
  return response;
}

httplib::Response problem_for(const BadRequest& bad) {
  auto response = http::problem(bad.status, bad.code, bad.what(),
                                bad.status == 503 ? http::Retryable::yes : http::Retryable::no);
  if (bad.status == 401) {  // as the gate says it
    response.set_header("WWW-Authenticate", "Bearer, Basic realm=\"dcount\"");
  }
  return bad.members.empty() ? response : with_members(std::move(response), bad.members);
}

}  // namespace dcount::api
