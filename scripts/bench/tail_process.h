// What /proc tells of the server: memory and CPU time.
//
// Thread-safety: pure functions. They throw std::runtime_error when there is no such process.
#pragma once

#include <sys/types.h>
#include <cstdint>

namespace dcount::bench_tails {

/// Resident memory, counted page by page: exact, and the server waits meanwhile.
std::int64_t exact_resident_bytes(pid_t pid);

/// Resident memory as the kernel keeps count of it: at no cost, a few pages off.
std::int64_t resident_bytes(pid_t pid);

/// User and system time of all its threads.
double cpu_seconds(pid_t pid);

}  // namespace dcount::bench_tails
