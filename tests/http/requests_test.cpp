// Single requests over a socket, proper ones and others.
#include "tests/http/serving.h"

namespace dcount::http {
namespace {

class Requests : public Serving {};

TEST_F(Requests, GetIsAnswered) {
  start();
  auto client = connect();
  auto answer = client.call(get("/echo/hi"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "hi");
  EXPECT_EQ(answer->header("Connection"), "");
  EXPECT_NE(answer->header("Date"), "");
}

TEST_F(Requests, PostWithoutLengthIsAnsweredAtOnce) {
  start();
  auto client = connect();
  EXPECT_EQ(client.call("POST /echo/x HTTP/1.1\r\nHost: h\r\n\r\n")->body, "x");
}

TEST_F(Requests, ChunkedBodyIsJoined) {
  start();
  auto client = connect();
  EXPECT_EQ(client
                .call("POST /echo/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")
                ->body,
            "xabc");
}

TEST_F(Requests, BytesMayComeOneAtATime) {
  start();
  auto client = connect();
  for (char c : post("/echo/x", "body")) ASSERT_TRUE(client.send(std::string_view(&c, 1)));
  EXPECT_EQ(client.read_answer()->body, "xbody");
}

TEST_F(Requests, SmugglingClosesTheConnection) {
  start();
  const std::string hidden = "GET /echo/hidden HTTP/1.1\r\nHost: h\r\n\r\n";
  for (const std::string& fields :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"s,
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"s,
        "Content-Length: 0\r\nContent-Length: 44\r\n\r\n"s, "Content-Length: +0\r\n\r\n"s,
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"s, "Content-Length : 44\r\n\r\n"s,
        "X: y\r\n Content-Length: 44\r\n\r\n"s, "X: y\nContent-Length: 44\r\n\r\n"s}) {
    auto client = connect();
    auto answer = client.call("POST /echo/x HTTP/1.1\r\nHost: h\r\n" + fields + hidden);
    ASSERT_TRUE(answer) << fields;
    EXPECT_EQ(answer->status, 400) << fields;
    EXPECT_EQ(answer->header("Connection"), "close");
    EXPECT_EQ(answer->header("Content-Type"), "application/problem+json");
    EXPECT_TRUE(client.closes()) << fields;
  }
}

TEST_F(Requests, BodyBeyondTheLimitIs413BeforeItComes) {
  start();
  auto client = connect();
  auto answer = client.call("POST /echo/x HTTP/1.1\r\nHost: h\r\nContent-Length: 1048577\r\n\r\n");
  EXPECT_EQ(answer->status, 413);
}

TEST_F(Requests, BodyBeyondTheLimitThatIsSentAnywayStillGetsItsAnswer) {
  start();
  auto client = connect();
  client.send(post("/echo/x", std::string((1 << 20) + 1, 'b')));
  auto answer = client.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 413);
  EXPECT_TRUE(client.closes());
}

TEST_F(Requests, ChunkedBodyBeyondTheLimitIs413) {
  start();
  auto client = connect();
  client.send("POST /echo/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 17; ++i) client.send("10000\r\n" + std::string(0x10000, 'c') + "\r\n");
  auto answer = client.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 413);
}

TEST_F(Requests, BodyOfExactlyTheLimitIsTaken) {
  start();
  auto client = connect();
  EXPECT_EQ(client.call(post("/echo/x", std::string(1 << 20, 'b')))->body.size(), (1u << 20) + 1);
}

TEST_F(Requests, LongHeadIs431) {
  start();
  auto client = connect();
  EXPECT_EQ(client.call(get("/echo/x", "A: " + std::string(20 * 1024, 'a') + "\r\n"))->status, 431);
  EXPECT_TRUE(client.closes());
}

TEST_F(Requests, HalfAHeadAndSilenceIs408) {
  options_.limits.head_time = 40ms;
  start();
  auto client = connect();
  client.send("GET /echo/x HTTP/1.1\r\nHo");
  EXPECT_EQ(client.read_answer()->status, 408);
  EXPECT_TRUE(client.closes());
}

TEST_F(Requests, HeadThatTricklesIs408) {
  options_.limits.head_time = 100ms;
  start();
  auto client = connect();
  client.send("GET /echo/x HTTP/1.1\r\nA: ");
  while (client.stays_silent(10ms) && client.send("b")) continue;
  EXPECT_EQ(client.read_answer()->status, 408);
}

TEST_F(Requests, HalfABodyAndSilenceIs408) {
  options_.limits.body_time = 40ms;
  start();
  auto client = connect();
  client.send("POST /echo/x HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc");
  EXPECT_EQ(client.read_answer()->status, 408);
}

TEST_F(Requests, IdleConnectionIsClosedWithoutAWord) {
  options_.limits.idle_time = 40ms;
  start();
  auto client = connect();
  EXPECT_TRUE(client.closes());
}

TEST_F(Requests, PercentEncodingsAreDecodedOncePerSegment) {
  start();
  auto client = connect();
  EXPECT_EQ(client.call(get("/echo/a%2Fb%20%25+"))->body, "a/b %+");
}

TEST_F(Requests, BadEscapesAndNulAre400) {
  start();
  for (const char* path : {"/echo/%", "/echo/%zz", "/echo/%00", "/echo/x?a=%1"}) {
    auto client = connect();
    EXPECT_EQ(client.call(get(path))->status, 400) << path;
  }
}

TEST_F(Requests, UnknownPathIs404AndTheConnectionGoesOn) {
  start();
  auto client = connect();
  auto answer = client.call(post("/nowhere", std::string(100'000, 'x')));
  EXPECT_EQ(answer->status, 404);
  EXPECT_NE(answer->body.find("not_found"), std::string::npos);
  EXPECT_EQ(client.call(get("/echo/on"))->body, "on");
}

TEST_F(Requests, WrongMethodIs405WithAllow) {
  start();
  auto client = connect();
  auto answer = client.call("PURGE /echo/x HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(answer->status, 405);
  EXPECT_EQ(answer->header("Allow"), "GET, HEAD, POST");
  EXPECT_EQ(client.call(get("/echo/on"))->body, "on");
}

TEST_F(Requests, HeadHasLengthButNoBody) {
  start();
  auto client = connect();
  client.send("HEAD /echo/hello HTTP/1.1\r\nHost: h\r\n\r\n" + get("/echo/next"));
  auto answer = client.read_answer(true);
  EXPECT_EQ(answer->header("Content-Length"), "5");
  EXPECT_EQ(client.read_answer()->body, "next");
}

TEST_F(Requests, ExpectationIsAnsweredBeforeTheBodyComes) {
  start();
  auto client = connect();
  auto interim = client.call(
      "POST /echo/x HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n");
  ASSERT_TRUE(interim);
  EXPECT_EQ(interim->status, 100);
  EXPECT_EQ(client.call("abc")->body, "xabc");
}

TEST_F(Requests, ExpectationWithItsBodyGetsOneAnswer) {
  start();
  auto client = connect();
  EXPECT_EQ(client.call(post("/echo/x", "abc", "Expect: 100-continue\r\n"))->status, 200);
}

TEST_F(Requests, ExpectationOfATooLargeBodyIs413) {
  start();
  auto client = connect();
  EXPECT_EQ(client
                .call("POST /echo/x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                      "Content-Length: 2000000\r\n\r\n")
                ->status,
            413);
}

TEST_F(Requests, ExpectationOnAnUnknownPathIs404AndCloses) {
  start();
  auto client = connect();
  EXPECT_EQ(client
                .call("POST /nowhere HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                      "Content-Length: 2\r\n\r\n")
                ->status,
            404);
  EXPECT_TRUE(client.closes());
}

TEST_F(Requests, Http10IsClosedAfterItsAnswer) {
  start();
  auto client = connect();
  auto answer = client.call("GET /echo/old HTTP/1.0\r\n\r\n");
  EXPECT_EQ(answer->body, "old");
  EXPECT_EQ(answer->header("Connection"), "close");
  EXPECT_TRUE(client.closes());
}

TEST_F(Requests, Http10StaysOpenWhenItAsks) {
  start();
  auto client = connect();
  auto answer = client.call("GET /echo/old HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
  EXPECT_EQ(answer->header("Connection"), "keep-alive");
  EXPECT_EQ(client.call(get("/echo/on"))->body, "on");
}

TEST_F(Requests, ConnectionCloseIsHonoured) {
  start();
  auto client = connect();
  EXPECT_EQ(client.call(get("/echo/x", "Connection: foo, Close\r\n"))->header("Connection"),
            "close");
  EXPECT_TRUE(client.closes());
}

TEST_F(Requests, UsableRequestIdIsEchoedAndOthersAreReplaced) {
  start();
  auto client = connect();
  EXPECT_EQ(client.call(get("/echo/x", "X-Request-Id: my.id-1\r\n"))->header("X-Request-Id"),
            "my.id-1");
  auto other = client.call(get("/echo/x", "X-Request-Id: a b\r\n"))->header("X-Request-Id");
  EXPECT_NE(other, "a b");
  EXPECT_EQ(other.size(), 15u);
}

TEST_F(Requests, DroppedResponderIs500) {
  start();
  auto client = connect();
  EXPECT_EQ(client.call(get("/drop"))->status, 500);
  EXPECT_EQ(client.call(get("/echo/on"))->body, "on");
}

TEST_F(Requests, ThrowingHandlerIs500AndSaysNothingOfWhy) {
  start();
  auto client = connect();
  auto answer = client.call(get("/throw"));
  EXPECT_EQ(answer->status, 500);
  EXPECT_EQ(answer->body.find("secret"), std::string::npos);
}

TEST_F(Requests, AreCountedPerRouteAndThoseRefusedByStatus) {
  start();
  auto client = connect();
  client.call(get("/echo/x"));
  client.call(get("/nowhere"));
  client.call(get("/drop"));
  EXPECT_TRUE(soon([&] {
    auto statistics = server_->statistics();
    return statistics.routes[0].by_status_class[1] == 1 && statistics.refused[404] == 1 &&
           statistics.routes[3].by_status_class[4] == 1 && statistics.connections_open == 1;
  }));
}

}  // namespace
}  // namespace dcount::http
