#include "server/tails/http_tail.h"

#include <string>
#include <utility>

#include "server/http/problem.h"

namespace dcount::tails {
namespace {

Form form_of(Format format, bool last) {
  switch (format) {
    case Format::events:
      return last ? Form::last_event : Form::event;
    case Format::lines:
      return last ? Form::last_line : Form::line;
    case Format::lockstep:
      return Form::lockstep;
    case Format::lockstep_full:
      break;
  }
  return Form::lockstep_full;
}

/// To be sent when there is nothing else to send.
std::string heartbeat_text(Format format, std::optional<Revision> complete_to) {
  const std::string revision = std::to_string(complete_to.value_or(0));
  switch (format) {
    case Format::events:
      return complete_to ? ": heartbeat\nid: " + revision + "\n\n" : ": heartbeat\n\n";
    case Format::lines:
      return complete_to ? "{\"rev\":" + revision + ",\"complete\":true}\n" : "\n";
    case Format::lockstep:
    case Format::lockstep_full:
      break;
  }
  return "\r\n";
}

}  // namespace

const char* content_type(Format format) {
  switch (format) {
    case Format::events:
      return "text/event-stream";
    case Format::lines:
      return "application/x-ndjson";
    case Format::lockstep:
    case Format::lockstep_full:
      break;
  }
  return "application/json";
}

std::shared_ptr<http::TailOwner> HttpTail::begin(Hub& hub, http::TailStream& stream, Format format,
                                                 Beginning beginning) {
  auto tail = std::make_shared<HttpTail>(hub, stream, format);
  tail->subscriber_ = hub.add(*tail, std::move(beginning));
  return tail;
}

HttpTail::HttpTail(Hub& hub, http::TailStream& stream, Format format)
    : hub_(hub), stream_(&stream), format_(format) {}

HttpTail::~HttpTail() = default;

void HttpTail::on_room() { hub_.wake(*subscriber_); }

void HttpTail::on_end() {
  stream_ = nullptr;
  hub_.remove(*std::exchange(subscriber_, nullptr));
}

void HttpTail::accept() {
  if (stream_ == nullptr) return;
  accepted_ = true;
  stream_->begin(content_type(format_));
}

void HttpTail::refuse(Revision oldest) {
  if (stream_ == nullptr) return;
  if (accepted_) return end(End::restored, std::nullopt);  // it may come again, and be told then
  auto problem = http::problem(410, "gone", "what has changed since then is not known any more");
  // Who comes with the oldest, or without any, is served.
  problem.body.insert(problem.body.size() - 1, ",\"oldest\":" + std::to_string(oldest));
  stream_->answer(problem);
}

void HttpTail::write(const Framed& framed) {
  stream_->write(stream_->chunked() ? framed.bytes() : framed.payload());
}

void HttpTail::begin_round() {
  if (stream_ != nullptr) room_.begin_round(*stream_);
}

void HttpTail::end_round() {
  if (stream_ != nullptr) room_.end_round(*stream_);
}

void HttpTail::send(const Change& change, bool last) {
  if (stream_ != nullptr) write(change.as(form_of(format_, last)));
}

void HttpTail::heartbeat(std::optional<Revision> complete_to) {
  if (stream_ != nullptr) write(Framed::chunk(heartbeat_text(format_, complete_to)));
}

void HttpTail::end(End why, std::optional<Revision> complete_to) {
  if (stream_ == nullptr) return;
  if (!accepted_) {
    stream_->answer(
        http::problem(503, "unavailable",
                      why == End::restored ? "a restore is running" : "the server is stopping",
                      http::Retryable::yes));
    return;
  }
  const bool can_tell = format_ == Format::events || format_ == Format::lines;
  if (why == End::caught_up && complete_to && can_tell) heartbeat(complete_to);
  if (stream_->chunked()) stream_->write("0\r\n\r\n");
  stream_->finish();
}

}  // namespace dcount::tails
