// The thread that writes bodies to their files, so that no event loop ever waits for a disk.
//
// Thread-safety: append from any loop's thread; start and stop from one.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "server/http/event_loop.h"
#include "server/http/file_body.h"

namespace dcount::http {

class Spooler {
 public:
  /// On the loop's thread. False: the file has not got all of it.
  using Done = std::function<void(bool stored)>;

  Spooler() = default;
  ~Spooler() { stop(); }

  void start();
  /// What is not written yet is dropped, and nobody told.
  void stop();

  /// Adds to the file what comes after what it was given before. False: too much waits already, and
  /// nothing was taken.
  [[nodiscard]] bool append(std::shared_ptr<SpoolFile> file, std::string bytes, EventLoop& loop,
                            Done done);

 private:
  struct Piece {
    std::shared_ptr<SpoolFile> file;
    std::string bytes;
    EventLoop& loop;
    Done done;
  };
  static constexpr std::size_t waiting_bytes_max = std::size_t{64} << 20;

  void work();

  std::thread thread_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::deque<Piece> queue_;
  std::size_t waiting_bytes_ = 0;
  bool stopping_ = false;
};

}  // namespace dcount::http
