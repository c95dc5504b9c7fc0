#include "sim/scenario/worker.h"

namespace dcount::sim {

Worker::Worker(WorkerOptions options, Recorder& recorder)
    : options_(std::move(options)),
      recorder_(recorder),
      client_(options_.client),
      random_(options_.seed) {}

std::string Worker::fresh_id() {
  return "p" + std::to_string(options_.process) + "-" + std::to_string(++operations_);
}

Completed Worker::ended(const client::ClientError& error) {
  Completed completed;
  completed.how = error.certainty == client::Certainty::unknown ? Noted::info : Noted::fail;
  completed.error = error.code.empty() ? std::string(client::name(error.kind)) : error.code;
  if (completed.how == Noted::fail && error.value) {  // a refusal that says what it saw
    completed.error = "bound";
    completed.value = std::to_string(*error.value);
    completed.version = error.version;
  }
  return completed;
}

std::string list_of(const std::vector<std::int64_t>& numbers) {
  std::string list = "[";
  for (const std::int64_t number : numbers) {
    if (list.size() > 1) list += ',';
    list += std::to_string(number);
  }
  return list + "]";
}

}  // namespace dcount::sim
