// What the framer takes, what it refuses, and that it makes no difference how the bytes arrive.
#include "server/http/framer.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>
#include <vector>

namespace dcount::http {
namespace {

struct Outcome {
  std::vector<std::string> requests;  ///< method, path and body of each
  int error = 0;
  std::string left;

  bool operator==(const Outcome&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  for (const auto& request : outcome.requests) out << "[" << request << "] ";
  return out << "error " << outcome.error << " left '" << outcome.left << "'";
}

std::string show(const Request& request, const FrameHead& head) {
  std::string text = request.http.method + " " + request.http.path;
  for (const auto& [name, value] : request.http.params) text += " ?" + name + "=" + value;
  for (const auto& [name, value] : request.http.headers) text += " " + name + ":" + value;
  return text + " '" + request.http.body + (head.keep_alive ? "' on" : "' close");
}

/// Feeds `pieces` one after the other, as a connection would.
Outcome frame(const std::vector<std::string>& pieces, const Limits& limits = {}) {
  Framer framer(limits);
  Outcome outcome;
  std::string bytes;
  for (const std::string& piece : pieces) {
    bytes += piece;
    std::string_view view = bytes;
    for (bool more = true; more;) {
      switch (framer.feed(view)) {
        case Framer::Step::need_more:
          more = false;
          break;
        case Framer::Step::head:
          framer.limit_body(1000);
          break;
        case Framer::Step::body:
          break;
        case Framer::Step::complete:
          outcome.requests.push_back(show(framer.request(), framer.head()));
          framer.next();
          break;
        case Framer::Step::error:
          outcome.error = framer.error().status;
          return outcome;
      }
    }
    bytes.erase(0, bytes.size() - view.size());
  }
  outcome.left = bytes;
  return outcome;
}

Outcome frame(const std::string& bytes) { return frame(std::vector<std::string>{bytes}); }

std::string with(const std::string& fields, const std::string& body = "") {
  return "POST /x HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n" + body;
}

// What is refused ---------------------------------------------------------------------------------

struct Refusal {
  const char* name;
  std::string bytes;
  int status;
};

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

class Refused : public testing::TestWithParam<Refusal> {};

TEST_P(Refused, WithItsStatus) {
  Outcome outcome = frame(GetParam().bytes);
  EXPECT_EQ(outcome.error, GetParam().status) << outcome;
  EXPECT_TRUE(outcome.requests.empty());
}

using namespace std::string_literals;

INSTANTIATE_TEST_SUITE_P(
    Framer, Refused,
    testing::Values(
        Refusal{"LengthAndChunked",
                with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        Refusal{"ChunkedAndLength",
                with("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"), 400},
        Refusal{"TwoLengths", with("Content-Length: 3\r\nContent-Length: 5\r\n", "abc"), 400},
        Refusal{"TwoEqualLengths", with("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"), 400},
        Refusal{"ListOfLengths", with("Content-Length: 3, 3\r\n", "abc"), 400},
        Refusal{"LengthOfLetters", with("Content-Length: abc\r\n"), 400},
        Refusal{"NegativeLength", with("Content-Length: -1\r\n"), 400},
        Refusal{"LengthWithPlus", with("Content-Length: +5\r\n", "hello"), 400},
        Refusal{"EmptyLength", with("Content-Length:\r\n"), 400},
        Refusal{"HexLength", with("Content-Length: 0x5\r\n", "hello"), 400},
        Refusal{"OverflowingLength", with("Content-Length: 18446744073709551616\r\n"), 400},
        Refusal{"GzipAndChunked", with("Transfer-Encoding: gzip, chunked\r\n"), 400},
        Refusal{"Identity", with("Transfer-Encoding: identity\r\n"), 400},
        Refusal{"ChunkedTwice", with("Transfer-Encoding: chunked, chunked\r\n"), 400},
        Refusal{"TwoTransferEncodings",
                with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
        Refusal{"VerticalTabInTransferEncoding", with("Transfer-Encoding: \vchunked\r\n"), 400},
        Refusal{"ChunkedInHttp10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                400},
        Refusal{"FoldedLine", with("A: b\r\n c\r\n"), 400},
        Refusal{"FoldedLineAfterEmptyValue", with("A:\r\n\tc\r\n"), 400},
        Refusal{"FoldRightAfterTheRequestLine", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400},
        Refusal{"SpaceBeforeColon", with("Content-Length : 3\r\n", "abc"), 400},
        Refusal{"NoColon", with("Nonsense\r\n"), 400}, Refusal{"EmptyName", with(": x\r\n"), 400},
        Refusal{"BareLfAfterField", "GET / HTTP/1.1\nHost: h\r\n\r\n", 400},
        Refusal{"BareLfEverywhere", "GET / HTTP/1.1\nHost: h\n\n", 400},
        Refusal{"BareCrInValue", with("A: b\rc\r\n"), 400},
        Refusal{"NulInValue", with("A: b\0c\r\n"s), 400},
        Refusal{"NulInTarget", "GET /a\0b HTTP/1.1\r\nHost: h\r\n\r\n"s, 400},
        Refusal{"ControlInValue", with("A: b\x01 c\r\n"), 400},
        Refusal{"DelInValue", with("A: b\x7f\r\n"), 400},
        Refusal{"NoHost", "GET / HTTP/1.1\r\n\r\n", 400},
        Refusal{"TwoHosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
        Refusal{"NoTarget", "GET  HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        Refusal{"RelativeTarget", "GET x HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        Refusal{"AuthorityTarget", "CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        Refusal{"SpaceInTarget", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        Refusal{"BadEscapeInQuery", "GET /?a=%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        Refusal{"CutEscapeInQuery", "GET /?a=%2 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        Refusal{"LeadingSpace", " GET / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        Refusal{"TlsHello", "\x16\x03\x01\x02"s, 400},
        Refusal{"NoVersion", "GET /\r\nHost: h\r\n\r\n", 400},
        Refusal{"LowerCaseVersion", "GET / http/1.1\r\nHost: h\r\n\r\n", 400},
        Refusal{"Http2", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
        Refusal{"Http12", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", 505},
        Refusal{"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        Refusal{"EncodedBody", with("Content-Encoding: gzip\r\nContent-Length: 1\r\n", "x"), 415},
        Refusal{"OtherExpectation", with("Expect: a-miracle\r\n"), 417},
        Refusal{"LongHead", with("A: " + std::string(20 * 1024, 'a') + "\r\n"), 431},
        Refusal{"LongTarget", "GET /" + std::string(20 * 1024, 'a'), 431},
        Refusal{"BadChunkSize", with("Transfer-Encoding: chunked\r\n", "xyz\r\nabc\r\n0\r\n\r\n"),
                400},
        Refusal{"NegativeChunkSize", with("Transfer-Encoding: chunked\r\n", "-1\r\nabc\r\n"), 400},
        Refusal{"HexPrefixedChunkSize",
                with("Transfer-Encoding: chunked\r\n", "0x3\r\nabc\r\n0\r\n\r\n"), 400},
        Refusal{"OverflowingChunkSize",
                with("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\nabc\r\n"), 400},
        Refusal{"ChunkWithoutItsEnd",
                with("Transfer-Encoding: chunked\r\n", "3\r\nabcd\r\n0\r\n\r\n"), 400},
        Refusal{"ChunkSizeEndsWithBareLf",
                with("Transfer-Encoding: chunked\r\n", "3\nabc\r\n0\r\n\r\n"), 400},
        Refusal{"EndlessChunkHeader",
                with("Transfer-Encoding: chunked\r\n", "3;" + std::string(20'000, 'x')), 400},
        Refusal{"TooMuchInChunks",
                with("Transfer-Encoding: chunked\r\n",
                     "3e8\r\n" + std::string(1000, 'x') + "\r\n1\r\nx\r\n0\r\n\r\n"),
                413}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Framer, RefusesMoreFieldsThanTheLimit) {
  std::string fields;
  for (int i = 0; i < 100; ++i) fields += "A: b\r\n";
  EXPECT_EQ(frame(with(fields)).error, 431);
}

TEST(Framer, TakesAsManyFieldsAsTheLimit) {
  std::string fields;
  for (int i = 0; i < 99; ++i) fields += "A: b\r\n";
  EXPECT_EQ(frame(with(fields)).error, 0);
}

TEST(Framer, RefusesEndlessChunkExtensionsThatComeInSmallPieces) {
  std::string body;
  for (int i = 0; i < 300; ++i) body += "1;" + std::string(100, 'e') + "\r\nx\r\n";
  EXPECT_EQ(frame(with("Transfer-Encoding: chunked\r\n", body)).error, 400);
}

// What is taken -----------------------------------------------------------------------------------

TEST(Framer, AnswersPostWithoutLengthAtOnceAsEmpty) {
  EXPECT_EQ(frame("POST /x HTTP/1.1\r\nHost: h\r\n\r\n").requests,
            std::vector<std::string>{"POST /x Host:h '' on"});
}

TEST(Framer, JoinsChunksAndDropsExtensionsAndTrailers) {
  auto outcome = frame(
      with("Transfer-Encoding: Chunked\r\n", "3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: t\r\n\r\n"));
  EXPECT_EQ(outcome.requests, std::vector<std::string>{"POST /x Host:h 'abcde' on"}) << outcome;
}

TEST(Framer, LeavesPipelinedBytesAlone) {
  Limits limits;
  Framer one(limits);
  std::string text = with("Content-Length: 2\r\n", "ab") + "GET /next";
  std::string_view bytes = text;
  EXPECT_EQ(one.feed(bytes), Framer::Step::head);
  EXPECT_EQ(one.feed(bytes), Framer::Step::complete);
  EXPECT_EQ(bytes, "GET /next");
}

TEST(Framer, SkipsEmptyLinesBeforeARequest) {
  EXPECT_EQ(frame("\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n").requests.size(), 1u);
}

TEST(Framer, TakesAbsoluteTargets) {
  EXPECT_EQ(frame("GET http://other:80/a?b=c HTTP/1.1\r\nHost: h\r\n\r\n").requests,
            std::vector<std::string>{"GET /a ?b=c Host:h '' on"});
}

TEST(Framer, GivesAnAbsoluteTargetWithoutPathTheRoot) {
  EXPECT_EQ(frame("GET http://other HTTP/1.1\r\nHost: h\r\n\r\n").requests,
            std::vector<std::string>{"GET / Host:h '' on"});
}

TEST(Framer, DecodesTheQueryOnceAndKeepsFurtherSeparators) {
  EXPECT_EQ(frame("GET /p?a=x+y&b=1=2?3&c=%252B&d&&a=%C3%BC HTTP/1.1\r\nHost: h\r\n\r\n").requests,
            std::vector<std::string>{"GET /p ?a=x y ?a=\xC3\xBC ?b=1=2?3 ?c=%2B ?d= Host:h '' on"});
}

TEST(Framer, LeavesThePathRaw) {
  EXPECT_EQ(frame("GET /a%2Fb%00+c HTTP/1.1\r\nHost: h\r\n\r\n").requests,
            std::vector<std::string>{"GET /a%2Fb%00+c Host:h '' on"});
}

TEST(Framer, NeverDecodesHeaderValues) {
  EXPECT_EQ(frame(with("A: x%0d%0ay%2B\r\n")).requests,
            std::vector<std::string>{"POST /x A:x%0d%0ay%2B Host:h '' on"});
}

TEST(Framer, LeavesRangeToTheHandler) {
  EXPECT_EQ(frame(with("Range: bytes=0-1\r\n")).requests,
            std::vector<std::string>{"POST /x Host:h Range:bytes=0-1 '' on"});
}

TEST(Framer, ReadsConnectionListsWhateverTheirCase) {
  EXPECT_TRUE(frame(with("Connection: Keep-Alive, CLOSE\r\n")).requests.at(0).ends_with("close"));
}

TEST(Framer, ClosesAfterHttp10) {
  EXPECT_EQ(frame("GET / HTTP/1.0\r\n\r\n").requests, std::vector<std::string>{"GET / '' close"});
}

TEST(Framer, KeepsHttp10AliveWhenAsked) {
  EXPECT_EQ(frame("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").requests,
            std::vector<std::string>{"GET / Connection:keep-alive '' on"});
}

TEST(Framer, SeesExpectationsWhateverTheirCase) {
  Limits limits;
  Framer framer(limits);
  std::string text = with("Expect: 100-Continue\r\nContent-Length: 1\r\n");
  std::string_view bytes = text;
  ASSERT_EQ(framer.feed(bytes), Framer::Step::head);
  EXPECT_TRUE(framer.head().expects_continue);
}

// Properties --------------------------------------------------------------------------------------

rc::Gen<std::string> request_text() {
  return rc::gen::element("GET /a?b=c%20d HTTP/1.1\r\nHost: h\r\n\r\n"s,
                          "\r\nGET / HTTP/1.0\r\n\r\n"s, with("Content-Length: 5\r\n", "hello"),
                          with("Content-Length: 0\r\n"),
                          with("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"),
                          with("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"),
                          with("Transfer-Encoding: chunked\r\n",
                               "1;x=\"y\"\r\nh\r\nA\r\n0123456789\r\n00\r\nT: t\r\n\r\n"),
                          with("Expect: 100-continue\r\nContent-Length: 2\r\n", "\r\n"),
                          with("X-Empty:\r\nX-Tab:\t v \t\r\n"));
}

std::vector<std::string> cut(const std::string& text) {
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < text.size();) {
    auto size = *rc::gen::weightedOneOf<std::size_t>(
        {{3, rc::gen::inRange<std::size_t>(1, 4)}, {1, rc::gen::inRange<std::size_t>(4, 80)}});
    pieces.push_back(text.substr(at, size));
    at += size;
  }
  return pieces;
}

RC_GTEST_PROP(Framer, AnySplitGivesTheSameRequestsAsOnePiece, ()) {
  std::string text;
  for (const auto& one : *rc::gen::container<std::vector<std::string>>(request_text())) text += one;
  RC_ASSERT(frame(cut(text)) == frame(text));
}

RC_GTEST_PROP(Framer, AnySplitOfADamagedStreamGivesTheSameOutcome, ()) {
  std::string text;
  for (const auto& one :
       *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(request_text())))
    text += one;
  for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
    auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    auto byte = *rc::gen::oneOf(rc::gen::arbitrary<char>(),
                                rc::gen::element('\r', '\n', ' ', ':', '0', ';', '\t', '%'));
    if (*rc::gen::arbitrary<bool>())
      text[at] = byte;
    else
      text.insert(at, 1, byte);
  }
  RC_ASSERT(frame(cut(text)) == frame(text));
}

TEST(Framer, OneByteAtATimeGivesTheSameRequests) {
  std::string text = with("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nT: t\r\n\r\n") +
                     with("Transfer-Encoding: chunked\r\n", "0\r\n\r\n") +
                     with("Content-Length: 5\r\n", "hello");
  std::vector<std::string> bytes;
  for (char c : text) bytes.emplace_back(1, c);
  EXPECT_EQ(frame(bytes), frame(text));
}

}  // namespace
}  // namespace dcount::http
