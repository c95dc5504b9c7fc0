#include "server/http/spooler.h"

#include <utility>

namespace dcount::http {

void Spooler::start() {
  thread_ = std::thread([this] { work(); });
}

void Spooler::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  thread_.join();
  queue_.clear();
}

bool Spooler::append(std::shared_ptr<SpoolFile> file, std::string bytes, EventLoop& loop,
                     Done done) {
  const std::lock_guard lock(mutex_);
  if (bytes.size() > waiting_bytes_max - waiting_bytes_) return false;
  waiting_bytes_ += bytes.size();
  queue_.push_back({std::move(file), std::move(bytes), loop, std::move(done)});
  wake_.notify_one();
  return true;
}

void Spooler::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    Piece piece = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    const bool stored = piece.file->append(piece.bytes);
    // Before the connection goes on: the file is its alone again.
    piece.file.reset();
    piece.loop.post([done = std::move(piece.done), stored] { done(stored); });
    lock.lock();
    waiting_bytes_ -= piece.bytes.size();
  }
}

}  // namespace dcount::http
