// What a request costs the HTTP side, by part. Not a test: run it by hand.
//
//   http_load_benchmark            ns per request of each part, without sockets
//   http_load_benchmark serve      a server with a trivial handler; then e.g.
//                                  wrk -t1 -c50 -d5 http://127.0.0.1:PORT/cnt/views/home
//   http_load_benchmark deferred   the same, answered by another thread in batches, as an engine
//                                  with a durable store would
//
// /cnt/{collection}/{id} answers {"n": 7} to GET and POST.
#include <cstdio>
#include <cstring>
#include <mutex>
#include <thread>

#include "server/http/connection_set.h"
#include "server/http/event_loop.h"
#include "server/http/framer.h"
#include "server/http/problem.h"
#include "server/http/response_writer.h"
#include "server/http/server.h"

namespace dcount::http {
namespace {

httplib::Response answer() {
  httplib::Response response;
  response.status = 200;
  response.set_content(R"({"resp":true,"n":8,"applied":1,"version":9})", "application/json");
  return response;
}

/// Another thread that answers what a loop has gathered in its turn, all at once.
class Committer {
 public:
  explicit Committer(bool deferred) {
    if (deferred) thread_ = std::thread([this] { run(); });
  }
  ~Committer() {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

  void handle(Responder responder) {
    if (!thread_.joinable()) return responder.send(answer());
    if (gathered_.empty()) responder.loop().at_turn_end([this] { submit(); });
    gathered_.push_back(std::move(responder));
  }

 private:
  using Batch = std::vector<Responder>;

  void submit() {
    {
      std::lock_guard lock(mutex_);
      for (Responder& responder : gathered_) waiting_.push_back(std::move(responder));
    }
    gathered_.clear();
    wake_.notify_one();
  }

  void run() {
    for (std::unique_lock lock(mutex_);;) {
      wake_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
      if (stop_) return;
      auto batch = std::make_shared<Batch>(std::move(waiting_));
      waiting_.clear();
      lock.unlock();
      batch->front().loop().post([batch] {
        for (Responder& responder : *batch) responder.send(answer());
      });
      lock.lock();
    }
  }

  Batch gathered_;  // the loop's
  std::mutex mutex_;
  std::condition_variable wake_;
  Batch waiting_;  // guarded by mutex_
  bool stop_ = false;
  std::thread thread_;
};

RouteTable routes(Committer& committer) {
  RouteTable table;
  for (const char* method : {"GET", "POST"}) {
    auto handler = [&committer](Request&&, Responder responder) {
      committer.handle(std::move(responder));
    };
    table.add({method, "/cnt/{collection}/{id}", handler, {}});
    table.add({method, "/livez", handler, {}});
  }
  return table;
}

template <class Work>
void measure(const char* name, Work work) {
  constexpr int rounds = 300'000;
  for (int i = 0; i < rounds / 10; ++i) work();
  auto begun = Clock::now();
  for (int i = 0; i < rounds; ++i) work();
  std::chrono::duration<double, std::nano> spent = Clock::now() - begun;
  std::printf("%-34s %7.0f ns\n", name, spent.count() / rounds);
}

void measure_parts() {
  const std::string request =
      "POST /cnt/views/home HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Length: 0\r\n\r\n";
  const std::string browser =
      "GET /cnt/views/home?create=true HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"
      "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0\r\n"
      "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
      "Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n"
      "Connection: keep-alive\r\nUpgrade-Insecure-Requests: 1\r\n\r\n";
  Limits limits;
  Framer framer(limits);
  auto frame = [&framer](std::string_view bytes) {
    while (framer.feed(bytes) != Framer::Step::complete) continue;
    framer.next();
  };
  measure("frame a bare request", [&] { frame(request); });
  measure("frame a browser's request", [&] { frame(browser); });
  measure("an empty Request", [] { Request empty; });

  Committer inline_answers(false);
  RouteTable table = routes(inline_answers);
  measure("match a route of two parts", [&] {
    RouteMatch match;
    (void)table.match("POST", "/cnt/views/home", match);
  });
  measure("match a literal route", [&] {
    RouteMatch match;
    (void)table.match("GET", "/livez", match);
  });

  RequestIds ids;
  DateLine date;
  date.refresh(std::time(nullptr));
  std::string out;
  measure("a request id", [&] { std::string id = ids.next(); });
  measure("make a handler's response", [] { httplib::Response response = answer(); });
  const httplib::Response response = answer();
  measure("write a response", [&] {
    out.clear();
    append_response(out, response, {"k3f9a-00000001a", date.text()});
  });
  measure("make a problem", [] { httplib::Response error = problem(404, "not_found", "none"); });
}

void serve(bool deferred) {
  Committer committer(deferred);
  Server server({.port = 0}, routes(committer));
  if (std::string error = server.start(); !error.empty()) {
    std::fprintf(stderr, "%s\n", error.c_str());
    return;
  }
  std::printf("%d\n", server.port());
  std::fflush(stdout);
  while (std::getchar() != EOF) continue;
  server.drain(std::chrono::seconds(1));
}

}  // namespace
}  // namespace dcount::http

int main(int argc, char** argv) {
  if (argc < 2)
    dcount::http::measure_parts();
  else
    dcount::http::serve(std::strcmp(argv[1], "deferred") == 0);
}
