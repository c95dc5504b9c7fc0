// The tail lane: one endless answer that has its connection for itself.
#include <future>
#include <optional>

#include "server/http/event_loop.h"
#include "server/http/tail_stream.h"
#include "tests/http/serving.h"

namespace dcount::http {
namespace {

/// What the tail's owner was told, on the loop; the test looks at it from its own thread.
struct Told {
  std::atomic<TailStream*> stream = nullptr;
  std::atomic<int> rooms = 0, drains = 0, ends = 0;
  std::mutex mutex;
  std::string input;  // guarded by mutex

  std::string has_got() {
    std::lock_guard lock(mutex);
    return input;
  }
};

class Owner final : public TailOwner {
 public:
  explicit Owner(Told& told) : told_(told) {}
  void on_input(std::string_view bytes) override {
    std::lock_guard lock(told_.mutex);
    told_.input += bytes;
  }
  void on_room() override { ++told_.rooms; }
  void on_drain() override {
    ++told_.drains;
    told_.stream.load()->write("drained");
    told_.stream.load()->finish();
  }
  void on_end() override {
    told_.stream = nullptr;
    ++told_.ends;
  }

 private:
  Told& told_;
};

class TailLane : public testing::Test {
 protected:
  void start() {
    RouteTable routes;
    Route tail{"GET", "/tail", {}, {}};
    tail.tail = [this](Request&&, TailStream& stream) {
      told_.stream = &stream;
      return std::make_shared<Owner>(told_);
    };
    routes.add(std::move(tail));
    Route refused{"GET", "/refused", {}, {}};
    refused.tail = [](Request&&, TailStream& stream) {
      stream.answer(text(418, "no tail"));
      return std::shared_ptr<TailOwner>();
    };
    routes.add(std::move(refused));
    routes.add({"GET",
                "/echo/{word}",
                [](Request&& request, Responder responder) {
                  responder.send(text(200, request.captures[0]));
                },
                {}});
    options_.port = 0;
    server_ = std::make_unique<Server>(options_, std::move(routes));
    ASSERT_EQ(server_->start(), "");
  }
  ~TailLane() override {
    if (server_) server_->drain(0ms);
  }

  RawHttp connect(int receive_bytes = 0) const { return RawHttp(server_->port(), receive_bytes); }

  /// A client that has its tail.
  RawHttp tail(int receive_bytes = 0, const std::string& more = "") {
    auto client = connect(receive_bytes);
    client.send(get("/tail") + more);
    EXPECT_TRUE(soon([&] { return told_.stream != nullptr; }));
    return client;
  }

  /// Runs it on the stream's loop, and waits for that.
  void on_loop(const std::function<void(TailStream&)>& work) {
    std::promise<void> done;
    TailStream* stream = told_.stream;
    stream->loop().post([&] {
      work(*stream);
      done.set_value();
    });
    done.get_future().wait();
  }

  Told told_;
  ServerOptions options_;
  std::unique_ptr<Server> server_;
};

TEST_F(TailLane, WhatIsWrittenArrivesAtOnceAndAsItIs) {
  start();
  auto client = tail();
  on_loop([](TailStream& stream) { stream.begin("text/plain"); });
  const auto head = client.read_answer();
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->header("Transfer-Encoding"), "chunked");
  EXPECT_EQ(head->header("Connection"), "close");
  EXPECT_NE(head->header("X-Request-Id"), "");
  on_loop([](TailStream& stream) {
    stream.write("one ");
    EXPECT_EQ(stream.unsent_bytes(), 0u);
    stream.write("two");
  });
  EXPECT_EQ(client.read_bytes(7), "one two");
}

TEST_F(TailLane, WhatIsHeldGoesOutWhenItIsReleased) {
  start();
  auto client = tail();
  on_loop([](TailStream& stream) {
    stream.hold();
    stream.write("one ");
    stream.write("two");
    EXPECT_EQ(stream.unsent_bytes(), 7u);
    stream.release();
    EXPECT_EQ(stream.unsent_bytes(), 0u);
  });
  EXPECT_EQ(client.read_bytes(7), "one two");
}

TEST_F(TailLane, AClientThatDoesNotReadIsKeptFor) {
  start();
  auto client = tail(4096);
  std::size_t written = 0;
  on_loop([&](TailStream& stream) {
    while (stream.unsent_bytes() == 0) {
      stream.write(std::string(100'000, static_cast<char>('a' + written / 100'000 % 26)));
      written += 100'000;
    }
    stream.write("the end");
  });
  EXPECT_EQ(told_.rooms, 0);
  for (std::size_t i = 0; i < written; i += 100'000) {
    const auto letter = static_cast<char>('a' + i / 100'000 % 26);
    ASSERT_EQ(client.read_bytes(100'000), std::string(100'000, letter));
  }
  EXPECT_EQ(client.read_bytes(7), "the end");
  EXPECT_TRUE(soon([&] { return told_.rooms == 1; }));
}

TEST_F(TailLane, FinishSendsAllAndThenCloses) {
  start();
  auto client = tail(4096);
  on_loop([](TailStream& stream) {
    stream.write(std::string(3'000'000, 'x'));
    stream.finish();
    stream.write("too late");
  });
  EXPECT_EQ(client.read_bytes(4'000'000), std::string(3'000'000, 'x'));
  EXPECT_TRUE(client.closes());
  client.shutdown_write();
  EXPECT_TRUE(soon([&] { return told_.ends == 1; }));
}

TEST_F(TailLane, UnreadInputDoesNotCostTheClientItsLastBytes) {
  start();
  auto client = tail();
  on_loop([](TailStream& stream) {
    stream.write("the end");
    stream.finish();
  });
  client.send(std::string(100'000, 'x'));
  EXPECT_EQ(client.read_bytes(7), "the end");
}

TEST_F(TailLane, InputComesToItsOwner) {
  start();
  auto client = tail(0, "behind");
  ASSERT_TRUE(soon([&] { return told_.has_got() == "behind"; }));
  client.send(" and later");
  EXPECT_TRUE(soon([&] { return told_.has_got() == "behind and later"; }));
}

TEST_F(TailLane, AClientThatIsGoneEndsIt) {
  start();
  { auto client = tail(); }
  EXPECT_TRUE(soon([&] { return told_.ends == 1; }));
  EXPECT_TRUE(soon([&] { return server_->statistics().connections_open == 0; }));
}

TEST_F(TailLane, CutClosesAtOnce) {
  start();
  auto client = tail(4096);
  on_loop([](TailStream& stream) {
    stream.write(std::string(3'000'000, 'x'));
    stream.cut();
  });
  EXPECT_TRUE(soon([&] { return told_.ends == 1; }));
  EXPECT_LT(client.read_bytes(3'000'000).size(), 3'000'000u);
}

TEST_F(TailLane, ARefusalIsAnAnswerLikeOthers) {
  start();
  auto client = connect();
  client.send(get("/echo/before") + get("/refused") + get("/echo/after"));
  EXPECT_EQ(client.read_answer()->body, "before");
  const auto answer = client.read_answer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 418);
  EXPECT_EQ(answer->body, "no tail");
  EXPECT_EQ(answer->header("Connection"), "close");
  EXPECT_TRUE(client.closes());
}

TEST_F(TailLane, AClientOfHttp10GetsNoChunks) {
  start();
  auto client = connect();
  client.send("GET /tail HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(soon([&] { return told_.stream != nullptr; }));
  on_loop([](TailStream& stream) {
    EXPECT_FALSE(stream.chunked());
    stream.begin("text/plain");
    stream.write("line");
  });
  EXPECT_EQ(client.read_answer()->header("Transfer-Encoding"), "");
  EXPECT_EQ(client.read_bytes(4), "line");
}

TEST_F(TailLane, ADrainingServerLetsItsTailsSayWhy) {
  start();
  auto client = tail();
  std::thread draining([&] { server_->drain(5s); });
  EXPECT_EQ(client.read_bytes(100), "drained");
  client.shutdown_write();
  draining.join();
  EXPECT_EQ(told_.drains, 1);
  EXPECT_EQ(told_.ends, 1);
}

TEST_F(TailLane, AFinishedOneThatIsNotReadIsCutInTime) {
  options_.limits.write_time = 40ms;
  start();
  auto client = tail(4096);
  on_loop([](TailStream& stream) {
    stream.write(std::string(30'000'000, 'x'));
    stream.finish();
  });
  EXPECT_TRUE(soon([&] { return told_.ends == 1; }));
}

}  // namespace
}  // namespace dcount::http
