// What somebody may have meant who wrote something else.
//
// Thread-safety: pure functions.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/nearest.h"

namespace dcount::cli {

using client::edit_distance;
using client::nearest;

/// After a parse that left words over: the first of them, with what was meant. Nothing when
/// nothing is left over.
std::optional<std::string> left_over(const CLI::App& root);

/// "dcount counter add"
std::string command_path(const CLI::App& command);

/// The long options and subcommands of one command, as written on the line, sorted.
std::vector<std::string> option_names(const CLI::App& command);
std::vector<std::string> command_names(const CLI::App& command);

}  // namespace dcount::cli
