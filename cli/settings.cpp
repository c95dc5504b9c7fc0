#include "cli/settings.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>

#include "cli/suggestion.h"

namespace dcount::cli {
namespace {

constexpr std::uintmax_t file_bytes_max = 1 << 20;

std::string option_name(const CLI::Option& option) { return option.get_lnames().front(); }

std::string variable_name(const std::string& option) {
  std::string name = "DCOUNT_" + option;
  for (char& c : name) c = c == '-' ? '_' : static_cast<char>(std::toupper(c));
  return name;
}

/// Files may write idempotency_records for idempotency-records.
std::string normalised(std::string key) {
  std::replace(key.begin(), key.end(), '_', '-');
  return key;
}

/// CLI11 cuts a line at any '#', also inside quotes; so cut here, where it is a comment.
std::string without_comment(const std::string& line) {
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (quote != 0) {
      if (line[i] == quote) quote = 0;
    } else if (line[i] == '"' || line[i] == '\'') {
      quote = line[i];
    } else if (line[i] == '#') {
      return line.substr(0, i);
    }
  }
  return line;
}

std::string joined(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : ",") + value;
  return text;
}

/// Gives the option a value as if it had stood on the line. What is wrong with it, or "".
std::string give(CLI::Option& option, const std::string& value, const std::string& from) {
  try {
    option.add_result(value);
    option.run_callback();
    return "";
  } catch (const CLI::Error& error) {
    return from + ": " + error.what();
  }
}

/// First of the variables that is set, and its value.
std::optional<std::pair<std::string, std::string>> from_environment(
    const std::vector<std::string>& variables) {
  for (const std::string& name : variables) {
    const char* value = std::getenv(name.c_str());
    if (value != nullptr && *value != '\0') return std::pair(name, std::string(value));
  }
  return std::nullopt;
}

}  // namespace

void Settings::add(CLI::App& command, CLI::Option* option, std::vector<std::string> variables) {
  std::string name = option_name(*option);
  variables.insert(variables.begin(), variable_name(name));
  std::string key = name;
  for (const CLI::App* at = &command; at->get_parent() != nullptr; at = at->get_parent()) {
    key = at->get_name() + "." + key;
  }
  settings_.push_back({&command, option, std::move(key), std::move(variables)});
}

std::vector<std::string> Settings::files() {
  std::vector<std::string> files{"dcount.toml"};
  const char* config = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  if (config != nullptr && *config != '\0') {
    files.push_back(std::string(config) + "/dcount/config.toml");
  } else if (home != nullptr && *home != '\0') {
    files.push_back(std::string(home) + "/.config/dcount/config.toml");
  }
  files.push_back("/etc/dcount/config.toml");
  return files;
}

std::string Settings::unknown_key(const std::string& key, const std::string& file) const {
  std::vector<std::string> known;
  for (const Setting& setting : settings_) known.push_back(setting.key);
  auto suggestion = nearest(key, known);
  // Right name, wrong section.
  std::string name = key.substr(key.rfind('.') + 1);
  for (const std::string& other : known) {
    if (!suggestion && other.substr(other.rfind('.') + 1) == name) suggestion = other;
  }
  return file + ": unknown setting '" + key + "'" +
         (suggestion ? "; did you mean '" + *suggestion + "'?" : std::string());
}

std::string Settings::load(const std::string& file, std::vector<FileValue>& values) const {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return "";
  if (!std::filesystem::is_regular_file(file, error) ||
      std::filesystem::file_size(file, error) > file_bytes_max) {
    return file + ": not a configuration file";
  }
  std::ifstream stream(file);
  if (!stream) return file + ": " + std::strerror(errno);
  std::stringstream text;
  for (std::string line; std::getline(stream, line);) text << without_comment(line) << '\n';

  CLI::ConfigTOML toml;
  toml.comment('\x01');
  for (const CLI::ConfigItem& item : toml.from_config(text)) {
    if (item.name == "++" || item.name == "--") continue;  // a section's begin and end
    std::string key = normalised(item.fullname());
    bool known = std::any_of(settings_.begin(), settings_.end(),
                             [&](const Setting& setting) { return setting.key == key; });
    if (!known) return unknown_key(key, file);
    values.push_back({key, item.inputs, file});
  }
  return "";
}

std::string Settings::apply() {
  std::vector<FileValue> values;
  for (const std::string& file : files()) {
    if (auto wrong = load(file, values); !wrong.empty()) return wrong;
  }
  for (const Setting& setting : settings_) {
    bool named = setting.command->get_parent() == nullptr || setting.command->parsed();
    if (!named || setting.option->count() > 0) continue;
    std::string wrong;
    if (auto variable = from_environment(setting.variables)) {
      wrong = give(*setting.option, variable->second, variable->first);
    } else {
      auto found = std::find_if(values.begin(), values.end(),
                                [&](const FileValue& value) { return value.key == setting.key; });
      if (found != values.end()) wrong = give(*setting.option, joined(found->values), found->file);
    }
    if (!wrong.empty()) return wrong;
  }
  return "";
}

}  // namespace dcount::cli
