#include "sim/check/words.h"

#include <algorithm>
#include <array>

#include "sim/check/package_words.h"

namespace dcount::check {
namespace {

constexpr std::array<std::string_view, functions> names = {
    "create",         "add",     "read",         "reset",         "delete",
    "next",           "reserve", "confirm",      "release",       "items",
    "count",          "members", "add_package",  "get_package",   "list_packages",
    "remove_package", "usage",   "final_holder", "final_packages"};
constexpr std::size_t listed_max = 5;

std::string number(std::int64_t value) { return std::to_string(value); }

std::string where(const Operation& operation) {
  std::string text = "(index " + number(operation.invoked);
  return operation.completed == never ? text + ")" : text + "–" + number(operation.completed) + ")";
}

/// The elements of a list: numbers, or the names that they stand for.
std::string list_of(const History& history, const Operation& operation) {
  auto list = history.list(operation);
  bool of_names = operation.function != Function::next;
  std::string text = "[";
  for (std::size_t i = 0; i < list.size() && i < listed_max; ++i) {
    if (i > 0) text += ", ";
    text += of_names ? history.names[static_cast<std::size_t>(list[i])] : number(list[i]);
  }
  if (list.size() > listed_max) text += ", … " + number(static_cast<std::int64_t>(list.size()));
  return text + "]";
}

/// "add of 5", "read", "items [a, b]".
std::string asked(const History& history, const Operation& operation) {
  if (on_package(operation.function)) return package_asked(history, operation);
  std::string text(name_of(operation.function));
  switch (operation.function) {
    case Function::items:
      return text + " " + list_of(history, operation);
    case Function::add:
    case Function::create:
    case Function::next:
    case Function::confirm:
    case Function::release: {
      std::int64_t argument = operation.argument;
      if (operation.saturated && operation.list_size == 1) argument = history.list(operation)[0];
      return argument == none ? text : text + " of " + number(argument);
    }
    default:
      return text;
  }
}

std::string answered(const History& history, const Operation& operation) {
  if (on_package(operation.function)) return package_answered(history, operation);
  std::string text;
  bool lists = operation.function == Function::next || operation.function == Function::members;
  if (lists) {
    text = list_of(history, operation);
  } else if (operation.result != none) {
    text = number(operation.result);
  } else if (operation.function == Function::read) {
    text = "that there is none";
  } else {
    text = "ok";
  }
  if (operation.saturated) text += " (applied " + number(operation.argument) + ")";
  if (operation.version != none) text += ", version " + number(operation.version);
  return text;
}

std::string process(const Operation& operation) { return "process " + number(operation.process); }

}  // namespace

std::string_view name_of(Function function) { return names[static_cast<std::size_t>(function)]; }

std::string named(const History& history, const Operation& operation) {
  return process(operation) + "'s " + asked(history, operation) + " " + where(operation);
}

std::string told(const History& history, const Operation& operation) {
  std::string what = process(operation) + "'s " + asked(history, operation);
  std::string node = operation.node == 0 ? "" : " by " + history.nodes[operation.node];
  const bool failed = operation.outcome == Outcome::fail;
  if (on_package(operation.function) && failed && operation.result != none) {
    return what + " was refused" + node + " with " + number(operation.result) + " " +
           where(operation);
  }
  if (operation.refused) {
    return what + " was refused" + node + " at " + answered(history, operation) + " " +
           where(operation);
  }
  if (failed) return what + " failed" + node + " " + where(operation);
  if (operation.outcome == Outcome::unknown) return what + " is unknown " + where(operation);
  if (operation.function == Function::read && operation.result != none) {
    std::string version = operation.version == none ? "" : ", version " + number(operation.version);
    std::string from = operation.node == 0 ? "" : " from " + history.nodes[operation.node];
    return process(operation) + " read " + number(operation.result) + version + from + " " +
           where(operation);
  }
  return what + " was answered" + node + " with " + answered(history, operation) + " " +
         where(operation);
}

std::string enumerated(std::span<const std::int64_t> numbers) {
  std::string text;
  std::size_t shown = std::min(numbers.size(), listed_max);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) text += i + 1 == numbers.size() ? " and " : ", ";
    text += number(numbers[i]);
  }
  if (numbers.size() > shown) text += " and " + std::to_string(numbers.size() - shown) + " more";
  return text;
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

Finding violation(std::string_view judge, const History& history, std::uint32_t key,
                  std::string text, std::initializer_list<std::uint32_t> operations) {
  Finding finding;
  finding.judge = judge;
  finding.key = history.keys[key];
  finding.verdict = Verdict::invalid;
  finding.witness.text = std::move(text);
  for (std::uint32_t operation : operations) {
    finding.witness.operations.push_back(history.operations[operation].invoked);
  }
  return finding;
}

Finding went_back(std::string_view judge, const History& history, std::uint32_t key,
                  std::uint32_t ended_first, std::uint32_t began_after, std::string_view meaning) {
  std::string text =
      told(history, history.operations[ended_first]) + ". Only after that had ended, " +
      told(history, history.operations[began_after]) + ": " + std::string(meaning) + ".";
  return violation(judge, history, key, std::move(text), {ended_first, began_after});
}

}  // namespace dcount::check
