// Waiting for what another process does: poll with a deadline.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>

namespace dcount::sim {

/// Whether `holds` became true within the time.
inline bool eventually(const std::function<bool()>& holds,
                       std::chrono::seconds at_most = std::chrono::seconds(20)) {
  const auto deadline = std::chrono::steady_clock::now() + at_most;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

/// The letter ps shows: R, S, T (stopped), Z (ended, waiting to be reaped); 0: no such process.
inline char state_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  const auto end_of_name = line.rfind(')');
  return end_of_name == std::string::npos ? '\0' : line.at(end_of_name + 2);
}

/// It has ended; whoever is its parent now may not have noticed.
inline bool gone(pid_t pid) { return state_of(pid) == '\0' || state_of(pid) == 'Z'; }

inline std::string content_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace dcount::sim
