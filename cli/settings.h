// Where the value of an option comes from when the command line does not give it: the environment,
// then configuration files. CLI11 would let a file win over the environment, hence this.
//
// Thread-safety: the main thread.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace dcount::cli {

class Settings {
 public:
  /// Makes `option` (with a long name) of `command` a setting. `--listen` of `dcount server` is
  /// then also DCOUNT_LISTEN (or one of `variables`, after it) and, in a file, `listen` under
  /// [server]; an option of the root stands before the first [section].
  void add(CLI::App& command, CLI::Option* option, std::vector<std::string> variables = {});

  /// Fills in what the line has not given, for the root and the commands that were named.
  /// First the environment, then ./dcount.toml, $XDG_CONFIG_HOME/dcount/config.toml and
  /// /etc/dcount/config.toml; the first that has it wins. Returns what is wrong, for people, or an
  /// empty string: a key nobody knows, a value that does not fit, a file that cannot be read.
  [[nodiscard]] std::string apply();

  /// The files looked at, in the order of precedence.
  static std::vector<std::string> files();

 private:
  struct Setting {
    CLI::App* command;
    CLI::Option* option;
    std::string key;  ///< "listen" or "server.listen"
    std::vector<std::string> variables;
  };
  struct FileValue {
    std::string key;
    std::vector<std::string> values;
    std::string file;
  };

  std::string load(const std::string& file, std::vector<FileValue>& values) const;
  std::string unknown_key(const std::string& key, const std::string& file) const;

  std::vector<Setting> settings_;
};

}  // namespace dcount::cli
