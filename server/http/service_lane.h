// The lane of work that may block: a bounded pool of workers that runs handlers through
// cpp-httplib.
//
// cpp-httplib 0.11.4 reads requests too trustingly (docs/architecture.md), so it reads none of a
// client's bytes here: it is shown a request line that we wrote, runs the handler from its
// pre-routing hook with the request that framer.h has checked, and builds the response, content
// providers included, which is captured and sent by the connection like any other.
//
// Thread-safety: submit from any thread; stop and the destructor from one.
#pragma once

#include <httplib.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "server/http/file_body.h"
#include "server/http/limits.h"
#include "server/http/route_table.h"

namespace dcount::http {

class ResponseSlot;

struct ServiceJob {
  Request request;
  const Route& route;
  std::shared_ptr<ResponseSlot> slot;
  std::shared_ptr<SpoolFile> body;  ///< removed with the job
};

class ServiceLane : private httplib::Server {
 public:
  explicit ServiceLane(const Limits& limits);
  ~ServiceLane() override;

  void start();

  /// False: as many as `service_queue_max` wait already, and `job` is left as it was.
  [[nodiscard]] bool submit(std::unique_ptr<ServiceJob>& job);

  /// Waits for the handlers that run; what still waits is dropped unanswered.
  void stop();

 private:
  struct Run;

  void work();
  void perform(ServiceJob& job);
  void call_handler(Run& run, httplib::Response& response);

  const Limits limits_;
  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::unique_ptr<ServiceJob>> queue_;  ///< guarded by mutex_
  bool stopping_ = false;                          ///< guarded by mutex_
};

}  // namespace dcount::http
