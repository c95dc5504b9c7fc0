#include "server/api/sequence_answers.h"

#include "server/api/problems.h"
#include "server/api/responses.h"

namespace dcount::api {
namespace {

using core::Code;
using core::Outcome;
using core::SequenceMode;
using core::SequenceOutcome;

const SequenceOutcome& sequence_of(const Outcome& outcome) {
  return std::get<SequenceOutcome>(outcome.value);
}

JsonObject sequence_object(const SequenceOutcome& sequence, const Answer& answer) {
  const core::Definition& definition = sequence.definition;
  JsonObject object(answer.ints);
  object.add_text("name", sequence.name)
      .add_text("mode", core::to_string(definition.mode))
      .add("start", definition.start)
      .add("increment", definition.increment)
      .add("min", definition.min)
      .add("max", definition.max)
      .add_flag("cycle", definition.cycle);
  if (definition.mode == SequenceMode::cached) {
    object.add("cache", definition.cache).add("gap_max", answer.servers * definition.cache);
  }
  if (sequence.next)
    object.add("next", *sequence.next);
  else
    object.add_raw("next", "null");
  object.add("wraps", sequence.wraps);
  if (definition.mode == SequenceMode::gapless) {
    object.add("reserved", sequence.reserved).add("free", sequence.free);
  }
  object.add("version", sequence.version);
  return object;
}

}  // namespace

httplib::Response render_sequence_defined(const Outcome& outcome, const Answer& answer) {
  const bool created = outcome.code == Code::created;
  if (outcome.code != Code::ok && !created) return problem_for(outcome, answer);
  const SequenceOutcome& sequence = sequence_of(outcome);
  auto response = json_response(created ? 201 : 200, sequence_object(sequence, answer).take(),
                                sequence.version);
  if (created) response.set_header("Location", "/sequences/" + answer.subject);
  return response;
}

httplib::Response render_sequence_read(const Outcome& outcome, const Answer& answer) {
  if (outcome.code != Code::ok) return problem_for(outcome, answer);
  const SequenceOutcome& sequence = sequence_of(outcome);
  if (is_unchanged(answer, sequence.version)) return not_modified(sequence.version);
  auto object = sequence_object(sequence, answer);
  return json_response(200, object.add("revision", sequence.revision).take(), sequence.version);
}

httplib::Response render_sequence_deleted(const Outcome& outcome, const Answer& answer) {
  if (outcome.code != Code::ok) return problem_for(outcome, answer);
  const SequenceOutcome& sequence = sequence_of(outcome);
  JsonObject object(answer.ints);
  object.add_raw("del", sequence.deleted ? "1" : "0");
  if (sequence.version > 0) object.add("version", sequence.version);
  return json_response(200, object.take(), sequence.version);
}

httplib::Response render_sequence_list(const Outcome& outcome, const Answer& answer) {
  if (outcome.code != Code::ok) return problem_for(outcome, answer);
  const auto& page = std::get<core::SequenceListOutcome>(outcome.value);
  std::string sequences = "[";
  for (const SequenceOutcome& sequence : page.sequences) {
    if (sequences.size() > 1) sequences += ',';
    sequences += sequence_object(sequence, answer).take();
  }
  sequences += ']';
  return json_response(200, JsonObject(answer.ints)
                                .add_raw("sequences", sequences)
                                .add_next(page.next)
                                .add("revision", page.revision)
                                .take());
}

}  // namespace dcount::api
