// Ctrl-C. By default it ends the process at once with 130; a command that has something to finish,
// to tell or to clean up (server, bench, batch --chunked, item add, dump) holds a
// GracefulInterruption.
//
// Thread-safety: interrupted from any thread; the rest from the main thread.
#pragma once

namespace dcount::cli {

/// Installs the handlers for SIGINT and SIGTERM, and ignores SIGPIPE: a closed pipe is a failed
/// write, which Output reports. Once, at the start of main.
void handle_signals();

/// True once SIGINT or SIGTERM has come, while a GracefulInterruption was held.
bool interrupted();

/// While one is held a signal only sets interrupted() and runs `on_signal` (which must be
/// async-signal-safe, and may end the process); a second Ctrl-C ends it with 130. One at a time.
class GracefulInterruption {
 public:
  explicit GracefulInterruption(void (*on_signal)() = nullptr);
  GracefulInterruption(const GracefulInterruption&) = delete;
  GracefulInterruption& operator=(const GracefulInterruption&) = delete;
  ~GracefulInterruption();
};

}  // namespace dcount::cli
