// What a link costs: a ping-pong of small messages over loopback, directly and through a link; how
// many small messages and how many bytes one thread of links carries. Prints; asserts nothing.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "sim/links/links.h"
#include "tests/links/sockets.h"

namespace dcount::sim {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int rounds = 40'000;
constexpr std::size_t message_bytes = 128;

/// Sends every message back, on a thread of its own.
class Echo {
 public:
  explicit Echo(TestSocket socket)
      : thread_([socket = std::move(socket)] {
          while (socket.can(POLLIN, patience)) {
            const std::string got = socket.receive(1) + socket.receive(message_bytes - 1);
            if (got.size() < message_bytes || !socket.send(got)) return;
          }
        }) {}
  ~Echo() { thread_.join(); }

 private:
  std::thread thread_;
};

/// Round trips in µs, sorted.
std::vector<double> ping_pong(const TestSocket& client) {
  const std::string message(message_bytes, 'm');
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    const auto began = Clock::now();
    client.send(message);
    if (client.receive(message_bytes).size() < message_bytes) break;
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - began).count());
  }
  std::ranges::sort(times);
  return times;
}

void measure(const char* what, std::uint16_t port, const TestListener& target) {
  auto client = TestSocket::to(port);
  const Echo echo(target.accept());
  const auto times = ping_pong(client);
  std::printf("%-22s median %6.1f µs   p99 %6.1f µs\n", what, times[times.size() / 2],
              times[times.size() * 99 / 100]);
  client.close();
}

/// CPU seconds that the thread of links has used.
double links_cpu() {
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::ifstream(task.path() / "comm") >> name;
    if (name != "links") continue;
    double nanoseconds = 0;
    std::ifstream(task.path() / "schedstat") >> nanoseconds;
    return nanoseconds / 1e9;
  }
  return 0;
}

/// Several connections that ping-pong at once: messages per second through the links, each way
/// counted.
void measure_messages(std::uint16_t port, const TestListener& target, int connections) {
  std::atomic<int> done = 0;
  const double cpu = links_cpu();
  const auto began = Clock::now();
  {
    std::vector<std::unique_ptr<Echo>> echoes;
    std::vector<std::thread> clients;
    for (int i = 0; i < connections; ++i) {
      auto client = TestSocket::to(port);
      echoes.push_back(std::make_unique<Echo>(target.accept()));
      clients.emplace_back([&done, client = std::move(client)] {
        done += static_cast<int>(ping_pong(client).size());
      });
    }
    for (auto& client : clients) client.join();
  }
  const std::chrono::duration<double> time = Clock::now() - began;
  std::printf("%d connections: %.0f messages/s through the link, %.1f µs of CPU each\n",
              connections, 2 * done / time.count(), (links_cpu() - cpu) * 1e6 / (2 * done));
}

void measure_bytes(std::uint16_t port, const TestListener& target) {
  constexpr std::size_t all = 1u << 30;
  auto client = TestSocket::to(port);
  auto server = target.accept();
  const auto began = Clock::now();
  std::thread sender([&] {
    const std::string block(256 << 10, 'b');
    for (std::size_t sent = 0; sent < all; sent += block.size()) client.send(block);
  });
  for (std::size_t got = 0; got < all; got += 1 << 20) server.receive(1 << 20);
  const std::chrono::duration<double> time = Clock::now() - began;
  sender.join();
  std::printf("one stream: %.0f MB/s through the link\n", double(all) / 1e6 / time.count());
}

void run() {
  TestListener target;
  Links links;
  auto link = links.add("a", {.to = "b", .target = target.address(), .port = {}});
  if (!link) {
    std::printf("%s\n", link.error().message.c_str());
    return;
  }
  for (int i = 0; i < 2; ++i) {
    measure("direct:", target.port(), target);
    measure("through a link:", (*link)->port(), target);
  }
  measure_messages((*link)->port(), target, 4);
  measure_bytes((*link)->port(), target);
}

}  // namespace
}  // namespace dcount::sim

int main() { dcount::sim::run(); }
