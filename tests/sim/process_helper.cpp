// What process_test starts: a program that does as its first argument says.
//
//   spawn PROGRAM…   starts a child through sim::Process, says its pid, and waits for ever
//   deaf             ignores SIGTERM, says "deaf", and waits for ever
//   descriptors      says the numbers of its open descriptors and ends
//   say NAME         says its directory and the variable NAME, one to each stream, and ends
//   signals          says the signals that are blocked or ignored, as the kernel tells, and ends
#include <dirent.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "sim/process.h"

namespace {

[[noreturn]] void wait_for_ever() {
  for (;;) ::pause();
}

void spawn(int count, char** words) {
  auto child = dcount::sim::Process::start(
      {.program = words[0], .arguments = {words + 1, words + count}, .log = "child.log"});
  std::cout << child.value().pid() << std::endl;
  wait_for_ever();
}

void say_descriptors() {
  DIR* all = ::opendir("/proc/self/fd");
  while (const dirent* entry = ::readdir(all)) {
    const int fd = std::atoi(entry->d_name);
    if (entry->d_name[0] != '.' && fd != ::dirfd(all)) std::cout << fd << " ";
  }
  std::cout << std::endl;
}

void say_signals() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("SigBlk") || line.starts_with("SigIgn")) std::cout << line << std::endl;
  }
}

}  // namespace

int main(int count, char** words) {
  const std::string what = count > 1 ? words[1] : "";
  if (what == "spawn") spawn(count - 2, words + 2);
  if (what == "deaf") {
    ::signal(SIGTERM, SIG_IGN);
    std::cout << "deaf" << std::endl;
    wait_for_ever();
  }
  if (what == "descriptors") say_descriptors();
  if (what == "signals") say_signals();
  if (what == "say") {
    std::cout << std::filesystem::current_path().string() << std::endl;
    const char* value = std::getenv(words[2]);
    std::cerr << (value != nullptr ? value : "(not set)") << std::endl;
    return 7;
  }
  return 0;
}
