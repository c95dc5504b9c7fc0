// What a fuzzed program must keep. Thread-safety: one thread.
#pragma once

#include <cstdio>
#include <cstdlib>

/// Ends the program with a word, so that libFuzzer keeps the input.
#define REQUIRE(condition)                                                         \
  do {                                                                             \
    if (!(condition)) {                                                            \
      std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                \
    }                                                                              \
  } while (false)
