// A subscriber against a server of our own that says what we want.
#include "sim/scenario/subscriber.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "tests/scenario/tail_bytes.h"
#include "tests/store/temporary_directory.h"

namespace dcount::sim {
namespace {

constexpr std::chrono::seconds patience{10};

/// Takes one connection after the other and answers each with the next text.
class SayingServer {
 public:
  SayingServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(socket_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(socket_, 8);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~SayingServer() { ::close(socket_); }

  ServerPlace place() const { return {"node-1", {"127.0.0.1", port_}}; }

  /// The request; the connection stays open until the next one, or the end.
  std::string answer(const std::string& text) {
    if (connection_ >= 0) ::close(connection_);
    connection_ = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    std::string request;
    char byte = 0;
    while (!request.ends_with("\r\n\r\n") && ::recv(connection_, &byte, 1, 0) == 1) {
      request += byte;
    }
    say(text);
    return request;
  }
  void say(const std::string& text) const {
    EXPECT_EQ(::send(connection_, text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  void hang_up() { ::close(std::exchange(connection_, -1)); }

 private:
  int socket_;
  int connection_ = -1;
  std::uint16_t port_ = 0;
};

std::string line(int n, int revision) {
  return chunk(R"({"id":"k1","n":)" + std::to_string(n) + R"(,"c":"cnt1","rev":)" +
               std::to_string(revision) + ",\"complete\":true}\n");
}

class Subscribing : public testing::Test {
 protected:
  Subscribing() : recorder_(*Recorder::open(place_.path() / "journal")) {
    recorder_->header({{"type", "header"}});
  }

  Subscriber make(TailFormat format, std::vector<std::string> selection) {
    return Subscriber({.name = "tail-1",
                       .format = format,
                       .selection = std::move(selection),
                       .servers = {server_.place()},
                       .answer_time = patience},
                      *recorder_);
  }

  std::string journal() {
    recorder_->flush();
    std::stringstream text;
    text << std::ifstream(place_.path() / "journal").rdbuf();
    return text.str();
  }

  store::TemporaryDirectory place_;
  std::unique_ptr<Recorder> recorder_;
  SayingServer server_;
};

TEST_F(Subscribing, ComesBackWithTheRevisionItIsCompleteTo) {
  Subscriber subscriber = make(TailFormat::ndjson, {"*"});
  subscriber.start();
  EXPECT_TRUE(server_.answer(tail_head + line(1, 7)).starts_with("GET /tail/ HTTP/1.1\r\n"));
  ASSERT_TRUE(subscriber.wait_reached({{"cnt1/k1", 7}}, patience));
  server_.hang_up();
  EXPECT_TRUE(
      server_.answer(tail_head + line(2, 9)).starts_with("GET /tail/?since=7 HTTP/1.1\r\n"));
  ASSERT_TRUE(subscriber.wait_reached({{"cnt1/k1", 9}}, patience));
  subscriber.end();
  const std::string text = journal();
  EXPECT_NE(text.find(R"("phase":"connect","format":"ndjson","node":"node-1","cursor":7)"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(R"("key":"cnt1/k1","n":2,"rev":9,"complete":true)"), std::string::npos);
  EXPECT_NE(text.find(R"("phase":"end")"), std::string::npos);
}

TEST_F(Subscribing, BeginsAnewWhenItsRevisionIsGone) {
  Subscriber subscriber = make(TailFormat::sse, {"cnt1/"});
  subscriber.start();
  server_.answer(tail_head +
                 chunk("data: {\"id\":\"k1\",\"n\":1,\"c\":\"cnt1\",\"rev\":7}\nid: 7\n\n"));
  ASSERT_TRUE(subscriber.wait_reached({{"cnt1/k1", 7}}, patience));
  server_.hang_up();
  EXPECT_NE(server_.answer("HTTP/1.1 410 Gone\r\n\r\n").find("Last-Event-ID: 7"),
            std::string::npos);
  const std::string request = server_.answer(tail_head);
  EXPECT_TRUE(request.starts_with("GET /tail/cnt1/ HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("Last-Event-ID: 0"), std::string::npos);
  EXPECT_FALSE(subscriber.wait_reached({{"cnt1/k1", 7}}, std::chrono::milliseconds(0)));
  subscriber.end();
  EXPECT_NE(journal().find(R"("phase":"gone")"), std::string::npos);
  EXPECT_EQ(subscriber.wrong(), "");
}

TEST_F(Subscribing, LeavesBytesUnreadWhileItIsPaused) {
  Subscriber subscriber = make(TailFormat::ndjson, {"cnt1/k1", "cnt1/k2"});
  subscriber.start();
  const std::string request = server_.answer(tail_head);
  EXPECT_TRUE(request.starts_with("GET /tail/?keys=cnt1/k1,cnt1/k2 HTTP/1.1\r\n")) << request;
  ASSERT_TRUE(subscriber.wait_connected(patience));
  subscriber.pause();
  const auto deadline = std::chrono::steady_clock::now() + patience;
  // It may have been about to read when it was paused.
  for (int n = 1; subscriber.unread() == 0; ++n) {
    server_.say(line(n, n));
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  }
  server_.say(line(1000, 1000));
  EXPECT_FALSE(subscriber.wait_reached({{"cnt1/k1", 1000}}, std::chrono::milliseconds(0)));
  subscriber.resume();
  EXPECT_TRUE(subscriber.wait_reached({{"cnt1/k1", 1000}}, patience));
}

TEST_F(Subscribing, SaysWhatItMustNotHaveBeenSent) {
  Subscriber subscriber = make(TailFormat::lockstep, {"*"});
  subscriber.start();
  server_.answer(tail_head + chunk("nonsense\n"));
  server_.answer(tail_head);  // it has come back: what was wrong is known
  EXPECT_EQ(subscriber.wrong(), "tail-1 (lockstep): this is no lockstep record: nonsense");
}

TEST(Selected, KnowsCollectionsKeysAndEverything) {
  const Revisions all{{"a/x", 1}, {"a/y", 2}, {"b/x", 3}};
  EXPECT_EQ(selected(all, {"*"}), all);
  EXPECT_EQ(selected(all, {"a/"}), (Revisions{{"a/x", 1}, {"a/y", 2}}));
  EXPECT_EQ(selected(all, {"b/x", "a/y"}), (Revisions{{"a/y", 2}, {"b/x", 3}}));
}

}  // namespace
}  // namespace dcount::sim
