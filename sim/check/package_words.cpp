#include "sim/check/package_words.h"

#include <algorithm>

#include "sim/check/words.h"

namespace dcount::check {
namespace {

constexpr std::size_t digest_shown = 12;
constexpr std::size_t listed_max = 3;

std::string list_text(const History& history, const PackageOperation& part) {
  std::string text = "[";
  for (std::uint32_t i = 0; i < std::min<std::size_t>(part.list_size, listed_max); ++i) {
    if (i > 0) text += ", ";
    text += history.names[history.packages.lists[part.list + i].package];
  }
  if (part.list_size > listed_max) text += ", … " + std::to_string(part.list_size);
  return text + "]";
}

}  // namespace

const PackageOperation& package_part(const History& history, const Operation& operation) {
  const auto& parts = history.packages.operations;
  return *std::lower_bound(parts.begin(), parts.end(), operation.invoked,
                           [&](const PackageOperation& part, Index invoked) {
                             return history.operations[part.operation].invoked < invoked;
                           });
}

std::string package_name_text(const History& history, Name name) {
  return name == no_name ? "nobody" : history.names[name];
}

std::string digest_text(const History& history, Name digest) {
  if (digest == no_name) return "no digest";
  const std::string& text = history.names[digest];
  return "sha256 " + (text.size() <= digest_shown ? text : text.substr(0, digest_shown) + "…");
}

std::string package_asked(const History& history, const Operation& operation) {
  const PackageOperation& part = package_part(history, operation);
  std::string text(name_of(operation.function));
  switch (operation.function) {
    case Function::add_package:
      if (part.label != no_name) text += " of '" + history.names[part.label] + "'";
      return text + " by " + package_name_text(history, part.owner) + " (" +
             digest_text(history, part.digest) + ")";
    case Function::get_package:
    case Function::remove_package:
      return text + " of " + package_name_text(history, part.package) + " by " +
             package_name_text(history, part.owner);
    case Function::final_holder:
      return text + " of " + history.nodes[part.holder];
    case Function::final_packages:
      return text;
    default:
      return text + " by " + package_name_text(history, part.owner);
  }
}

std::string package_answered(const History& history, const Operation& operation) {
  const PackageOperation& part = package_part(history, operation);
  switch (operation.function) {
    case Function::add_package: {
      std::string text = package_name_text(history, part.package);
      return part.replicas == none
                 ? text
                 : text + ", " + counted(static_cast<std::uint64_t>(part.replicas), "replica");
    }
    case Function::get_package:
      return digest_text(history, part.digest);
    case Function::remove_package:
    case Function::usage:
      return operation.result == none ? "ok" : std::to_string(operation.result);
    default:
      return list_text(history, part);
  }
}

Finding package_violation(const History& history, Name package, std::string text,
                          std::vector<std::uint32_t> places) {
  std::sort(places.begin(), places.end());
  Finding finding{.judge = "packages", .key = history.names[package]};
  finding.verdict = Verdict::invalid;
  finding.witness.text = std::move(text);
  for (std::uint32_t place : places) {
    const PackageOperation& part = history.packages.operations[place];
    finding.witness.operations.push_back(history.operations[part.operation].invoked);
  }
  return finding;
}

}  // namespace dcount::check
