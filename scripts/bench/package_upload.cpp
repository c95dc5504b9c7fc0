// See package_upload.h.
#include "package_upload.h"

#include <fcntl.h>
#include <httplib.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace dcount::bench_packages {
namespace {

using Clock = std::chrono::steady_clock;

/// Does the job with this number. Returns what went wrong, or "".
using Job = std::function<std::string(std::size_t number)>;

/// `make_job` is called once by each of the workers.
Uploaded run(std::size_t workers, std::size_t count, const std::function<Job()>& make_job) {
  Uploaded all;
  std::mutex mutex;  // guards all
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    const Job job = make_job();
    for (std::size_t number; (number = next++) < count;) {
      const auto begun = Clock::now();
      const std::string error = job(number);
      const std::chrono::duration<double, std::milli> took = Clock::now() - begun;
      const std::lock_guard lock(mutex);
      if (error.empty()) {
        all.each_ms.push_back(took.count());
      } else {
        ++all.errors[error];
      }
    }
  };
  const auto begun = Clock::now();
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < workers; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  all.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  all.done = all.each_ms.size();
  std::ranges::sort(all.each_ms);
  return all;
}

class File {
 public:
  File(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0640)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  bool write(const std::string& bytes) const {
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t done = ::write(fd_, bytes.data() + at, bytes.size() - at);
      if (done < 0) return false;
      at += static_cast<std::size_t>(done);
    }
    return true;
  }
  bool sync() const { return ::fsync(fd_) == 0; }

 private:
  int fd_;
};

std::string write_one(const std::string& directory, const std::string& bytes, std::size_t number) {
  const std::string name = directory + "/" + std::to_string(number);
  const std::string temporary = name + ".tmp";
  const File file(temporary, O_WRONLY | O_CREAT | O_EXCL);
  const bool done = file.write(bytes) && file.sync() &&
                    ::rename(temporary.c_str(), name.c_str()) == 0 &&
                    File(directory, O_RDONLY | O_DIRECTORY).sync();
  return done ? "" : std::strerror(errno);
}

}  // namespace

Uploaded upload(const UploadOptions& options) {
  return run(options.connections, options.count, [&] {
    auto client = std::make_shared<httplib::Client>(options.host, options.port);
    client->set_keep_alive(true);
    client->set_tcp_nodelay(true);
    client->set_read_timeout(60);
    const httplib::Headers headers{{"Authorization", "Bearer " + options.key}};
    return [&options, client, headers](std::size_t) -> std::string {
      const auto answer =
          client->Post("/api/add_pkg", headers, options.archive, "application/x-xz");
      if (!answer) return httplib::to_string(answer.error());
      return answer->status == 201 ? "" : std::to_string(answer->status);
    };
  });
}

Uploaded write_plainly(const std::string& directory, const std::string& bytes, std::size_t writers,
                       std::size_t count) {
  return run(writers, count, [&] {
    return [&](std::size_t number) { return write_one(directory, bytes, number); };
  });
}

}  // namespace dcount::bench_packages
