#include "tests/support/script.h"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace dcount::test {

Script::Script(const std::filesystem::path& folder, const std::string& name,
               const std::string& program, std::vector<std::string> arguments)
    : log_(folder / name) {
  std::filesystem::remove(log_);
  auto process =
      sim::Process::start({.program = program, .arguments = std::move(arguments), .log = log_});
  if (!process) throw std::runtime_error(process.error().message);
  process_ = std::move(*process);
}

std::string Script::printed() const {
  std::ostringstream text;
  text << std::ifstream(log_, std::ios::binary).rdbuf();
  return text.str();
}

bool Script::prints(const std::string& text) const {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (std::chrono::steady_clock::now() < deadline) {
    const bool ended = !running();
    if (printed().find(text) != std::string::npos) return true;
    if (ended) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

Script websockets_script(const std::filesystem::path& folder, const std::string& fact,
                         std::uint16_t port) {
  // Debian's, which sees Debian's packages; another python3 may come first in PATH.
  return Script(folder, fact, "/usr/bin/python3",
                {SOURCE_DIRECTORY "/tests/e2e/tail_websockets.py", fact, std::to_string(port)});
}

Script curl_script(const std::filesystem::path& folder, const std::string& name,
                   const std::string& url, const std::vector<std::string>& fields) {
  std::vector<std::string> arguments{"--no-buffer", "--silent", "--show-error", url};
  for (const std::string& field : fields) {
    arguments.emplace_back("--header");
    arguments.push_back(field);
  }
  return Script(folder, name, "curl", std::move(arguments));
}

}  // namespace dcount::test
