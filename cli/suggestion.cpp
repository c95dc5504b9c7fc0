#include "cli/suggestion.h"

#include <algorithm>

namespace dcount::cli {
namespace {

/// The root and the commands named after it.
std::vector<const CLI::App*> path_of(const CLI::App& root) {
  std::vector<const CLI::App*> path{&root};
  while (!path.back()->get_subcommands().empty()) {
    path.push_back(path.back()->get_subcommands().front());
  }
  return path;
}

std::string meant(const std::optional<std::string>& suggestion) {
  return suggestion ? "; did you mean '" + *suggestion + "'?" : std::string();
}

/// All commands below `app` that do something, by path.
void collect(const CLI::App& app, std::vector<const CLI::App*>& commands) {
  for (const CLI::App* command : app.get_subcommands({})) {
    commands.push_back(command);
    collect(*command, commands);
  }
}

/// Where else in the tree a command has this name, or nearly.
std::optional<std::string> elsewhere(const CLI::App& root, std::string_view word) {
  std::vector<const CLI::App*> commands;
  collect(root, commands);
  std::vector<std::string> names;
  for (const CLI::App* command : commands) names.push_back(command->get_name());
  auto name = nearest(word, names);
  if (!name) return std::nullopt;
  auto found = std::find(names.begin(), names.end(), *name);
  return command_path(*commands[static_cast<std::size_t>(found - names.begin())]);
}

std::string unknown_option(const std::vector<const CLI::App*>& path, const std::string& word) {
  std::string name = word.substr(0, word.find('='));
  std::vector<std::string> candidates;
  for (const CLI::App* app : path) {
    auto names = option_names(*app);
    candidates.insert(candidates.end(), names.begin(), names.end());
  }
  return "unknown option '" + name + "' of '" + command_path(*path.back()) + "'" +
         meant(nearest(name, candidates));
}

std::string unknown_word(const std::vector<const CLI::App*>& path, const std::string& word) {
  const CLI::App& last = *path.back();
  if (last.get_subcommands({}).empty()) {
    return "'" + word + "' is one value more than '" + command_path(last) + "' takes";
  }
  auto suggestion = nearest(word, command_names(last));
  if (!suggestion) suggestion = elsewhere(*path.front(), word);
  std::string message = "unknown command '" + word + "'" + meant(suggestion);
  return suggestion ? message : message + "; see '" + command_path(last) + " --help'";
}

}  // namespace

std::optional<std::string> left_over(const CLI::App& root) {
  auto words = root.remaining(true);
  std::erase(words, "--");  // CLI11 keeps it
  if (words.empty()) return std::nullopt;
  auto path = path_of(root);
  const std::string& word = words.front();
  return word.size() > 1 && word[0] == '-' ? unknown_option(path, word) : unknown_word(path, word);
}

std::string command_path(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent ? command_path(*parent) + " " + command.get_name() : command.get_name();
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> command_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* sub : command.get_subcommands({})) names.push_back(sub->get_name());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace dcount::cli
