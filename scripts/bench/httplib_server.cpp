// The peer "httplib" of scripts/bench-peers: stock cpp-httplib with the least a counter needs, in
// memory, nothing durable. What it reaches is what a handler behind a thread per connection can
// reach at all; dcount's lanes exist because of it.
#include <httplib.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <unordered_map>

namespace {

constexpr std::size_t threads = 256;  // it gives each connection one for life
constexpr int backlog = 1024;

/// httplib's own backlog of 5 would cost connections a second each.
class Server : public httplib::Server {
 public:
  bool widen_backlog() { return ::listen(svr_sock_, backlog) == 0; }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: %s PORT\n", argv[0]), 2;
  std::mutex mutex;
  std::unordered_map<std::string, std::int64_t> counters;
  Server server;
  server.new_task_queue = [] { return new httplib::ThreadPool(threads); };
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(1'000'000'000);
  server.Post(R"(/cnt/\w+/[\w.-]+)", [&](const httplib::Request& req, httplib::Response& res) {
    std::int64_t n = 0;
    {
      const std::lock_guard lock(mutex);
      n = ++counters[req.path];
    }
    res.set_content(R"({"resp":true,"n":)" + std::to_string(n) + "}", "application/json");
  });
  if (!server.bind_to_port("127.0.0.1", std::atoi(argv[1])) || !server.widen_backlog()) return 1;
  return server.listen_after_bind() ? 0 : 1;
}
