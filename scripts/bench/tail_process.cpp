// See tail_process.h.
#include "tail_process.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace dcount::bench_tails {
namespace {

std::ifstream open(pid_t pid, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/" + name);
  if (!file) throw std::runtime_error("there is no process " + std::to_string(pid));
  return file;
}

/// The KiB in the line of this name.
std::int64_t line_bytes(std::ifstream file, const std::string& name) {
  std::string word;
  std::int64_t kib = 0;
  while (file >> word) {
    if (word == name && file >> kib) return kib * 1024;
  }
  throw std::runtime_error("no " + name + " in /proc");
}

}  // namespace

std::int64_t exact_resident_bytes(pid_t pid) {
  return line_bytes(open(pid, "smaps_rollup"), "Rss:");
}

std::int64_t resident_bytes(pid_t pid) { return line_bytes(open(pid, "status"), "VmRSS:"); }

double cpu_seconds(pid_t pid) {
  constexpr int fields_before_times = 11;  // after the name, which may have blanks and brackets
  std::string line;
  std::ifstream file = open(pid, "stat");
  std::getline(file, line);
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string skipped;
  for (int i = 0; i < fields_before_times; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace dcount::bench_tails
