// While one lives, writing to a connection that the other side has closed is an error for this
// thread, and no SIGPIPE, which would end the program: cpp-httplib's client writes without
// MSG_NOSIGNAL, and a library has no right to change what a signal does to its program.
//
// Thread-safety: belongs to the thread that made it.
#pragma once

#include <pthread.h>
#include <signal.h>

#include <cerrno>
#include <ctime>

namespace dcount::client {

class SigpipeBlocked {
 public:
  SigpipeBlocked() {
    sigset_t pending;
    ::sigpending(&pending);
    was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
    ::sigemptyset(&sigpipe_);
    ::sigaddset(&sigpipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
  }
  SigpipeBlocked(const SigpipeBlocked&) = delete;
  SigpipeBlocked& operator=(const SigpipeBlocked&) = delete;
  /// One that has come meanwhile is ours: it is taken, and goes nowhere.
  ~SigpipeBlocked() {
    const int saved = errno;
    const timespec at_once{};
    while (!was_pending_ && ::sigtimedwait(&sigpipe_, nullptr, &at_once) < 0 && errno == EINTR) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = saved;
  }

 private:
  sigset_t sigpipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

}  // namespace dcount::client
