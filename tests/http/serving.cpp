// The test server, see serving.h.
#include "tests/http/serving.h"

#include <unistd.h>

#include <fstream>
#include <stdexcept>

namespace dcount::http {

Responder Deferred::take(const std::string& name) {
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      for (auto one = waiting_.begin(); one != waiting_.end(); ++one) {
        if (one->first != name) continue;
        Responder responder = std::move(one->second);
        waiting_.erase(one);
        return responder;
      }
    }
    std::this_thread::sleep_for(1ms);  // the test's own time limit ends this
  }
}

Serving::Serving() {
  std::string path = (std::filesystem::temp_directory_path() / "dcount-http-XXXXXX").string();
  if (!::mkdtemp(path.data())) throw std::runtime_error("no temporary directory");
  directory_ = path;
  options_.port = 0;
  options_.spool_directory = path;
}

Serving::~Serving() {
  release_services();
  deferred_.drop_all();
  server_.reset();
  std::filesystem::remove_all(directory_);
}

void Serving::start() {
  server_ = std::make_unique<Server>(options_, routes());
  ASSERT_EQ(server_->start(), "");
}

void Serving::hold_services() {
  std::lock_guard lock(mutex_);
  held_ = true;
}

void Serving::release_services() {
  std::lock_guard lock(mutex_);
  held_ = false;
  released_.notify_all();
}

void Serving::wait_while_held() {
  std::unique_lock lock(mutex_);
  ++services_running_;
  released_.wait(lock, [this] { return !held_; });
  --services_running_;
}

std::size_t Serving::spooled_files() const {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory_))
    if (entry.path().filename().string().starts_with("dcount-spool-")) ++count;
  return count;
}

RouteTable Serving::routes() {
  RouteTable table;
  auto echo = [](Request&& request, Responder responder) {
    responder.send(text(200, request.captures[0] + request.http.body));
  };
  table.add({"GET", "/echo/{word}", echo, {}});
  table.add({"POST", "/echo/{word}", echo, {}});
  table.add({"POST",
             "/later/{word}",
             [this](Request&& request, Responder responder) {
               deferred_.keep(request.captures[0], std::move(responder));
             },
             {}});
  table.add({"GET", "/drop", [](Request&&, Responder) {}, {}});
  table.add(
      {"GET", "/throw", [](Request&&, Responder) { throw std::runtime_error("a secret"); }, {}});
  table.add({"GET",
             "/large/{bytes}",
             [](Request&& request, Responder responder) {
               responder.send(text(200, std::string(std::stoul(request.captures[0]), 'x')));
             },
             {}});
  add_services(table);
  add_routes(table);
  return table;
}

void Serving::add_services(RouteTable& table) {
  auto service = [this](ServiceCall& call) {
    wait_while_held();
    call.response.set_content(call.captures[0] + call.request.body, "text/plain");
  };
  table.add({"GET", "/service/{word}", {}, service});
  table.add({"POST", "/service/{word}", {}, service});
  Route spool{"PUT", "/spool", {}, [this](ServiceCall& call) {
                wait_while_held();
                std::ifstream file(call.body_file, std::ios::binary);
                std::string start(3, ' ');
                file.read(start.data(), 3);
                call.response.set_content(
                    std::to_string(std::filesystem::file_size(call.body_file)) + " " + start,
                    "text/plain");
              }};
  spool.spool_body = true;
  spool.body_bytes_max = 100 << 20;
  table.add(std::move(spool));
  table.add({"GET", "/file", {}, [this](ServiceCall& call) {
               call.response.set_header("Content-Type", "application/x-xz");
               call.send_file = file_;
               call.remove_sent_file = true;
             }});
  table.add({"GET", "/provided", {}, [](ServiceCall& call) {
               call.response.set_content_provider(
                   6, "text/plain", [](std::size_t at, std::size_t, httplib::DataSink& sink) {
                     return sink.write("abcdef" + at, 1);
                   });
             }});
  table.add({"GET", "/stream", {}, [](ServiceCall& call) {
               call.response.set_chunked_content_provider("text/plain",
                                                          [](std::size_t, httplib::DataSink& sink) {
                                                            sink.done();
                                                            return true;
                                                          });
             }});
  table.add({"GET", "/fail", {}, [](ServiceCall&) { throw std::runtime_error("a secret"); }});
}

}  // namespace dcount::http
