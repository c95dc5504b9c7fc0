// 200, 206, 304 or 416.
#include "server/http/file_answer.h"

#include <gtest/gtest.h>

namespace dcount::http {
namespace {

const std::string tag = "\"0a1b\"";

httplib::Request asked(const std::string& method, httplib::Headers headers) {
  httplib::Request request;
  request.method = method;
  request.headers = std::move(headers);
  return request;
}

/// "200 0+100 <Content-Range>": the part is left out when no file is sent.
std::string answer(httplib::Headers headers, const std::string& method = "GET") {
  const FileAnswer made = answer_with_file(asked(method, std::move(headers)), tag, 100);
  std::string text = std::to_string(made.response.status);
  if (made.sends_file) text += " " + std::to_string(made.first) + "+" + std::to_string(made.bytes);
  if (made.response.has_header("Content-Range"))
    text += " " + made.response.get_header_value("Content-Range");
  return text;
}

TEST(FileAnswer, IsTheWholeFileWithItsEtag) {
  const FileAnswer made = answer_with_file(asked("GET", {}), tag, 100);
  EXPECT_EQ(answer({}), "200 0+100");
  EXPECT_EQ(made.response.get_header_value("ETag"), tag);
  EXPECT_EQ(made.response.get_header_value("Accept-Ranges"), "bytes");
  EXPECT_FALSE(made.response.has_header("Content-Range"));
}

TEST(FileAnswer, IsAPartWithItsContentRange) {
  EXPECT_EQ(answer({{"Range", "bytes=5-9"}}), "206 5+5 bytes 5-9/100");
  EXPECT_EQ(answer({{"Range", "bytes=5-99999"}}), "206 5+95 bytes 5-99/100");
  EXPECT_EQ(answer({{"Range", "bytes=-1"}}), "206 99+1 bytes 99-99/100");
  EXPECT_EQ(answer({{"Range", "bytes=5-9"}, {"If-Range", tag}}), "206 5+5 bytes 5-9/100");
}

TEST(FileAnswer, IsTheWholeWhenTheRangeIsOfAnotherVersionOrNotOne) {
  EXPECT_EQ(answer({{"Range", "bytes=5-9"}, {"If-Range", "\"old\""}}), "200 0+100");
  EXPECT_EQ(answer({{"Range", "bytes=5-9"}, {"If-Range", tag}, {"If-Range", tag}}), "200 0+100");
  EXPECT_EQ(answer({{"Range", "bytes=0-1,5-9"}}), "200 0+100");
  EXPECT_EQ(answer({{"Range", "bytes=0-1"}, {"Range", "bytes=5-9"}}), "200 0+100");
}

TEST(FileAnswer, ToARangeBehindTheEndIs416WithTheSize) {
  const FileAnswer made = answer_with_file(asked("GET", {{"Range", "bytes=100-"}}), tag, 100);
  EXPECT_EQ(answer({{"Range", "bytes=100-"}}), "416 bytes */100");
  EXPECT_NE(made.response.body.find("range_not_satisfiable"), std::string::npos);
}

TEST(FileAnswer, ToHeadKnowsNoRanges) {
  EXPECT_EQ(answer({{"Range", "bytes=5-9"}}, "HEAD"), "200 0+100");
  EXPECT_EQ(answer({{"If-None-Match", tag}}, "HEAD"), "304");
}

TEST(FileAnswer, IsNotSentToWhomHasIt) {
  EXPECT_EQ(answer({{"If-None-Match", tag}}), "304");
  EXPECT_EQ(answer({{"If-None-Match", "\"x\""}, {"If-None-Match", tag}}), "304");
  EXPECT_EQ(answer({{"If-None-Match", tag}, {"Range", "bytes=100-"}}), "304");
  EXPECT_EQ(answer({{"If-None-Match", "\"x\""}, {"Range", "bytes=5-9"}}), "206 5+5 bytes 5-9/100");
  const FileAnswer made = answer_with_file(asked("GET", {{"If-None-Match", tag}}), tag, 100);
  EXPECT_EQ(made.response.get_header_value("ETag"), tag);
}

TEST(FileAnswer, TableOfEtagLists) {
  for (const char* list : {"*", "\"e\"", "W/\"e\"", "\"a\", \"e\"", "\"a\",\"b\" , W/\"e\"",
                           ", ,\"e\"", "\"a,b\", \"e\""})
    EXPECT_TRUE(names_etag(list, "\"e\"")) << list;
  for (const char* list :
       {"", "e", "\"a\"", "\"a\", *", "\"e", "w/\"e\"", "\"a\" x \"e\"", "\"a,\"e\"", "\"E\"", ","})
    EXPECT_FALSE(names_etag(list, "\"e\"")) << list;
}

}  // namespace
}  // namespace dcount::http
