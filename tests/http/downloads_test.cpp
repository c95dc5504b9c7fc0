// Files over the wire: ranges, conditions, HEAD.
#include <fstream>

#include "server/http/file_answer.h"
#include "tests/http/serving.h"

namespace dcount::http {
namespace {

const std::string etag = "\"5eed\"";

class Downloads : public Serving {
 protected:
  Downloads() {
    file_ = directory_ / "download";
    for (int i = 0; i < 1'000'000; ++i) content_ += static_cast<char>(i * 7 + i / 251);
    std::ofstream(file_, std::ios::binary) << content_;
  }

  void add_routes(RouteTable& routes) override {
    routes.add({"GET", "/download", {}, [this](ServiceCall& call) {
                  FileAnswer answer = answer_with_file(call.request, etag, content_.size());
                  call.response = std::move(answer.response);
                  if (!answer.sends_file) return;
                  call.response.set_header("Content-Type", "application/x-xz");
                  call.send_file = file_;
                  call.send_offset = answer.first;
                  call.send_bytes = answer.bytes;
                }});
    routes.add({"GET", "/rest/{first}", {}, [this](ServiceCall& call) {
                  call.send_file = file_;
                  call.send_offset = std::stoull(call.captures[0]);
                }});
    routes.add({"GET", "/too-much", {}, [this](ServiceCall& call) {
                  call.send_file = file_;
                  call.send_offset = 1;
                  call.send_bytes = content_.size();
                }});
  }

  std::string content_;
};

TEST_F(Downloads, SendWholeFilesAndParts) {
  start();
  auto client = connect();
  auto whole = client.call(get("/download"));
  EXPECT_EQ(whole->status, 200);
  EXPECT_EQ(whole->header("Accept-Ranges"), "bytes");
  EXPECT_EQ(whole->header("ETag"), etag);
  EXPECT_TRUE(whole->body == content_);

  auto part =
      client.call(get("/download", "Range: bytes=1000-600999\r\nIf-Range: " + etag + "\r\n"));
  EXPECT_EQ(part->status, 206);
  EXPECT_EQ(part->header("Content-Range"), "bytes 1000-600999/1000000");
  EXPECT_EQ(part->header("Content-Type"), "application/x-xz");
  EXPECT_TRUE(part->body == content_.substr(1000, 600'000));

  EXPECT_EQ(client.call(get("/download", "Range: bytes=-3\r\n"))->body, content_.substr(999'997));
}

TEST_F(Downloads, ThatWereBrokenOffAreMadeWholeByTheRest) {
  start();
  RawHttp broken(port(), 4096);
  broken.send(get("/download"));
  std::string got = broken.read_bytes(300'000);
  got.erase(0, got.find("\r\n\r\n") + 4);
  auto client = connect();
  auto rest = client.call(get("/download", "Range: bytes=" + std::to_string(got.size()) + "-\r\n"));
  EXPECT_EQ(rest->status, 206);
  EXPECT_TRUE(got + rest->body == content_);
}

TEST_F(Downloads, AreNotSentToWhomHasThem) {
  start();
  auto client = connect();
  client.send(get("/download", "If-None-Match: " + etag + "\r\n") + get("/echo/next"));
  auto answer = client.read_answer(true);
  EXPECT_EQ(answer->status, 304);
  EXPECT_EQ(answer->header("ETag"), etag);
  EXPECT_EQ(answer->header("Content-Length"), "");
  EXPECT_EQ(client.read_answer()->body, "next");
}

TEST_F(Downloads, BehindTheEndAre416) {
  start();
  auto client = connect();
  auto answer = client.call(get("/download", "Range: bytes=1000000-\r\n"));
  EXPECT_EQ(answer->status, 416);
  EXPECT_EQ(answer->header("Content-Range"), "bytes */1000000");
  EXPECT_EQ(client.call(get("/echo/on"))->body, "on");
}

TEST_F(Downloads, AnswerHeadWithTheWholeLength) {
  start();
  auto client = connect();
  client.send("HEAD /download HTTP/1.1\r\nHost: h\r\nRange: bytes=0-1\r\n\r\n" + get("/echo/next"));
  auto answer = client.read_answer(true);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->header("Content-Length"), "1000000");
  EXPECT_EQ(client.read_answer()->body, "next");
}

TEST_F(Downloads, OfNoPartInParticularGoToTheEnd) {
  start();
  auto client = connect();
  EXPECT_EQ(client.call(get("/rest/999990"))->body, content_.substr(999'990));
  EXPECT_EQ(client.call(get("/rest/1000000"))->body, "");
}

TEST_F(Downloads, OfMoreThanTheFileHasAre500) {
  start();
  auto client = connect();
  EXPECT_EQ(client.call(get("/too-much"))->status, 500);
  EXPECT_EQ(client.call(get("/rest/1000001"))->status, 500);
  EXPECT_EQ(client.call(get("/echo/on"))->body, "on");
}

TEST_F(Downloads, AreNotForAnswersOfOtherKinds) {
  start();
  auto client = connect();
  for (const char* path : {"/echo/hello", "/service/hello"}) {
    auto answer = client.call(get(path, "Range: bytes=1-2\r\n"));
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "hello");
  }
}

}  // namespace
}  // namespace dcount::http
