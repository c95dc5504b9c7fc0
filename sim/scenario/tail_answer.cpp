#include "sim/scenario/tail_answer.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>

namespace dcount::sim {
namespace {

constexpr std::size_t head_bytes_max = 16 * 1024;

using Object = nlohmann::json;

Error error(const std::string& what) { return Error{Certainty::definite, what}; }

std::optional<std::int64_t> integer(const Object& object, const char* name) {
  const auto at = object.find(name);
  if (at == object.end() || !at->is_number_integer()) return std::nullopt;
  return at->get<std::int64_t>();
}

std::string text(const Object& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

/// {"id":"home","n":7,"c":"views","rev":12,"complete":true}, of ndjson, SSE and WebSockets; without
/// an id a bookmark.
Result<TailItem> tail_item(std::string_view json) {
  const auto bad = [&] { return error("this is no event: " + std::string(json)); };
  const Object object = Object::parse(json, nullptr, false);
  if (!object.is_object()) return bad();
  const auto revision = integer(object, "rev");
  if (!revision) return bad();
  TailItem item{.revision = *revision};
  item.complete = object.value("complete", false);
  if (!object.contains("id")) return item.complete ? Result<TailItem>(item) : bad();
  item.value = integer(object, "n");
  const bool deleted = integer(object, "d") == 1;
  if (deleted == item.value.has_value()) return bad();
  item.key = text(object, "c") + "/" + text(object, "id");
  return item;
}

Result<TailItem> lockstep_item(std::string_view json, const std::string& prefix) {
  const auto bad = [&] { return error("this is no lockstep record: " + std::string(json)); };
  const Object object = Object::parse(json, nullptr, false);
  if (!object.is_object() || !object.contains("deleted_at")) return bad();
  const auto revision = integer(object, "updated_at");
  if (!revision || text(object, "id").empty()) return bad();
  TailItem item{.key = prefix + text(object, "id"), .revision = *revision};
  if (object["deleted_at"].is_null()) item.value = integer(object, "n");
  const bool deleted = integer(object, "deleted_at") == revision;
  if (deleted == item.value.has_value()) return bad();
  item.version = integer(object, "version").value_or(0);
  return item;
}

}  // namespace

TailAnswer::TailAnswer(TailFormat format, std::string prefix)
    : format_(format), prefix_(std::move(prefix)) {}

Result<void> TailAnswer::take(std::string_view bytes, std::vector<TailItem>& items) {
  if (!framing_) {
    const std::size_t before = held_.size();
    held_ += bytes;
    const auto end = held_.find("\r\n\r\n", before < 3 ? 0 : before - 3);
    if (end == std::string::npos) {
      return held_.size() > head_bytes_max ? error("a head without end") : Result<void>();
    }
    const std::string head = held_.substr(0, end + 2);
    const std::string rest = held_.substr(end + 4);
    held_.clear();
    if (auto taken = take_head(head); !taken || !framing_) return taken;
    return take(rest, items);
  }
  payloads_.clear();
  auto taken = framing_->take(bytes, payloads_);
  for (const std::string& payload : payloads_) {
    if (auto understood = take_payload(payload, items); !understood) return understood;
  }
  return taken;
}

/// A refusal leaves it without framing.
Result<void> TailAnswer::take_head(std::string_view head) {
  const auto space = head.find(' ');
  if (!head.starts_with("HTTP/1.1 ")) return error("no answer of HTTP/1.1");
  std::from_chars(head.data() + space + 1, head.data() + head.size(), status_);
  if (status_ < 100) return error("an answer without a status");
  const bool web_socket = format_ == TailFormat::ws;
  if (status_ != (web_socket ? 101 : 200)) return {};
  std::string fields(head);
  std::transform(fields.begin(), fields.end(), fields.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (web_socket) {
    framing_ = make_web_socket_frames();
  } else if (fields.find("\r\ntransfer-encoding: chunked\r\n") == std::string::npos) {
    return error("an endless answer that is not chunked");
  } else {
    framing_ = make_chunks();
  }
  return {};
}

Result<void> TailAnswer::take_payload(const std::string& payload, std::vector<TailItem>& items) {
  switch (format_) {
    case TailFormat::ndjson:
      return take_lines(payload, items);
    case TailFormat::sse:
      return take_events(payload, items);
    case TailFormat::lockstep:
      return take_lockstep(payload, items);
    default:
      break;
  }
  auto item = tail_item(payload);
  if (!item) return item.error();
  items.push_back(std::move(*item));
  return {};
}

Result<void> TailAnswer::take_lines(const std::string& payload, std::vector<TailItem>& items) {
  held_ += payload;
  for (auto end = held_.find('\n'); end != std::string::npos; end = held_.find('\n')) {
    const std::string line = held_.substr(0, end);
    held_.erase(0, end + 1);
    if (line.empty()) continue;  // a heartbeat
    auto item = tail_item(line);
    if (!item) return item.error();
    items.push_back(std::move(*item));
  }
  return {};
}

Result<void> TailAnswer::take_events(const std::string& payload, std::vector<TailItem>& items) {
  held_ += payload;
  for (auto end = held_.find("\n\n"); end != std::string::npos; end = held_.find("\n\n")) {
    const std::string event = held_.substr(0, end);
    held_.erase(0, end + 2);
    if (auto taken = take_event(event, items); !taken) return taken;
  }
  return {};
}

/// HTML Living Standard, 9.2.6, as far as it is used. An id without data moves the place that a
/// client resumes from.
Result<void> TailAnswer::take_event(std::string_view event, std::vector<TailItem>& items) {
  std::string_view data;
  std::optional<std::int64_t> id;
  while (!event.empty()) {
    const std::string_view line = event.substr(0, event.find('\n'));
    event.remove_prefix(std::min(event.size(), line.size() + 1));
    if (line.starts_with("data: ")) {
      if (!data.empty()) return error("an event with more data than a record");
      data = line.substr(6);
    } else if (line.starts_with("id: ")) {
      const auto read = std::from_chars(line.data() + 4, line.data() + line.size(), id.emplace());
      if (read.ptr != line.data() + line.size()) return error("an id that is no revision");
    } else if (!line.starts_with(":")) {
      return error("an event has the line '" + std::string(line) + "'");
    }
  }
  if (data.empty()) {
    if (id) items.push_back({.key = "", .revision = *id, .complete = true});
    return {};
  }
  auto item = tail_item(data);
  if (!item) return item.error();
  if (item->is_bookmark()) return error("an event without a record: " + std::string(data));
  if (id && *id != item->revision) return error("an event's id is not its revision");
  item->complete = id.has_value();
  items.push_back(std::move(*item));
  return {};
}

/// One chunk is one record, never less and never more: clients of lockstep rely on it.
Result<void> TailAnswer::take_lockstep(const std::string& payload, std::vector<TailItem>& items) {
  if (payload == "\r\n") return {};
  if (payload.find('\n') != payload.size() - 1) {
    return error("a lockstep chunk is not one record: " + payload);
  }
  auto item = lockstep_item(std::string_view(payload).substr(0, payload.size() - 1), prefix_);
  if (!item) return item.error();
  items.push_back(std::move(*item));
  return {};
}

}  // namespace dcount::sim
