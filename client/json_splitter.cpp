#include "client/json_splitter.h"

namespace dcount::client {
namespace {

constexpr std::string_view white_space = " \t\r\n";

}  // namespace

JsonSplitter::Status JsonSplitter::feed(std::string_view piece, const Taker& taker) {
  while (status_ == Status::ok) {
    if (depth_ == 0) {
      auto begin = piece.find_first_not_of(white_space);
      if (begin == std::string_view::npos) break;
      piece.remove_prefix(begin);
      if (piece.front() != '{') {
        status_ = Status::not_a_record;
        break;
      }
    }
    std::size_t length = pass(piece);
    if (begun_.size() + length > record_bytes_max) {
      status_ = Status::too_long;
    } else if (depth_ > 0) {
      begun_ += piece;
      break;
    } else {
      hand_out(piece.substr(0, length), taker);
      piece.remove_prefix(length);
    }
  }
  return status_;
}

/// How much of the piece belongs to the record it begins with, or goes on with.
std::size_t JsonSplitter::pass(std::string_view piece) {
  for (std::size_t i = 0; i < piece.size(); ++i) {
    char c = piece[i];
    if (escaped_) {
      escaped_ = false;
    } else if (in_string_) {
      escaped_ = c == '\\';
      in_string_ = c != '"';
    } else if (c == '"') {
      in_string_ = true;
    } else if (c == '{') {
      ++depth_;
    } else if (c == '}' && --depth_ == 0) {
      return i + 1;
    }
  }
  return piece.size();
}

void JsonSplitter::hand_out(std::string_view end, const Taker& taker) {
  bool whole = begun_.empty();
  begun_ += whole ? std::string_view() : end;
  if (!taker(whole ? end : std::string_view(begun_))) status_ = Status::cancelled;
  begun_.clear();
}

std::string JsonSplitter::why() const {
  switch (status_) {
    case Status::ok:
      return "";
    case Status::cancelled:
      return "stopped on this side";
    case Status::too_long:
      return "a record is longer than " + std::to_string(record_bytes_max >> 20) + " MiB";
    case Status::not_a_record:
      return "what came is not a stream of JSON objects";
  }
  return "";
}

}  // namespace dcount::client
