#include "server/api/counter_answers.h"

#include "server/api/problems.h"
#include "server/api/responses.h"

namespace dcount::api {
namespace {

using core::Code;
using core::CounterOutcome;
using core::Outcome;

const CounterOutcome& counter_of(const Outcome& outcome) {
  return std::get<CounterOutcome>(outcome.value);
}

/// 200 with the counter's ETag, unless it is a problem.
template <class Body>
httplib::Response ok_or_problem(const Outcome& outcome, const Answer& answer, Body body) {
  if (outcome.code != Code::ok) return problem_for(outcome, answer);
  const CounterOutcome& counter = counter_of(outcome);
  JsonObject object(answer.ints);
  body(object, counter);
  return json_response(200, object.take(), counter.version);
}

}  // namespace

httplib::Response render_created(const Outcome& outcome, const Answer& answer) {
  if (outcome.code != Code::ok && outcome.code != Code::created) {
    return problem_for(outcome, answer);
  }
  const CounterOutcome& counter = counter_of(outcome);
  auto response = json_response(outcome.code == Code::created ? 201 : 200,
                                JsonObject(answer.ints)
                                    .add_text("id", counter.id)
                                    .add("n", counter.n)
                                    .add("version", counter.version)
                                    .take(),
                                counter.version);
  // The subject is the collection alone, where the id was not the client's to choose.
  response.set_header(
      "Location", "/cnt/" + answer.subject.substr(0, answer.subject.find('/')) + "/" + counter.id);
  return response;
}

httplib::Response render_read(const Outcome& outcome, const Answer& answer) {
  if (outcome.code == Code::ok && is_unchanged(answer, counter_of(outcome).version)) {
    return not_modified(counter_of(outcome).version);
  }
  return ok_or_problem(outcome, answer, [](JsonObject& object, const CounterOutcome& counter) {
    object.add("n", counter.n).add("version", counter.version);
  });
}

httplib::Response render_added(const Outcome& outcome, const Answer& answer) {
  return ok_or_problem(outcome, answer, [](JsonObject& object, const CounterOutcome& counter) {
    object.add_flag("resp", true)
        .add("n", counter.n)
        .add("applied", counter.applied)
        .add("version", counter.version);
  });
}

httplib::Response render_reset(const Outcome& outcome, const Answer& answer) {
  return ok_or_problem(outcome, answer, [](JsonObject& object, const CounterOutcome& counter) {
    object.add_flag("resp", true).add("n", counter.n).add("version", counter.version);
  });
}

httplib::Response render_deleted(const Outcome& outcome, const Answer& answer) {
  return ok_or_problem(outcome, answer, [](JsonObject& object, const CounterOutcome& counter) {
    object.add_raw("del", counter.deleted ? "1" : "0");
    if (counter.version > 0) object.add("version", counter.version);
  });
}

httplib::Response render_list(const Outcome& outcome, const Answer& answer) {
  if (outcome.code != Code::ok) return problem_for(outcome, answer);
  const auto& page = std::get<core::ListOutcome>(outcome.value);
  std::string counters = "[";
  for (const core::ListedCounter& counter : page.counters) {
    if (counters.size() > 1) counters += ',';
    counters += JsonObject(answer.ints)
                    .add_text("collection", counter.collection)
                    .add_text("id", counter.id)
                    .add("n", counter.n)
                    .add("version", counter.version)
                    .take();
  }
  counters += ']';
  JsonObject object(answer.ints);
  object.add_raw("counters", counters);
  object.add_next(page.next);
  return json_response(200, object.add("revision", page.revision).take());
}

std::string result_json(const CounterOutcome& outcome, Ints ints) {
  JsonObject object(ints);
  object.add("n", outcome.n).add("applied", outcome.applied).add("version", outcome.version);
  if (outcome.code == Code::created) object.add_flag("created", true);
  if (outcome.deleted) object.add_raw("del", "1");
  return object.take();
}

}  // namespace dcount::api
