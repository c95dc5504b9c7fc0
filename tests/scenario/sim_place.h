// `dcount sim` as users run it, in a directory of its own, and what it leaves behind there.
//
// Thread-safety: one thread.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/run_dcount.h"

namespace dcount::test {

using Words = std::vector<std::string>;

class SimCommand : public testing::Test {
 protected:
  /// `dcount sim …`.
  Ran sim(Words words, const RunOptions& options = {}) const {
    words.insert(words.begin(), "sim");
    return place.run(words, options);
  }

  std::filesystem::path runs() const { return place.path() / ".dcount" / "runs"; }
  std::filesystem::path latest() const { return runs() / "latest"; }
  nlohmann::ordered_json read_json(const std::filesystem::path& file) const {
    return nlohmann::ordered_json::parse(std::ifstream(file), nullptr, false);
  }

  static Words lines(const std::string& text) {
    Words lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
  }
  static std::string last_line(const std::string& text) {
    const auto all = lines(text);
    return all.empty() ? "" : all.back();
  }

  /// The arguments of a line "dcount sim run …" that was printed.
  static Words arguments(const std::string& line) {
    std::istringstream stream(line);
    Words words;
    for (std::string word; stream >> word;) words.push_back(word);
    if (!words.empty()) words.erase(words.begin());
    return words;
  }
  /// Runs such a line until it fails, a few times: real processes are not deterministic.
  bool fails_again(const std::string& line) const {
    for (int i = 0; i < 4; ++i) {
      if (place.run(arguments(line)).status == 1) return true;
    }
    return false;
  }

  /// Processes whose command line names a file in this place.
  std::vector<pid_t> processes() const {
    std::vector<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const std::string name = entry.path().filename();
      if (name.find_first_not_of("0123456789") != std::string::npos) continue;
      std::ostringstream command;
      command << std::ifstream(entry.path() / "cmdline").rdbuf();
      if (command.str().find(place.path().string()) != std::string::npos) {
        found.push_back(std::stoi(name));
      }
    }
    return found;
  }

  Workplace place;
};

}  // namespace dcount::test
