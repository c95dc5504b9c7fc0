#include "server/api/problems.h"

#include <cstdlib>

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
    {Code::not_found, 404, Retryable::no, "there is no counter: "},
    {Code::bound_exceeded, 409, Retryable::no, "the result would leave the bounds: "},
    {Code::overflow, 409, Retryable::no, "the result does not fit 64 bits: "},
    {Code::precondition_failed, 412, Retryable::no,
     "its version or existence is not as demanded: "},
    {Code::key_reused, 422, Retryable::no,
     "this Idempotency-Key was used before, for another request; now: "},
    {Code::not_empty, 409, Retryable::no,
     "the store has records; ?force=true replaces them all; refused: "},
    {Code::in_flight, 409, Retryable::same_key,
     "a request with this Idempotency-Key is being worked on: "},
    {Code::unavailable, 503, Retryable::yes, "not applied, the server is busy or cannot write: "},
    {Code::unknown, 504, Retryable::same_key, "it is not known yet whether this was applied: "},
};

const Row& row_of(Code code) {
  for (const Row& row : rows) {
    if (row.code == code) return row;
  }
  std::abort();  // ok and created are no problems
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

}  // namespace

httplib::Response problem_for(const core::Outcome& outcome, const std::string& subject, Ints ints) {
  const Row& row = row_of(outcome.code);
  auto response =
      http::problem(row.status, core::to_string(row.code), row.detail + subject, row.retryable);
  const auto* counter = std::get_if<core::CounterOutcome>(&outcome.value);
  if (counter == nullptr) return response;
  if (counter->version > 0 && row.code != Code::not_found)
    response.set_header("ETag", '"' + std::to_string(counter->version) + '"');
  if (row.code == Code::bound_exceeded || row.code == Code::overflow) {
    return with_members(std::move(response), where_it_stands(*counter, ints));
  }
  return response;
}

httplib::Response problem_for_batch(const core::BatchOutcome& outcome, Ints ints) {
  const core::CounterOutcome& refused = outcome.results.front();
  const Row& row = row_of(refused.code);
  const std::string index = std::to_string(outcome.refused_index);
  auto response = with_members(
      http::problem(409, core::to_string(row.code), row.detail + ("op " + index), row.retryable),
      "{\"index\":" + index + "}");
  if (row.code == Code::bound_exceeded || row.code == Code::overflow) {
    return with_members(std::move(response), where_it_stands(refused, ints));
  }
  return response;
}

httplib::Response problem_for(const BadRequest& bad) {
  return http::problem(bad.status, bad.code, bad.what());
}

}  // namespace dcount::api
