// Several requests on a connection, many connections, and the end of them.
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include "tests/http/serving.h"

namespace dcount::http {
namespace {

class Connections : public Serving {};

TEST_F(Connections, PipelinedRequestsAreAnsweredInOrder) {
  start();
  auto client = connect();
  std::string all;
  for (int i = 0; i < 1000; ++i) all += get("/echo/" + std::to_string(i));
  client.send(all);
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(client.read_answer()->body, std::to_string(i));
}

TEST_F(Connections, AnswersThatComeOutOfOrderLeaveInOrder) {
  start();
  auto client = connect();
  client.send(post("/later/a", "") + post("/later/b", "") + get("/echo/c") + post("/later/d", ""));
  deferred_.take("d").send(text(200, "d"));
  deferred_.take("b").send(text(201, "b"));
  EXPECT_TRUE(client.stays_silent(20ms));
  deferred_.take("a").send(text(200, "a"));
  for (const char* body : {"a", "b", "c", "d"}) EXPECT_EQ(client.read_answer()->body, body);
}

TEST_F(Connections, OnlySoManyRequestsAreTakenUnanswered) {
  options_.limits.pipelined_requests_max = 4;
  start();
  auto client = connect();
  std::string all;
  for (int i = 0; i < 10; ++i) all += post("/later/" + std::to_string(i), "");
  client.send(all);
  ASSERT_TRUE(soon([&] { return deferred_.count() == 4; }));
  EXPECT_TRUE(client.stays_silent(20ms));
  EXPECT_EQ(deferred_.count(), 4u);
  for (int i = 0; i < 10; ++i) {
    deferred_.take(std::to_string(i)).send(text(200, std::to_string(i)));
    EXPECT_EQ(client.read_answer()->body, std::to_string(i));
  }
}

TEST_F(Connections, ErrorBehindAnUnansweredRequestWaitsForItsTurn) {
  start();
  auto client = connect();
  client.send(post("/later/a", "") + "junk junk junk\r\n\r\n");
  deferred_.take("a").send(text(200, "a"));
  EXPECT_EQ(client.read_answer()->status, 200);
  EXPECT_EQ(client.read_answer()->status, 400);
  EXPECT_TRUE(client.closes());
}

TEST_F(Connections, HalfClosedClientStillGetsItsAnswers) {
  start();
  auto client = connect();
  client.send(post("/later/a", "") + get("/echo/b"));
  client.shutdown_write();
  auto responder = deferred_.take("a");
  responder.send(text(200, "a"));
  EXPECT_EQ(client.read_answer()->body, "a");
  EXPECT_EQ(client.read_answer()->body, "b");
  EXPECT_TRUE(client.closes());
}

TEST_F(Connections, HalfARequestBehindTheLastAnswerOfAHalfClosedClientIsClosed) {
  start();
  auto client = connect();
  client.send(post("/later/a", "") + "GET /echo");
  client.shutdown_write();
  deferred_.take("a").send(text(200, "a"));
  EXPECT_EQ(client.read_answer()->body, "a");
  EXPECT_TRUE(client.closes());
}

TEST_F(Connections, HalfARequestAndTheEndOfInputIsClosed) {
  start();
  auto client = connect();
  client.send("GET /echo");
  client.shutdown_write();
  EXPECT_TRUE(client.closes());
}

TEST_F(Connections, ClientThatIsGoneIsNoErrorForItsHandler) {
  start();
  {
    auto client = connect();
    client.send(post("/later/a", ""));
    ASSERT_TRUE(soon([&] { return deferred_.count() == 1; }));
  }
  deferred_.take("a").send(text(200, "a"));
  EXPECT_TRUE(soon([&] { return server_->statistics().connections_open == 0; }));
}

TEST_F(Connections, ClientThatDoesNotReadIsNotReadFrom) {
  options_.limits.output_bytes_max = 100'000;
  start();
  RawHttp client(port(), 4096);
  for (int i = 0; i < 50; ++i) client.send(get("/large/1000000"));
  for (int i = 0; i < 50; ++i) ASSERT_EQ(client.read_answer()->body.size(), 1'000'000u);
}

TEST_F(Connections, ClientThatNeverReadsIsClosed) {
  options_.limits.write_time = 40ms;
  start();
  RawHttp client(port(), 4096);
  for (int i = 0; i < 20; ++i) client.send(get("/large/1000000"));
  EXPECT_TRUE(soon([&] { return server_->statistics().connections_open == 0; }));
}

TEST_F(Connections, HandlerWithoutAnAnswerInTimeIs504AndItsLateAnswerIsDropped) {
  options_.limits.answer_time = 40ms;
  start();
  auto client = connect();
  auto answer = client.call(post("/later/a", ""));
  EXPECT_EQ(answer->status, 504);
  EXPECT_NE(answer->body.find("same-key"), std::string::npos);
  deferred_.take("a").send(text(200, "late"));
  EXPECT_EQ(client.call(get("/echo/on"))->body, "on");
}

TEST_F(Connections, OneOverTheLimitIsTold503) {
  options_.limits.connections_max = 2;
  start();
  auto one = connect(), two = connect();
  ASSERT_EQ(one.call(get("/echo/x"))->status, 200);
  ASSERT_EQ(two.call(get("/echo/x"))->status, 200);
  auto three = connect();
  auto answer = three.call(get("/echo/x"));
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->header("Retry-After"), "1");
  EXPECT_TRUE(three.closes());
}

TEST_F(Connections, SecondServerOnThePortFails) {
  start();
  ServerOptions options;
  options.port = port();
  Server second(options, RouteTable{});
  EXPECT_NE(second.start().find("is taken"), std::string::npos);
}

TEST_F(Connections, DrainAnswersWhatIsInFlightAndClosesTheRest) {
  options_.loops = 2;
  start();
  auto idle = connect(), busy = connect(), reading = connect();
  ASSERT_EQ(idle.call(get("/echo/x"))->status, 200);
  busy.send(post("/later/a", "") + post("/later/b", ""));
  reading.send("POST /echo/r HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n1");
  ASSERT_TRUE(soon([&] { return deferred_.count() == 2; }));
  ASSERT_TRUE(soon([&] { return server_->statistics().connections_open == 3; }));

  std::thread drain([&] { server_->drain(10s); });
  EXPECT_TRUE(idle.closes());
  reading.send("2");
  EXPECT_EQ(reading.read_answer()->body, "r12");
  deferred_.take("a").send(text(200, "a"));
  deferred_.take("b").send(text(200, "b"));
  EXPECT_EQ(busy.read_answer()->header("Connection"), "");
  auto last = busy.read_answer();
  EXPECT_EQ(last->body, "b");
  EXPECT_EQ(last->header("Connection"), "close");
  EXPECT_TRUE(busy.closes());
  busy.shutdown_write();
  reading.shutdown_write();
  drain.join();
  EXPECT_EQ(server_->statistics().connections_open, 0u);
  EXPECT_THROW(connect(), std::system_error);
}

TEST_F(Connections, DrainCutsWhatDoesNotEnd) {
  start();
  auto client = connect();
  client.send(post("/later/a", ""));
  ASSERT_TRUE(soon([&] { return deferred_.count() == 1; }));
  server_->drain(10ms);
  EXPECT_TRUE(client.closes());
}

TEST_F(Connections, ManyLoopsAndThreadsAnswerEveryRequest) {
  options_.loops = 3;
  start();
  std::vector<std::thread> clients;
  for (int c = 0; c < 8; ++c)
    clients.emplace_back([&, c] {
      auto client = connect();
      for (int i = 0; i < 50; ++i) {
        std::string word = std::to_string(c) + "-" + std::to_string(i);
        client.send(post("/later/" + word, ""));
        deferred_.take(word).send(text(200, word));
        ASSERT_EQ(client.read_answer()->body, word);
      }
    });
  for (auto& client : clients) client.join();
}

std::size_t from_status(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name)) return std::stoul(line.substr(name.size() + 1));
  return 0;
}

/// Keeps the process from opening more than `free` further descriptors.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t free) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    int next = ::dup(0);
    ::close(next);
    rlimit few = before_;
    few.rlim_cur = static_cast<rlim_t>(next) + free;
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(Connections, RunningOutOfDescriptorsIsSurvived) {
  start();
  std::optional<RawHttp> client;
  {
    FewDescriptors none_left(1);
    client.emplace(port());  // takes the last one: the server cannot accept it
    client->send(get("/echo/x"));
    EXPECT_TRUE(client->stays_silent(50ms));
  }
  auto answer = client->read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "x");
}

TEST_F(Connections, TenThousandIdleOnesCostLittleMemoryAndNoThreads) {
  constexpr std::size_t wanted = 9'000;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  // Both ends of a connection are this process's.
  const std::size_t count = std::min<std::size_t>(wanted, (files.rlim_cur - 200) / 2);
  start();
  const std::size_t before_kb = from_status("VmRSS:");
  std::vector<RawHttp> clients;
  for (std::size_t i = 0; i < count; ++i) {
    clients.push_back(connect());
    ASSERT_EQ(clients.back().call(get("/echo/x"))->status, 200);
  }
  EXPECT_EQ(server_->statistics().connections_open, count);
  const std::size_t per_connection = (from_status("VmRSS:") - before_kb) * 1024 / count;
  RecordProperty("bytes_per_connection", static_cast<int>(per_connection));
  EXPECT_LT(per_connection, 8'000u);
  EXPECT_LT(from_status("Threads:"), 16u);
}

}  // namespace
}  // namespace dcount::http
