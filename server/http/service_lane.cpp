// Workers for what may block, see service_lane.h.
#include "server/http/service_lane.h"

#include <algorithm>
#include <cstring>

#include "server/http/problem.h"
#include "server/http/response_slot.h"

namespace dcount::http {

/// One job in the hands of one worker, and what came of it.
struct ServiceLane::Run {
  ServiceJob& job;
  httplib::Response response;  ///< status and headers as cpp-httplib would have sent them
  FileBody file;
  bool later = false;  ///< somebody else has taken over the duty to answer
};

namespace {

/// What a worker shows cpp-httplib: the request line to read, and a place to write to.
class CapturingStream final : public httplib::Stream {
 public:
  CapturingStream(std::string input, std::size_t bytes_max)
      : input_(std::move(input)), bytes_max_(bytes_max) {}

  bool is_readable() const override { return read_ < input_.size(); }
  bool is_writable() const override { return !failed_; }

  ssize_t read(char* data, std::size_t size) override {
    std::size_t n = std::min(size, input_.size() - read_);
    if (n == 0) return -1;
    std::memcpy(data, input_.data() + read_, n);
    read_ += n;
    return static_cast<ssize_t>(n);
  }

  ssize_t write(const char* data, std::size_t size) override {
    // Never 0: cpp-httplib would try again for ever.
    if (failed_ || size > bytes_max_ - output_.size()) return failed_ = true, -1;
    output_.append(data, size);
    return static_cast<ssize_t>(size);
  }

  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return INVALID_SOCKET; }

  bool failed() const { return failed_; }
  /// What was written behind the head.
  std::string body() {
    std::size_t end = output_.find("\r\n\r\n");
    if (end == std::string::npos) return {};
    output_.erase(0, end + 4);
    return std::move(output_);
  }

 private:
  const std::string input_;
  const std::size_t bytes_max_;
  std::size_t read_ = 0;
  std::string output_;
  bool failed_ = false;
};

/// Its hooks do not say which stream they are called for.
thread_local void* running = nullptr;

httplib::Response internal_error() {
  return problem(500, "internal", "the handler of this path failed");
}

}  // namespace

ServiceLane::ServiceLane(const Limits& limits) : limits_(limits) {
  svr_sock_ = 0;  // only ever compared with INVALID_SOCKET, which would mean "shutting down"
  set_pre_routing_handler([this](const httplib::Request&, httplib::Response& response) {
    call_handler(*static_cast<Run*>(running), response);
    return HandlerResponse::Handled;
  });
  set_post_routing_handler([](const httplib::Request&, httplib::Response& response) {
    auto& run = *static_cast<Run*>(running);
    run.response.status = response.status;
    run.response.headers = response.headers;
  });
  set_exception_handler(
      [](const httplib::Request&, httplib::Response& response, std::exception_ptr) {
        httplib::Response error = internal_error();
        response.status = error.status;
        response.headers = error.headers;
        response.body = error.body;
        static_cast<Run*>(running)->file = {};
      });
}

ServiceLane::~ServiceLane() { stop(); }

void ServiceLane::start() {
  for (std::size_t i = 0; i < limits_.service_workers; ++i)
    workers_.emplace_back([this] { work(); });
}

bool ServiceLane::submit(std::unique_ptr<ServiceJob>& job) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= limits_.service_queue_max) return false;
    queue_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

void ServiceLane::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    queue_.clear();
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

void ServiceLane::work() {
  for (;;) {
    std::unique_ptr<ServiceJob> job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    perform(*job);
  }
}

void ServiceLane::perform(ServiceJob& job) {
  Run run{job, {}, {}};
  // HEAD is shown as GET: the connection leaves the body out, and takes its length from it.
  const std::string& method = job.request.http.method;
  CapturingStream stream(
      (method == "HEAD" ? "GET" : method) + " / HTTP/1.1\r\nHost: dcount\r\n\r\n",
      limits_.service_answer_bytes_max);
  bool closed = false;
  bool ok = false;
  running = &run;
  try {
    ok = process_request(stream, false, closed, nullptr) && !stream.failed();
  } catch (...) {  // from a content provider
  }
  running = nullptr;

  if (run.later) return;
  run.response.body = stream.body();
  Responder responder(std::move(job.slot));
  if (!ok) return responder.send(internal_error());
  responder.send_file(std::move(run.response), std::move(run.file));
}

void ServiceLane::call_handler(Run& run, httplib::Response& response) {
  ServiceCall call(run.job, response);
  try {
    run.job.route.service(call);
  } catch (...) {
    run.later = call.answers_later();
    throw;
  }
  run.later = call.answers_later();
  if (run.later) return;
  if (response.is_chunked_content_provider_ ||
      (response.content_provider_ && response.content_length_ == 0))
    throw std::logic_error("a stream is no service");
  if (call.send_file.empty()) return;
  // Also of a file that cannot be sent.
  if (call.remove_sent_file) run.file.remover = FileRemover(call.send_file);
  if (!run.file.open(call.send_file)) throw std::runtime_error("the file to send is not there");
  const std::uint64_t rest = run.file.bytes - std::min(call.send_offset, run.file.bytes);
  if (!run.file.narrow(call.send_offset, call.send_bytes.value_or(rest)))
    throw std::runtime_error("the file to send is shorter");
}

}  // namespace dcount::http
