#include "sim/report/words.h"

#include <algorithm>

#include "sim/check/package_words.h"
#include "sim/check/words.h"

namespace dcount::report {
namespace {

constexpr std::size_t list_shown_max = 6;

std::string list_words(const check::History& history, const check::Operation& operation) {
  const auto list = history.list(operation);
  std::string text;
  for (std::size_t i = 0; i < std::min(list.size(), list_shown_max); ++i) {
    if (i > 0) text += ", ";
    const auto element = list[i];
    const bool item = operation.function == check::Function::items ||
                      operation.function == check::Function::members;
    const auto place = static_cast<std::uint64_t>(element);
    text += item && place < history.names.size() ? cut(history.names[place], 40)
                                                 : std::to_string(element);
  }
  if (list.size() > list_shown_max) text += " … (" + std::to_string(list.size()) + ")";
  return text;
}

std::string number_words(std::int64_t number) {
  return number == check::none ? "nothing" : std::to_string(number);
}

/// What an ok, or a refusal that tells what it saw, has answered.
std::string answer_words(const check::History& history, const check::Operation& operation) {
  using check::Function;
  switch (operation.function) {
    case Function::next:
    case Function::members:
      return list_words(history, operation);
    case Function::add:
    case Function::items:
      return operation.result == check::none ? "done" : std::to_string(operation.result);
    default:
      return number_words(operation.result);
  }
}

/// Ids, owners and labels are the client's: they may be long.
std::string package_words(const check::History& history, const check::Operation& operation) {
  const std::string asked = cut(check::package_asked(history, operation), 200);
  switch (operation.outcome) {
    case check::Outcome::ok:
      return asked + " → " + cut(check::package_answered(history, operation), 200);
    case check::Outcome::fail:
      return asked + (operation.result == check::none
                          ? " failed"
                          : " refused with " + number_words(operation.result));
    case check::Outcome::unknown:
      break;
  }
  return asked + " → ?";
}

}  // namespace

std::string_view word_for(check::Function function) { return check::name_of(function); }

std::string_view word_for(check::Outcome outcome) {
  switch (outcome) {
    case check::Outcome::ok:
      return "ok";
    case check::Outcome::fail:
      return "fail";
    case check::Outcome::unknown:
      return "unknown";
  }
  return "?";
}

std::string operation_words(const check::History& history, const check::Operation& operation) {
  if (check::on_package(operation.function)) return package_words(history, operation);
  std::string text(word_for(operation.function));
  if (operation.function == check::Function::items) {
    text += " " + list_words(history, operation);
  } else if (operation.argument != check::none) {
    text += " " + std::to_string(operation.argument);
  }
  switch (operation.outcome) {
    case check::Outcome::ok:
      return text + " → " + answer_words(history, operation);
    case check::Outcome::fail:
      return text +
             (operation.refused ? " refused at " + number_words(operation.result) : " failed");
    case check::Outcome::unknown:
      return text + " → ?";
  }
  return text;
}

std::string cut(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xC0) == 0x80) --bytes_max;
  return std::string(text.substr(0, bytes_max)) + "…";
}

}  // namespace dcount::report
