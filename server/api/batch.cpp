#include "server/api/batch.h"

#include "server/api/bad_request.h"
#include "server/api/calls.h"
#include "server/api/conditions.h"
#include "server/api/counter_answers.h"
#include "server/api/counter_input.h"
#include "server/api/json_body.h"
#include "server/api/prefixes.h"
#include "server/api/problems.h"
#include "server/api/responses.h"

namespace dcount::api {
namespace {

core::CounterOp op_input(const http::Request& request, const nlohmann::json& op) {
  if (!op.is_object()) malformed("an op must be an object");
  // {"add": …, "create": true} is an add.
  const char* kind = nullptr;
  const nlohmann::json* name = nullptr;
  for (const char* candidate : {"add", "reset", "delete", "create", "read"}) {
    const auto member = op.find(candidate);
    if (member == op.end() || member->is_boolean()) continue;
    if (kind != nullptr) malformed("an op does one thing, not two");
    kind = candidate;
    name = &*member;
  }
  if (kind == nullptr) malformed("an op has one of add, reset, delete, create, read");
  if (!name->is_string()) malformed(std::string("'") + kind + "' names a counter");
  const auto id = counter_path_input(name->get_ref<const std::string&>());
  check_name(request, id.collection);
  const std::string_view what = kind;
  const Parameters parameters(op);
  const core::Precondition wanted{.version = parameters.if_version()};
  if (what == "add") {
    core::Add add = add_input(parameters);
    add.counter = id;
    add.precondition = wanted;
    return add;
  }
  if (what == "create") {
    core::CreateCounter create = create_input(parameters);
    create.counter = id;
    create.precondition = wanted;
    return create;
  }
  if (what == "reset") return core::Reset{id, wanted};
  if (what == "delete") return core::Delete{id, wanted};
  return core::ReadCounter{id};
}

core::CounterBatch batch_input(const http::Request& request) {
  refuse_conditions(request, "means one counter; in a batch ops take if_version");
  const auto body = json_object_body(request);
  if (!body) malformed("a batch is a JSON object, sent with Content-Type: application/json");
  const auto ops = body->find("ops");
  if (ops == body->end() || !ops->is_array()) malformed("a batch has an array 'ops'");
  if (ops->size() > batch_ops_max) {
    malformed("a batch has at most " + std::to_string(batch_ops_max) + " ops, this one has " +
              std::to_string(ops->size()));
  }
  core::CounterBatch batch;
  batch.ops.reserve(ops->size());
  for (std::size_t i = 0; i < ops->size(); ++i) {
    try {
      batch.ops.push_back(op_input(request, (*ops)[i]));
    } catch (const BadRequest& bad) {
      throw BadRequest(bad.code, "op " + std::to_string(i) + ": " + bad.what(), bad.status);
    }
  }
  return batch;
}

httplib::Response render_batch(const core::Outcome& outcome, const Answer& answer) {
  const auto* batch = std::get_if<core::BatchOutcome>(&outcome.value);
  if (batch == nullptr) return problem_for(outcome, answer);
  if (outcome.code != core::Code::ok) return problem_for_batch(*batch, answer.ints);
  std::string results = "[";
  for (std::size_t i = 0; i < batch->results.size(); ++i) {
    if (i > 0) results += ',';
    results += result_json(batch->results[i], answer.ints);
  }
  results += ']';
  return json_response(200, JsonObject(answer.ints).add_raw("results", results).take());
}

Call batch(const http::Request& request, const Context&) {
  return call_for(request, batch_input(request), render_batch, "batch", "the batch");
}

}  // namespace

void add_batch_routes(http::RouteTable& routes, Context& context) {
  constexpr CallRow rows[] = {{"POST", "/batch", batch, true, batch_body_bytes_max}};
  add_calls(routes, context, rows);
}

}  // namespace dcount::api
