// What the harness understands of tails, written down by hand from http-api.md.
#include "sim/scenario/tail_answer.h"

#include <gtest/gtest.h>

#include "tests/scenario/tail_bytes.h"

namespace dcount::sim {
namespace {

const std::string upgraded = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";

/// What the items say, one to a line; or what is wrong.
std::string told(TailFormat format, const std::string& bytes, std::size_t piece) {
  TailAnswer answer(format, "c/");
  std::vector<TailItem> items;
  std::string wrong;
  for (std::size_t at = 0; at < bytes.size() && wrong.empty(); at += piece) {
    if (auto taken = answer.take(bytes.substr(at, piece), items); !taken) {
      wrong = taken.error().message;
    }
  }
  std::string text;
  for (const TailItem& item : items) {
    text += item.key + (item.value         ? "=" + std::to_string(*item.value)
                        : item.key.empty() ? ""
                                           : "-");
    text += "@" + std::to_string(item.revision) + (item.complete ? "!" : "") + " ";
  }
  return text + wrong + (answer.ended() ? "end" : "");
}

/// However the bytes come in pieces.
void expect_told(TailFormat format, const std::string& bytes, const std::string& expected) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, bytes.size()}) {
    EXPECT_EQ(told(format, bytes, piece), expected) << piece;
  }
}

TEST(TailAnswer, ReadsLinesOfJson) {
  expect_told(TailFormat::ndjson,
              tail_head + chunk("{\"id\":\"a\",\"n\":7,\"c\":\"v\",\"rev\":12}\n") +
                  chunk("{\"id\":\"b\",\"d\":1,\"c\":\"v\",\"rev\":12,\"complete\":true}\n") +
                  chunk("\n") + chunk("{\"rev\":57,\"complete\":true}\n") + "0\r\n\r\n",
              "v/a=7@12 v/b-@12! @57! end");
}

TEST(TailAnswer, ReadsServerSentEvents) {
  expect_told(TailFormat::sse,
              tail_head + chunk("data: {\"id\":\"a\",\"n\":7,\"c\":\"v\",\"rev\":12}\n\n") +
                  chunk("data: {\"id\":\"b\",\"n\":-1,\"c\":\"v\",\"rev\":12}\nid: 12\n\n") +
                  chunk(": heartbeat\n\n") + chunk(": heartbeat\nid: 20\n\n"),
              "v/a=7@12 v/b=-1@12! @20! ");
}

TEST(TailAnswer, ReadsLockstepRecords) {
  expect_told(TailFormat::lockstep,
              tail_head +
                  chunk("{\"id\":\"a\",\"updated_at\":4,\"deleted_at\":null,\"at\":1,\"n\":5,"
                        "\"version\":2}\n") +
                  chunk("\r\n") +
                  chunk("{\"id\":\"b\",\"updated_at\":6,\"deleted_at\":6,\"at\":null,"
                        "\"version\":3}\n") +
                  "0\r\n\r\n",
              "c/a=5@4 c/b-@6 end");
}

TEST(TailAnswer, ReadsWebSocketMessages) {
  const std::string message = R"({"id":"a","n":7,"c":"v","rev":12})";
  const std::string ping = "\x89\x01x";
  const std::string frame = "\x81" + std::string(1, static_cast<char>(message.size())) + message;
  const std::string close("\x88\x02\x03\xe9", 4);
  expect_told(TailFormat::ws, upgraded + frame + ping + frame + close, "v/a=7@12 v/a=7@12 end");
  TailAnswer answer(TailFormat::ws);
  std::vector<TailItem> items;
  ASSERT_TRUE(answer.take(upgraded + ping + close, items));
  const std::string reply = answer.take_reply();
  ASSERT_EQ(reply.size(), 7u + 8u);  // a pong and a close, both masked
  EXPECT_EQ(reply[0], '\x8a');
  EXPECT_EQ(reply[7], '\x88');
}

TEST(TailAnswer, TwoLockstepRecordsInAChunkAreNone) {
  const std::string record = R"({"id":"a","updated_at":4,"deleted_at":null,"n":5})";
  expect_told(TailFormat::lockstep, tail_head + chunk(record + "\n" + record + "\n"),
              "a lockstep chunk is not one record: " + record + "\n" + record + "\n");
  expect_told(TailFormat::lockstep, tail_head + chunk(record),
              "a lockstep chunk is not one record: " + record);
}

TEST(TailAnswer, WhatIsNoTailIsSaidSo) {
  EXPECT_EQ(told(TailFormat::ndjson, tail_head + "zz\r\n", 99), "a chunk has the size 'zz'");
  EXPECT_EQ(told(TailFormat::ndjson, tail_head + "2\r\nab--", 99), "a chunk does not end");
  EXPECT_EQ(told(TailFormat::ndjson, tail_head + chunk("{\"id\":\"a\",\"rev\":1}\n"), 99),
            "this is no event: {\"id\":\"a\",\"rev\":1}");
  EXPECT_EQ(told(TailFormat::ndjson, "HTTP/1.1 200 OK\r\n\r\n", 99),
            "an endless answer that is not chunked");
  EXPECT_EQ(
      told(TailFormat::sse,
           tail_head + chunk("data: {\"id\":\"a\",\"n\":1,\"c\":\"v\",\"rev\":3}\nid: 4\n\n"), 99),
      "an event's id is not its revision");
  EXPECT_EQ(told(TailFormat::ws, upgraded + std::string("\x01\x01x", 3), 99),
            "a message is in fragments");
}

TEST(TailAnswer, ARefusalHasAStatusAndNothingElse) {
  TailAnswer answer(TailFormat::sse);
  std::vector<TailItem> items;
  ASSERT_TRUE(answer.take("HTTP/1.1 410 Gone\r\nContent-Length: 2\r\n\r\n{}", items));
  EXPECT_EQ(answer.status(), 410);
  EXPECT_FALSE(answer.open());
}

TEST(TailFraming, AClientsMessageIsMasked) {
  const std::string frame = web_socket_text("ab");
  EXPECT_EQ(frame, std::string("\x81\x82\x12\x34\x56\x78") + static_cast<char>('a' ^ 0x12) +
                       static_cast<char>('b' ^ 0x34));
  EXPECT_EQ(web_socket_text(std::string(300, 'x')).substr(0, 4),
            std::string("\x81\xfe\x01\x2c", 4));
}

}  // namespace
}  // namespace dcount::sim
