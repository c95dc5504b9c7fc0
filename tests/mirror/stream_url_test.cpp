// URLs of feeds, and where redirects lead.
#include "client/stream_url.h"

#include <gtest/gtest.h>

namespace dcount::client {
namespace {

TEST(StreamUrl, HasTheUsualParts) {
  auto url = parse_stream_url("http://me:p%40ss%3a@db.example:4567/servers/a%2Fb?x=1&y=%20#part");
  ASSERT_TRUE(url.has_value()) << url.error().detail;
  EXPECT_EQ(url->endpoint, (Endpoint{"db.example", 4567}));
  EXPECT_EQ(url->user, "me");
  EXPECT_EQ(url->password, "p@ss:");
  EXPECT_EQ(url->target, "/servers/a%2Fb?x=1&y=%20");
  EXPECT_EQ(url->without_secrets(), "http://db.example:4567/servers/a%2Fb?x=1&y=%20");
}

TEST(StreamUrl, MayLackMostOfThem) {
  EXPECT_EQ(parse_stream_url("http://h")->endpoint, (Endpoint{"h", 80}));
  EXPECT_EQ(parse_stream_url("http://h")->target, "/");
  EXPECT_EQ(parse_stream_url("http://h?a=b")->target, "/?a=b");
  EXPECT_EQ(parse_stream_url("http://[::1]/x")->endpoint, (Endpoint{"::1", 80}));
  EXPECT_EQ(parse_stream_url("http://[::1]:81/x")->endpoint, (Endpoint{"::1", 81}));
  EXPECT_EQ(parse_stream_url("http://key@h/")->user, "key");
}

TEST(StreamUrl, NothingInItEndsTheRequestLine) {
  EXPECT_EQ(parse_stream_url("http://h/a b\r\nX: y")->target, "/a%20b%0D%0AX:%20y");
  EXPECT_EQ(parse_stream_url("http://h/\xc3\xa4")->target, "/%C3%A4");
}

TEST(StreamUrl, RefusalsDoNotShowThePassword) {
  for (const char* text : {"https://u:secret@h/", "u:secret@h", "http://u:secret@/x",
                           "http://u:secret@h:0/", "http://u:secret@h,g/", "http://u:secret@h:x"}) {
    auto url = parse_stream_url(text);
    ASSERT_TRUE(url.has_error()) << text;
    EXPECT_EQ(url.error().detail.find("secret"), std::string::npos) << url.error().detail;
  }
}

TEST(StreamUrl, RedirectsAreResolved) {
  Endpoint from{"h", 81};
  EXPECT_EQ(resolve(from, "/new?since=1")->without_secrets(), "http://h:81/new?since=1");
  EXPECT_EQ(resolve(from, "http://g/new")->without_secrets(), "http://g:80/new");
  EXPECT_EQ(resolve(from, "//g:5/new")->without_secrets(), "http://g:5/new");
  EXPECT_EQ(resolve(from, "/to?u=http://x/")->without_secrets(), "http://h:81/to?u=http://x/");
  EXPECT_EQ(resolve(from, "/a%b c")->target, "/a%25b%20c");
  EXPECT_TRUE(resolve(from, "").has_error());
  EXPECT_TRUE(resolve(from, "https://g/").has_error());
}

TEST(StreamUrl, ParametersJoinTheQuery) {
  EXPECT_EQ(with_parameter("/a", "since", "5:5 &"), "/a?since=5%3A5%20%26");
  EXPECT_EQ(with_parameter("/a?", "since", "5"), "/a?since=5");
  EXPECT_EQ(with_parameter("/a?b=c", "since", "5"), "/a?b=c&since=5");
}

}  // namespace
}  // namespace dcount::client
