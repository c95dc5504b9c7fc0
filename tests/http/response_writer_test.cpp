// Responses, problems, request ids as bytes.
#include "server/http/response_writer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "server/http/problem.h"
#include "server/http/request_id.h"

namespace dcount::http {
namespace {

std::string write(const httplib::Response& response, AnswerFrame frame = {}) {
  frame.request_id = "id";
  frame.date_line = "Date: now\r\n";
  std::string out;
  append_response(out, response, frame);
  return out;
}

httplib::Response response(int status, const std::string& body = "") {
  httplib::Response made;
  made.status = status;
  if (!body.empty()) made.set_content(body, "text/plain");
  return made;
}

TEST(ResponseWriter, WritesHeadAndBody) {
  EXPECT_EQ(write(response(200, "hello")),
            "HTTP/1.1 200 OK\r\nDate: now\r\nX-Request-Id: id\r\nContent-Type: text/plain\r\n"
            "Content-Length: 5\r\n\r\nhello");
}

TEST(ResponseWriter, EmptyBodyHasLengthZero) {
  EXPECT_EQ(write(response(404)),
            "HTTP/1.1 404 Not Found\r\nDate: now\r\nX-Request-Id: id\r\nContent-Length: 0\r\n\r\n");
}

TEST(ResponseWriter, HeadHasLengthButNoBody) {
  EXPECT_TRUE(write(response(200, "hello"), {.head = true}).ends_with("Content-Length: 5\r\n\r\n"));
}

TEST(ResponseWriter, NoContentAndNotModifiedHaveNeitherBodyNorLength) {
  for (int status : {204, 304}) {
    std::string text = write(response(status, "hello"));
    EXPECT_TRUE(text.ends_with("text/plain\r\n\r\n")) << text;
  }
}

TEST(ResponseWriter, BodyFromAFileHasItsLength) {
  EXPECT_TRUE(write(response(200), {.body_bytes = 50'000'000})
                  .ends_with("Content-Length: 50000000\r\n\r\n"));
}

TEST(ResponseWriter, SaysWhenItCloses) {
  EXPECT_NE(write(response(200), {.close = true}).find("Connection: close\r\n"), std::string::npos);
}

TEST(ResponseWriter, TellsHttp10ThatItStaysOpen) {
  EXPECT_NE(write(response(200), {.http10 = true}).find("Connection: keep-alive\r\n"),
            std::string::npos);
}

TEST(ResponseWriter, LeavesOutFieldsWithLineBreaks) {
  httplib::Response bad = response(200);
  bad.headers.emplace("A", "x\r\nSet-Cookie: evil");
  bad.headers.emplace("B\r\nC", "x");
  bad.headers.emplace("D", std::string("x\0y", 3));
  EXPECT_EQ(write(bad), write(response(200)));
}

TEST(ResponseWriter, LeavesOutFieldsThatAreTheConnectionsBusiness) {
  httplib::Response bad = response(200);
  for (const char* name :
       {"Connection", "content-length", "Transfer-Encoding", "DATE", "Keep-Alive", "X-Request-ID"})
    bad.headers.emplace(name, "x");
  EXPECT_EQ(write(bad), write(response(200)));
}

TEST(DateLine, IsWrittenAsHttpWants) {
  DateLine date;
  date.refresh(784111777);
  EXPECT_EQ(date.text(), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
}

TEST(Problem, HasAllMembers) {
  auto made = problem(504, "outcome_unknown", "no answer", Retryable::same_key);
  EXPECT_EQ(nlohmann::json::parse(made.body), nlohmann::json({{"type", "about:blank"},
                                                              {"title", "Gateway Timeout"},
                                                              {"status", 504},
                                                              {"detail", "no answer"},
                                                              {"code", "outcome_unknown"},
                                                              {"retryable", "same-key"}}));
  EXPECT_EQ(made.get_header_value("Content-Type"), "application/problem+json");
}

TEST(Problem, SaysWhenToComeBack) {
  EXPECT_EQ(problem(503, "overloaded", "").get_header_value("Retry-After"), "1");
  EXPECT_EQ(problem(429, "quota", "").get_header_value("Retry-After"), "1");
  EXPECT_FALSE(problem(404, "not_found", "").has_header("Retry-After"));
}

TEST(Problem, QuotesAnyBytes) {
  EXPECT_TRUE(nlohmann::json::accept(problem(400, "malformed", "\xff\xc3(\"").body));
}

TEST(RequestId, UsableOnesAreShortAndPlain) {
  EXPECT_TRUE(is_usable_request_id("aZ9._-"));
  EXPECT_TRUE(is_usable_request_id(std::string(128, 'x')));
  for (const std::string& bad : {std::string(), std::string("a b"), std::string("a\nb"),
                                 std::string("\xc3\xbc"), std::string(129, 'x')})
    EXPECT_FALSE(is_usable_request_id(bad)) << bad;
}

TEST(RequestId, GeneratedOnesAreUsableAndDiffer) {
  RequestIds one, other;
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    ids.insert(one.next());
    ids.insert(other.next());
  }
  EXPECT_EQ(ids.size(), 2000u);
  for (const auto& id : ids) EXPECT_TRUE(is_usable_request_id(id)) << id;
}

}  // namespace
}  // namespace dcount::http
