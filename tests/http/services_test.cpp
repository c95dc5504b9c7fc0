// The lane of handlers that may block.
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "tests/http/serving.h"

namespace dcount::http {
namespace {

class Services : public Serving {
 protected:
  void add_routes(RouteTable& routes) override {
    Route large{"PUT", "/spool-large", {}, [](ServiceCall&) {}};
    large.spool_body = true;
    large.body_bytes_max = std::uint64_t{6} << 30;
    routes.add(std::move(large));
  }

  void make_file(std::size_t bytes) {
    file_ = (directory_ / "file").string();
    std::string block(1 << 20, '\0');
    for (std::size_t i = 0; i < block.size(); ++i) block[i] = static_cast<char>(i * 7 + i / 251);
    std::ofstream file(file_, std::ios::binary);
    for (std::size_t left = bytes; left > 0; left -= std::min(left, block.size()))
      file.write(block.data(), static_cast<std::streamsize>(std::min(left, block.size())));
  }
};

TEST_F(Services, AnswerWithTheBodyTheyWereSent) {
  start();
  auto client = connect();
  auto answer = client.call(post("/service/a%2Fb", "body"));
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "a/bbody");
  EXPECT_EQ(answer->header("Keep-Alive"), "");
  EXPECT_EQ(answer->header("Content-Type"), "text/plain");
}

TEST_F(Services, TakeLongHeadersThatCppHttplibWouldNot) {
  start();
  auto client = connect();
  EXPECT_EQ(client.call(get("/service/x", "Cookie: " + std::string(10'000, 'c') + "\r\n"))->body,
            "x");
}

TEST_F(Services, HeadHasTheLengthOfGet) {
  start();
  auto client = connect();
  client.send("HEAD /service/hello HTTP/1.1\r\nHost: h\r\n\r\n" + get("/echo/next"));
  EXPECT_EQ(client.read_answer(true)->header("Content-Length"), "5");
  EXPECT_EQ(client.read_answer()->body, "next");
}

TEST_F(Services, KeepTheOrderOfTheConnection) {
  start();
  auto client = connect();
  client.send(post("/later/a", "") + get("/service/b") + get("/echo/c") + get("/service/d"));
  auto first = deferred_.take("a");
  EXPECT_TRUE(client.stays_silent(20ms));
  first.send(text(200, "a"));
  for (const char* body : {"a", "b", "c", "d"}) EXPECT_EQ(client.read_answer()->body, body);
}

TEST_F(Services, DoNotHoldUpOtherConnections) {
  hold_services();
  start();
  auto slow = connect(), quick = connect();
  slow.send(get("/service/slow"));
  ASSERT_TRUE(soon([&] { return services_running_ == 1; }));
  EXPECT_EQ(quick.call(get("/echo/x"))->body, "x");
  release_services();
  EXPECT_EQ(slow.read_answer()->body, "slow");
}

TEST_F(Services, FullQueueIs503AndTheConnectionGoesOn) {
  options_.limits.service_workers = 1;
  options_.limits.service_queue_max = 1;
  hold_services();
  start();
  auto running = connect(), waiting = connect(), refused = connect();
  running.send(get("/service/1"));
  ASSERT_TRUE(soon([&] { return services_running_ == 1; }));
  waiting.send(get("/service/2"));
  // Whoever comes second of these two is refused.
  auto answer = refused.send(get("/service/3")) &&
                soon([&] { return !refused.stays_silent(1ms) || !waiting.stays_silent(1ms); });
  ASSERT_TRUE(answer);
  auto& loser = refused.stays_silent(0ms) ? waiting : refused;
  auto told = loser.read_answer();
  EXPECT_EQ(told->status, 503);
  EXPECT_EQ(told->header("Retry-After"), "1");
  EXPECT_EQ(loser.call(get("/echo/on"))->body, "on");
  release_services();
  EXPECT_EQ(running.read_answer()->body, "1");
}

TEST_F(Services, ThatThrowAre500WithoutSayingWhy) {
  start();
  auto client = connect();
  auto answer = client.call(get("/fail"));
  EXPECT_EQ(answer->status, 500);
  EXPECT_EQ(answer->header("EXCEPTION_WHAT"), "");
  EXPECT_EQ(answer->body.find("secret"), std::string::npos);
  EXPECT_EQ(client.call(get("/echo/on"))->body, "on");
}

TEST_F(Services, MayUseAContentProviderWithALength) {
  start();
  auto client = connect();
  EXPECT_EQ(client.call(get("/provided"))->body, "abcdef");
}

TEST_F(Services, ThatStreamAre500) {
  start();
  auto client = connect();
  EXPECT_EQ(client.call(get("/stream"))->status, 500);
}

TEST_F(Services, GetLargeBodiesAsFilesThatAreRemovedAfterwards) {
  start();
  auto client = connect();
  EXPECT_EQ(client
                .call("PUT /spool HTTP/1.1\r\nHost: h\r\nContent-Length: 20000000\r\n\r\n" +
                      std::string(20'000'000, 's'))
                ->body,
            "20000000 sss");
  EXPECT_TRUE(soon([&] { return spooled_files() == 0; }));
}

TEST_F(Services, GetSmallBodiesAsFilesToo) {
  start();
  auto client = connect();
  EXPECT_EQ(client.call("PUT /spool HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc")->body,
            "3 abc");
}

TEST_F(Services, WithSpoolingNeedALength) {
  start();
  auto client = connect();
  EXPECT_EQ(client
                .call("PUT /spool HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "0\r\n\r\n")
                ->status,
            411);
}

TEST_F(Services, LeaveNoSpoolFileWhenTheClientGoesAway) {
  start();
  {
    auto client = connect();
    client.send("PUT /spool HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nabc");
    ASSERT_TRUE(soon([&] { return spooled_files() == 1; }));
  }
  EXPECT_TRUE(soon([&] { return spooled_files() == 0; }));
}

/// No file of this process grows beyond `bytes`: what a full disk does to those who write.
class SmallFiles {
 public:
  explicit SmallFiles(rlim_t bytes) : on_signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit few = before_;
    few.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &few);
  }
  ~SmallFiles() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, on_signal_);
  }

 private:
  void (*on_signal_)(int);
  rlimit before_{};
};

TEST_F(Services, WithoutRoomForTheBodyAre507AndLeaveNoFile) {
  start();
  SmallFiles full(1'000'000);
  auto client = connect();
  client.send("PUT /spool HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n" +
              std::string(3'000'000, 's'));
  auto answer = client.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 507);
  EXPECT_NE(answer->body.find("storage_full"), std::string::npos);
  EXPECT_TRUE(client.closes());
  EXPECT_EQ(spooled_files(), 0u);
  EXPECT_EQ(services_running_, 0);
  auto other = connect();
  EXPECT_EQ(other.call("PUT /spool HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc")->body,
            "3 abc");
}

TEST_F(Services, TakeBodiesAsLongAsTheirRouteSays) {
  start();
  const auto announce = [&](const std::string& bytes) {
    auto one = connect();
    return one
        .call("PUT /spool-large HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: " +
              bytes + "\r\n\r\n")
        ->status;
  };
  EXPECT_EQ(announce("6442450944"), 100);  // 6 GiB
  EXPECT_EQ(announce("6442450945"), 413);
}

TEST_F(Services, GoOnWhenTheClientGoesAway) {
  hold_services();
  start();
  {
    auto client = connect();
    client.send("PUT /spool HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
    ASSERT_TRUE(soon([&] { return services_running_ == 1; }));
  }
  EXPECT_EQ(spooled_files(), 1u);
  release_services();
  EXPECT_TRUE(soon([&] { return spooled_files() == 0; }));
}

TEST_F(Services, SendFilesOfFiftyMegabytes) {
  start();
  make_file(50'000'000);
  std::ifstream file(file_, std::ios::binary);
  std::string sent((std::istreambuf_iterator<char>(file)), {});
  auto client = connect();
  client.send(get("/file") + get("/echo/next"));
  auto answer = client.read_answer();
  EXPECT_EQ(answer->header("Content-Type"), "application/x-xz");
  EXPECT_TRUE(answer->body == sent);
  EXPECT_EQ(client.read_answer()->body, "next");
  EXPECT_TRUE(soon([&] { return !std::filesystem::exists(file_); }));
}

TEST_F(Services, SendEmptyFiles) {
  start();
  make_file(0);
  auto client = connect();
  client.send(get("/file") + get("/echo/next"));
  EXPECT_EQ(client.read_answer()->header("Content-Length"), "0");
  EXPECT_EQ(client.read_answer()->body, "next");
}

TEST_F(Services, AnswerHeadWithTheSizeOfTheFile) {
  start();
  make_file(12345);
  auto client = connect();
  client.send("HEAD /file HTTP/1.1\r\nHost: h\r\n\r\n" + get("/echo/next"));
  EXPECT_EQ(client.read_answer(true)->header("Content-Length"), "12345");
  EXPECT_EQ(client.read_answer()->body, "next");
}

TEST_F(Services, ThatSendAMissingFileAre500) {
  start();
  file_ = "/nowhere/at/all";
  auto client = connect();
  EXPECT_EQ(client.call(get("/file"))->status, 500);
}

TEST_F(Services, RemoveTheFileOfAClientThatGoesAway) {
  start();
  make_file(50'000'000);
  {
    RawHttp client(port(), 4096);
    client.send(get("/file"));
    ASSERT_EQ(client.read_bytes(100).size(), 100u);
  }
  EXPECT_TRUE(soon([&] { return !std::filesystem::exists(file_); }));
}

}  // namespace
}  // namespace dcount::http
