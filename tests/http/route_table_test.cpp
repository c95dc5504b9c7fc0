// Which route a path leads to.
#include "server/http/route_table.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

namespace dcount::http {
namespace {

using Status = RouteTable::Status;

class Routes : public testing::Test {
 protected:
  Routes() {
    for (auto [method, pattern] : {std::pair{"GET", "/"},
                                   {"GET", "/health"},
                                   {"POST", "/cnt/{collection}/"},
                                   {"GET", "/cnt/{collection}/{id}"},
                                   {"POST", "/cnt/{collection}/{id}"},
                                   {"POST", "/cnt/{collection}/{id}/{n}"},
                                   {"POST", "/cnt/{collection}/{id}/reset"},
                                   {"GET", "/v1/forward"},
                                   {"POST", "/v1/{name}"}})
      table_.add(route(method, pattern));
  }

  static Route route(const char* method, const char* pattern) {
    return {method, pattern, [](Request&&, Responder) {}, {}};
  }

  /// "pattern part part …", or the status as text.
  std::string find(const char* method, const std::string& path) {
    RouteMatch match;
    switch (table_.match(method, path, match)) {
      case Status::not_found:
        return "not found";
      case Status::malformed:
        return "malformed";
      case Status::method_not_allowed:
        return "allow " + match.allow;
      case Status::found:
        break;
    }
    std::string text = match.route->pattern;
    for (const auto& capture : match.captures) text += " " + capture;
    return text;
  }

  RouteTable table_;
};

TEST_F(Routes, LiteralPathIsFound) { EXPECT_EQ(find("GET", "/health"), "/health"); }
TEST_F(Routes, RootIsFound) { EXPECT_EQ(find("GET", "/"), "/"); }
TEST_F(Routes, PartsAreCaptured) {
  EXPECT_EQ(find("POST", "/cnt/views/home"), "/cnt/{collection}/{id} views home");
}
TEST_F(Routes, LiteralWinsOverPart) {
  EXPECT_EQ(find("POST", "/cnt/a/b/reset"), "/cnt/{collection}/{id}/reset a b");
}
TEST_F(Routes, PartTakesWhatNoLiteralTakes) {
  EXPECT_EQ(find("POST", "/cnt/a/b/-5"), "/cnt/{collection}/{id}/{n} a b -5");
}
TEST_F(Routes, PartAnswersAMethodThatTheLiteralLacks) {
  EXPECT_EQ(find("POST", "/v1/forward"), "/v1/{name} forward");
}
TEST_F(Routes, TrailingSlashIsAnotherPath) {
  EXPECT_EQ(find("GET", "/health/"), "not found");
  EXPECT_EQ(find("POST", "/cnt/a/"), "/cnt/{collection}/ a");
}
TEST_F(Routes, PartIsNeverEmpty) { EXPECT_EQ(find("POST", "/cnt//"), "not found"); }
TEST_F(Routes, EncodedSlashStaysInItsSegment) {
  EXPECT_EQ(find("GET", "/cnt/a%2Fb/c"), "/cnt/{collection}/{id} a/b c");
}
TEST_F(Routes, SegmentsAreDecodedOnce) {
  EXPECT_EQ(find("GET", "/cnt/a/%2541+"), "/cnt/{collection}/{id} a %41+");
}
TEST_F(Routes, EncodedLiteralIsTheSamePath) { EXPECT_EQ(find("GET", "/%68ealth"), "/health"); }
TEST_F(Routes, BadEscapeIsMalformed) {
  for (const char* path : {"/cnt/a/%", "/cnt/a/%4", "/cnt/a/%zz", "/nowhere/%u0041", "/x%00"})
    EXPECT_EQ(find("GET", path), "malformed") << path;
}
TEST_F(Routes, PathWithoutSlashIsMalformed) { EXPECT_EQ(find("OPTIONS", "*"), "malformed"); }
TEST_F(Routes, OtherMethodNamesThoseAllowed) {
  EXPECT_EQ(find("PURGE", "/cnt/a/b"), "allow GET, HEAD, POST");
}
TEST_F(Routes, AllowJoinsLiteralAndPart) {
  EXPECT_EQ(find("DELETE", "/v1/forward"), "allow GET, HEAD, POST");
}
TEST_F(Routes, HeadIsAnsweredByGet) { EXPECT_EQ(find("HEAD", "/health"), "/health"); }
TEST_F(Routes, HeadIsRefusedWhereGetChangesState) {
  Route drawing = route("GET", "/draw");
  drawing.no_head = true;
  table_.add(std::move(drawing));
  EXPECT_EQ(find("HEAD", "/draw"), "allow GET");
}
TEST_F(Routes, MethodsAreCaseSensitive) { EXPECT_EQ(find("get", "/health"), "allow GET, HEAD"); }
TEST_F(Routes, AddingARouteTwiceAborts) { EXPECT_DEATH(table_.add(route("GET", "/health")), ""); }

RC_GTEST_FIXTURE_PROP(Routes, AnyPathGetsAnAnswer, ()) {
  auto path = *rc::gen::container<std::string>(
      rc::gen::element('/', '%', '2', 'F', 'a', 'c', 'n', 't', '\0', '{', '}'));
  RouteMatch match;
  Status status = table_.match("GET", path, match);
  RC_ASSERT((status == Status::found) == (match.route != nullptr));
  RC_ASSERT((status == Status::method_not_allowed) == !match.allow.empty());
}

}  // namespace
}  // namespace dcount::http
