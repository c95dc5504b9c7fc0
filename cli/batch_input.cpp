#include "cli/batch_input.h"

#include <utility>

namespace dcount::cli {
namespace {

constexpr int depth_max = 64;

/// Discarded when it is no JSON, or nested so deeply that nlohmann would overflow the stack.
Json parse(const std::string& text) {
  bool too_deep = false;
  auto watch = [&](int depth, Json::parse_event_t, Json&) {
    too_deep |= depth > depth_max;
    return !too_deep;
  };
  Json value = Json::parse(text, watch, false);
  return too_deep ? Json(Json::value_t::discarded) : value;
}

bool is_operation(const Json& value) { return !counter_of(value).empty(); }

}  // namespace

std::string counter_of(const Json& operation) {
  if (!operation.is_object()) return "";
  for (const char* kind : {"add", "reset", "delete", "create", "read"}) {
    auto found = operation.find(kind);
    if (found != operation.end() && found->is_string()) return found->get<std::string>();
  }
  return "";
}

bool BatchInput::read_line(std::string& line, std::string& error) {
  while (std::getline(stream_, line)) {
    ++line_number_;
    bytes_ += line.size() + 1;
    if (line.size() > batch_bytes_max) {
      error = "line " + std::to_string(line_number_) + " is too long";
      return false;
    }
    if (line.find_first_not_of(" \t\r") != std::string::npos) return true;
  }
  if (stream_.bad()) error = "the input cannot be read";
  return false;
}

void BatchInput::read_document(std::string text, std::string& error) {
  is_document_ = true;
  std::string line;
  while (text.size() <= batch_bytes_max && std::getline(stream_, line)) text += "\n" + line;
  bytes_ = text.size();
  if (text.size() > batch_bytes_max) {
    error = "a document of more than 8 MiB: write the operations as JSON lines instead";
    return;
  }
  Json document = parse(text);
  Json operations = document.is_object() ? document.value("ops", Json()) : document;
  if (!operations.is_array()) {
    error = R"(neither {"ops": […]} nor lines like {"add": "views/home", "n": 5})";
    return;
  }
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (!is_operation(operations[i])) {
      error = "operation " + std::to_string(i) + R"( is not like {"add": "views/home", "n": 5})";
      return;
    }
    ready_.push_back(std::move(operations[i]));
  }
}

void BatchInput::begin(std::string& error) {
  begun_ = true;
  std::string line;
  if (!read_line(line, error)) return;
  Json first = parse(line);
  if (is_operation(first)) {
    ready_.push_back(std::move(first));
  } else {
    read_document(std::move(line), error);
  }
}

std::vector<Json> BatchInput::next(std::size_t count, std::string& error) {
  if (!begun_) begin(error);
  std::vector<Json> operations;
  while (error.empty() && operations.size() < count) {
    if (taken_ < ready_.size()) {
      operations.push_back(std::move(ready_[taken_++]));
      continue;
    }
    std::string line;
    if (is_document_ || !read_line(line, error)) break;
    Json operation = line.size() > operation_bytes_max ? Json() : parse(line);
    if (!is_operation(operation)) {
      error = "line " + std::to_string(line_number_) +
              R"( is not an operation like {"add": "views/home", "n": 5})";
      break;
    }
    operations.push_back(std::move(operation));
  }
  if (!error.empty()) operations.clear();
  return operations;
}

}  // namespace dcount::cli
