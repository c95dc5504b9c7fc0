#include "sim/scenario/recorder.h"

#include "sim/scenario/tail_answer.h"

namespace dcount::sim {
namespace {

std::string_view type_of(Noted how) {
  switch (how) {
    case Noted::ok:
      return "ok";
    case Noted::fail:
      return "fail";
    case Noted::info:
      return "info";
  }
  return "info";
}

void add_field(std::string& line, std::string_view name, std::string_view json) {
  if (json.empty()) return;
  line.append(",\"").append(name).append("\":").append(json);
}

}  // namespace

std::string json_text(std::string_view text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::unique_ptr<Recorder>> Recorder::open(const std::filesystem::path& file) {
  std::unique_ptr<Recorder> recorder(new Recorder(file));
  if (!recorder->file_) return Error{Certainty::definite, "cannot write " + file.string()};
  return recorder;
}

Recorder::Recorder(const std::filesystem::path& file) : file_(file, std::ios::trunc) {}
Recorder::~Recorder() = default;

void Recorder::header(const Json& header) {
  const std::lock_guard lock(mutex_);
  began_ = std::chrono::steady_clock::now();
  file_ << header.dump() << '\n';
}

void Recorder::line(std::string_view process, std::string_view type, std::string_view function,
                    const std::string& rest) {
  std::string line;
  line.reserve(128 + rest.size());
  const std::lock_guard lock(mutex_);
  line.append("{\"index\":").append(std::to_string(next_index_++));
  line.append(",\"process\":").append(process);
  line.append(",\"type\":\"").append(type).append("\"");
  if (!function.empty()) line.append(",\"f\":\"").append(function).append("\"");
  line.append(rest);
  line.append(",\"time\":").append(std::to_string(now().count())).append("}\n");
  file_ << line;
}

void Recorder::invoke(const Invocation& invocation) {
  std::string rest;
  if (!invocation.key.empty()) add_field(rest, "key", json_text(invocation.key));
  add_field(rest, "value", invocation.value);
  if (!invocation.id.empty()) add_field(rest, "id", json_text(invocation.id));
  line(std::to_string(invocation.process), "invoke", invocation.function, rest);
}

void Recorder::complete(const Invocation& invocation, const Completed& completed,
                        std::string_view node) {
  std::string rest;
  if (!invocation.key.empty()) add_field(rest, "key", json_text(invocation.key));
  add_field(rest, "value", completed.value);
  if (completed.version > 0) add_field(rest, "version", std::to_string(completed.version));
  if (!completed.error.empty()) add_field(rest, "error", json_text(completed.error));
  if (!completed.more.empty()) rest.append(",").append(completed.more);
  if (!node.empty()) add_field(rest, "node", json_text(node));
  ++counts_[static_cast<std::size_t>(completed.how)];
  line(std::to_string(invocation.process), type_of(completed.how), invocation.function, rest);
}

void Recorder::tail(std::string_view name, const Json& value) {
  line(json_text(name), "info", "tail", ",\"value\":" + value.dump());
}

void Recorder::tail_item(std::string_view name, const TailItem& item) {
  std::string rest;
  if (!item.is_bookmark()) {
    add_field(rest, "key", json_text(item.key));
    item.value ? add_field(rest, "n", std::to_string(*item.value))
               : add_field(rest, "deleted", "true");
    if (item.version > 0) add_field(rest, "version", std::to_string(item.version));
  }
  add_field(rest, "rev", std::to_string(item.revision));
  if (item.complete && !item.is_bookmark()) add_field(rest, "complete", "true");
  line(json_text(name), item.is_bookmark() ? "bookmark" : "event", "", rest);
}

void Recorder::nemesis(std::string_view function, const Json& value) {
  line("\"nemesis\"", "info", function, ",\"value\":" + value.dump());
}

void Recorder::flush() {
  const std::lock_guard lock(mutex_);
  file_.flush();
}

bool Recorder::close() {
  const std::lock_guard lock(mutex_);
  file_.close();
  return !file_.fail();
}

}  // namespace dcount::sim
