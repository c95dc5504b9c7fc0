// /tail as a WebSocket: zemcounters' protocol, and clients that break it.
#include <zlib.h>

#include "tests/tails/serving_tails.h"
#include "tests/tails/socket_client.h"

namespace dcount::api {
namespace {

using nlohmann::json;
using test::SocketClient;
using namespace std::chrono_literals;

class WebSocket : public ServingTails {
 protected:
  SocketClient socket(const std::string& target = "/tail/", const std::string& fields = "") {
    return {server_->port(), target, fields};
  }
  static json next(SocketClient& client) { return json::parse(client.message(), nullptr, false); }
  /// It is still served, and nothing has come before.
  void expect_open(SocketClient& client, const std::string& after) {
    client.send(R"({"open":"s"})");
    client.synchronize();
    call("PUT", "/cnt/a/open");
    call("DELETE", "/cnt/a/open");
    // The two may be one when they are quick.
    json message = next(client);
    EXPECT_EQ(message["id"], "open") << after << ": " << message;
    while (!message.contains("d")) message = next(client);
    client.send(R"({"open":"u"})");
  }
};

TEST_F(WebSocket, TellsAsZemcountersDoes) {
  call("PUT", "/cnt/views/home");
  SocketClient client = socket();
  ASSERT_EQ(client.status(), 101);
  EXPECT_EQ(client.head().header("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  client.send(R"({"home":"s"})");
  client.synchronize();
  post("/cnt/views/home/7");
  std::string message = client.message();
  EXPECT_TRUE(message.starts_with(R"({"id":"home","n":7,"c":"views","rev":)")) << message;
  call("DELETE", "/cnt/views/home");
  message = client.message();
  EXPECT_TRUE(message.starts_with(R"({"id":"home","d":1,"c":"views","rev":)")) << message;
}

TEST_F(WebSocket, ThePathSubscribes) {
  call("PUT", "/cnt/views/home");
  SocketClient id = socket("/tail/home"), counter = socket("/tail/views/home"),
               collection = socket("/tail/views/"), listed = socket("/tail?keys=home,x");
  for (SocketClient* client : {&id, &counter, &collection, &listed}) {
    ASSERT_EQ(client->status(), 101);
    client->synchronize();
  }
  post("/cnt/views/home/7");
  for (SocketClient* client : {&id, &counter, &collection, &listed}) {
    EXPECT_EQ(next(*client)["n"], 7);
  }
}

TEST_F(WebSocket, AMessageSubscribesAndUnsubscribesSeveral) {
  for (const char* one : {"x", "y", "z"}) call("PUT", std::string("/cnt/a/") + one);
  SocketClient client = socket();
  client.send(R"({"x":"s","a/y":"s","z":"s","none":"u"})");
  client.synchronize();
  post("/cnt/a/x");
  EXPECT_EQ(next(client)["id"], "x");
  post("/cnt/a/y");
  EXPECT_EQ(next(client)["id"], "y");
  client.send(R"({"x":"u","a/y":"u"})");
  client.synchronize();
  post("/cnt/a/x");
  post("/cnt/a/y");
  post("/cnt/a/z");
  EXPECT_EQ(next(client)["id"], "z");
}

TEST_F(WebSocket, ASnapshotComesFirst) {
  for (const char* one : {"x", "y", "z"}) call("PUT", std::string("/cnt/a/") + one);
  call("DELETE", "/cnt/a/z");
  SocketClient client = socket("/tail/a/x?snapshot=true");
  EXPECT_EQ(next(client)["id"], "x");
  client.send(R"({"y":"s","z":"s"})");
  EXPECT_EQ(next(client)["id"], "y");
  client.send(R"({"a/":"s"})");
  EXPECT_EQ(next(client)["id"], "x");
  EXPECT_EQ(next(client)["id"], "y");
  post("/cnt/a/x/9");
  EXPECT_EQ(next(client)["n"], 9);
}

TEST_F(WebSocket, JunkIsIgnored) {
  SocketClient client = socket();
  const std::string deep = std::string(30'000, '[') + std::string(30'000, ']');
  for (const std::string& junk :
       {std::string("\x00\xff\x01", 3), std::string(), std::string("junk"), deep,
        R"({"x":)" + deep + "}", std::string(R"([{"x":"s"}])"), std::string("null"),
        std::string(R"({"x":1,"y":null,"z":["s"]})"), std::string(R"({"x":"subscribe"})"),
        std::string(R"({"":"s","a/b/c":"s","..":"s","/":"s","a/":"","ü":"s","**":"s"})")}) {
    client.send(junk, 2);
    if (junk.empty() || junk[0] != '\0') client.send(junk);
    expect_open(client, junk.substr(0, 30));
  }
}

TEST_F(WebSocket, FragmentsMakeAMessage) {
  call("PUT", "/cnt/a/x");
  SocketClient client = socket();
  client.send(R"({"a)", 1, false);
  client.send("between", 9);
  client.send(R"(/x":)", 0, false);
  client.send(R"("s"})", 0, true);
  const auto pong = client.frame();
  ASSERT_TRUE(pong);
  EXPECT_EQ(pong->opcode, 10);
  EXPECT_EQ(pong->payload, "between");
  client.synchronize();
  post("/cnt/a/x");
  EXPECT_EQ(next(client)["n"], 1);
}

TEST_F(WebSocket, ATooLongMessageIsTheEnd) {
  SocketClient client = socket();
  client.send(std::string(64 * 1024, ' '));
  expect_open(client, "64 KiB");
  client.send(std::string(64 * 1024 + 1, ' '));
  EXPECT_EQ(client.close_code(), 1009);
}

TEST_F(WebSocket, AFrameWithoutAMaskIsTheEnd) {
  SocketClient client = socket();
  client.send(R"({"x":"s"})", 1, true, false);
  EXPECT_EQ(client.close_code(), 1002);
}

TEST_F(WebSocket, AClosingClientIsAnsweredAndLetGo) {
  SocketClient client = socket("/tail/a/");
  client.send("\x03\xe8", 8);
  EXPECT_EQ(client.close_code(), 1000);
  EXPECT_TRUE(client.http().closes());
}

TEST_F(WebSocket, TooManyKeysAreTheEnd) {
  start_with([](engine::EngineOptions&, tails::TailLimits& limits) { limits.keys_max = 3; });
  SocketClient client = socket();
  client.send(R"({"a":"s","b":"s"})");
  expect_open(client, "three keys");
  client.send(R"({"c":"s"})");
  client.send(R"({"d":"s"})");
  EXPECT_EQ(client.close_code(), 1008);
}

TEST_F(WebSocket, TooManyKeysOfAllAreTheEndOfOne) {
  start_with(
      [](engine::EngineOptions&, tails::TailLimits& limits) { limits.subscriptions_max = 3; });
  SocketClient one = socket(), two = socket();
  one.send(R"({"a":"s","b":"s"})");
  one.synchronize();
  two.send(R"({"a":"s","b":"s"})");
  EXPECT_EQ(two.close_code(), 1013);
  EXPECT_EQ(tail("/tail?keys=a,b,c").status(), 503);
}

TEST_F(WebSocket, OneTailTooManyIsRefused) {
  start_with([](engine::EngineOptions&, tails::TailLimits& limits) { limits.tails_max = 1; });
  SocketClient one = socket();
  ASSERT_EQ(one.status(), 101);
  EXPECT_EQ(socket().status(), 503);
}

TEST_F(WebSocket, PagesFromElsewhereAreRefused) {
  settings_.tail_origins = {"https://here.example"};
  start();
  EXPECT_EQ(socket("/tail/", "Origin: https://there.example\r\n").status(), 403);
  EXPECT_EQ(socket("/tail/", "Origin: https://here.example\r\n").status(), 101);
  EXPECT_EQ(socket().status(), 101);
}

TEST_F(WebSocket, AHandshakeThatIsNoneIsRefused) {
  test::RawHttp client(server_->port());
  const auto answer =
      client.call(test::get("/tail/", "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 400);
  test::RawHttp old(server_->port());
  const auto version =
      old.call(test::get("/tail/",
                         "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n"
                         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
  ASSERT_TRUE(version);
  EXPECT_EQ(version->status, 426);
  EXPECT_EQ(version->header("Sec-WebSocket-Version"), "13");
}

TEST_F(WebSocket, QuietTailsArePinged) {
  start_with([](engine::EngineOptions&, tails::TailLimits& limits) { limits.heartbeat = 50ms; });
  SocketClient client = socket();
  for (int i = 0; i < 3; ++i) {
    const auto ping = client.frame();
    ASSERT_TRUE(ping);
    EXPECT_EQ(ping->opcode, 9);
    client.send(ping->payload, 10);
  }
}

TEST_F(WebSocket, AStoppingServerSaysThatItGoes) {
  SocketClient client = socket("/tail/a/");
  client.synchronize();
  std::thread reader([&] {
    EXPECT_EQ(client.close_code(), 1001);
    client.send("\x03\xe9", 8);
  });
  server_->request_stop();
  EXPECT_EQ(server_->wait(), 0);
  reader.join();
}

TEST_F(WebSocket, AClientThatIsGoneLeavesNothing) {
  start_with([](engine::EngineOptions&, tails::TailLimits& limits) {
    limits.tails_max = 1;
    limits.heartbeat = 50ms;
  });
  {
    SocketClient client = socket("/tail/a/");
    ASSERT_EQ(client.status(), 101);
    client.http().shutdown_write();
    EXPECT_TRUE(client.close_code() == 0);
  }
  const auto end = std::chrono::steady_clock::now() + 30s;
  while (socket().status() != 101) ASSERT_LT(std::chrono::steady_clock::now(), end);
}

TEST_F(WebSocket, AReaderThatNeverReadsThenGetsTheLastValues) {
  call("PUT", "/cnt/a/x");
  call("PUT", "/cnt/a/y");
  for (const char* target : {"/tail/a/", "/tail?keys=x,y"}) {
    const auto x_before = value("a/x");
    SocketClient client(server_->port(), target, "", 4096);
    client.synchronize();
    repeat("/cnt/a/x", 25'000);
    repeat("/cnt/a/y", 25'000);
    json x, y;
    std::size_t messages = 0;
    while (x != x_before + 25'000 || y != value("a/y")) {
      const json one = next(client);
      ASSERT_TRUE(one.is_object());
      (one["id"] == "x" ? x : y) = one["n"];
      ++messages;
    }
    EXPECT_LT(messages, 20'000u) << target;
  }
}

TEST_F(WebSocket, CompressesWhenAskedTo) {
  settings_.tail_deflate = true;
  start();
  call("PUT", "/cnt/a/x");
  SocketClient plain = socket("/tail/a/x");
  EXPECT_EQ(plain.head().header("Sec-WebSocket-Extensions"), "");
  SocketClient client = socket("/tail/a/x", "Sec-WebSocket-Extensions: permessage-deflate\r\n");
  EXPECT_NE(client.head().header("Sec-WebSocket-Extensions").find("permessage-deflate"),
            std::string::npos);
  plain.synchronize();
  client.synchronize();
  for (int n = 1; n <= 5; ++n) {
    post("/cnt/a/x");
    EXPECT_EQ(next(plain)["n"], n);
    auto frame = client.frame();
    ASSERT_TRUE(frame);
    ASSERT_TRUE(frame->compressed);
    std::string payload = frame->payload + std::string("\x00\x00\xff\xff", 4), text(1000, '\0');
    z_stream inflation{};
    ASSERT_EQ(inflateInit2(&inflation, -15), Z_OK);
    inflation.next_in = reinterpret_cast<Bytef*>(payload.data());
    inflation.avail_in = static_cast<uInt>(payload.size());
    inflation.next_out = reinterpret_cast<Bytef*>(text.data());
    inflation.avail_out = static_cast<uInt>(text.size());
    inflate(&inflation, Z_SYNC_FLUSH);
    text.resize(inflation.total_out);
    inflateEnd(&inflation);
    EXPECT_EQ(json::parse(text, nullptr, false)["n"], n) << text;
  }
}

}  // namespace
}  // namespace dcount::api
