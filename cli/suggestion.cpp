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

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t replaced = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates) {
  constexpr std::size_t word_bytes_max = 64;
  if (word.size() > word_bytes_max) return std::nullopt;
  std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::optional<std::string> found;
  for (const std::string& candidate : candidates) {
    bool begun = word.size() >= 3 && candidate.starts_with(word);
    std::size_t distance = begun ? 1 : edit_distance(word, candidate);
    if (distance < best) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}

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
