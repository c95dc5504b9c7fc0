// A process by its number and when it began, so that a number that was given to another one since
// is never taken for it. What is kept in files about processes.
//
// Thread-safety: plain values, functions from any thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>

namespace dcount::sim {

struct ProcessIdentity {
  pid_t pid = -1;
  std::uint64_t began = 0;  ///< clock ticks after the machine's start, as in /proc/PID/stat

  bool operator==(const ProcessIdentity&) const = default;
};

/// Nothing when there is no such process, or it has ended and only waits to be reaped.
std::optional<ProcessIdentity> identify(pid_t pid);

inline bool runs(const ProcessIdentity& process) { return identify(process.pid) == process; }

/// Sends a signal; nothing happens, and false, when that process does not run any more.
bool send_signal(const ProcessIdentity& process, int number);

/// Waits until it does not run any more. False: it still does after the time.
bool wait_gone(const ProcessIdentity& process, std::chrono::milliseconds at_most);

}  // namespace dcount::sim
