#include "sim/restart_requests.h"

#include <fstream>
#include <sstream>
#include <thread>

namespace dcount::sim {
namespace {

constexpr std::chrono::milliseconds between_requests{20};
constexpr const char* error_suffix = ".error";

}  // namespace

Result<void> RestartRequests::ask(const std::string& name,
                                  std::chrono::milliseconds at_most) const {
  const auto request = directory_ / name;
  const auto wrong = directory_ / (name + error_suffix);
  std::error_code ignored;
  std::filesystem::create_directories(directory_, ignored);
  std::filesystem::remove(wrong, ignored);
  if (!std::ofstream(request)) {
    return Error{Certainty::definite, "cannot write " + request.string()};
  }
  const auto deadline = std::chrono::steady_clock::now() + at_most;
  while (std::filesystem::exists(request, ignored)) {
    if (std::chrono::steady_clock::now() > deadline) {
      std::filesystem::remove(request, ignored);
      return Error{Certainty::unknown, "the cluster does not answer"};
    }
    std::this_thread::sleep_for(between_requests);
  }
  std::ifstream file(wrong);
  if (!file) return {};
  std::ostringstream text;
  text << file.rdbuf();
  std::filesystem::remove(wrong, ignored);
  return Error{Certainty::definite, text.str()};
}

std::vector<std::string> RestartRequests::open() const {
  std::vector<std::string> names;
  std::error_code ignored;  // no directory: no requests
  for (const auto& entry : std::filesystem::directory_iterator(directory_, ignored)) {
    if (entry.path().extension() != error_suffix) names.push_back(entry.path().filename());
  }
  return names;
}

void RestartRequests::answer(const std::string& name, const std::string& error) const {
  if (!error.empty()) std::ofstream(directory_ / (name + error_suffix)) << error;
  std::error_code ignored;
  std::filesystem::remove(directory_ / name, ignored);
}

void RestartRequests::clear() const {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

}  // namespace dcount::sim
