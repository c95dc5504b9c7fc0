// Items, asked of a fake server.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "client/client.h"
#include "tests/client/fake_clock.h"
#include "tests/client/fake_server.h"

namespace dcount::client {
namespace {

class ItemCalls : public testing::Test {
 protected:
  static ClientOptions options_for(const test::FakeServer& server, Clock& clock) {
    ClientOptions options;
    options.endpoints = {server.endpoint()};
    options.clock = &clock;
    return options;
  }

  test::FakeServer server;
  test::FakeClock clock;
  Client client{options_for(server, clock)};
};

TEST_F(ItemCalls, RepeatedIdCountsOnce) {
  auto added = client.add_items({{"a", "t"}, {"b", "t"}, {"a", "t"}, {"a", "u"}});
  ASSERT_TRUE(added);
  EXPECT_EQ(added->added, 3);
  EXPECT_EQ(client.add_items({{"a", "t"}, {"c", "t"}})->added, 1);
  EXPECT_EQ(*client.count_items("t"), 3);
  EXPECT_EQ(*client.count_items("u"), 1);
  EXPECT_EQ(*client.count_items("nobody"), 0);
}

TEST_F(ItemCalls, BodyIsAsTheContractHasIt) {
  ASSERT_TRUE(client.add_items({{"a", "t"}, {"b", "u"}}));
  EXPECT_EQ(server.seen().back().body, R"([{"id":"a","tenant":"t"},{"id":"b","tenant":"u"}])");
  ASSERT_TRUE(client.add_items(std::vector<Item>()));
  EXPECT_EQ(server.seen().back().body, "[]");
}

TEST_F(ItemCalls, LostAnswerIsAskedForAgainAndTellsTheSame) {
  server.fail_next({.lose_answer = true});
  auto added = client.add_items({{"a", "t"}});
  ASSERT_TRUE(added);
  EXPECT_EQ(added->added, 1);
  EXPECT_TRUE(added->replayed);
}

TEST_F(ItemCalls, TenantMayBeAnyText) {
  for (const std::string tenant :
       {"a/b", ".", "..", "%2F", "a b+c", "\n\x01", "Zoë 🦊", "?q=1&r#f", "count"}) {
    ASSERT_TRUE(client.add_items({{"x", tenant}}));
    EXPECT_EQ(*client.count_items(tenant), 1) << tenant;
    EXPECT_EQ(client.list_items(tenant)->items, std::vector<std::string>{"x"}) << tenant;
  }
}

TEST_F(ItemCalls, PagesOfAListJoinWithoutGapOrRepeat) {
  std::vector<Item> items;
  for (int i = 0; i < 25; ++i) items.push_back({"id\n" + std::to_string(i), "t"});
  ASSERT_TRUE(client.add_items(items));
  std::vector<std::string> ids;
  std::string cursor;
  do {
    auto page = client.list_items("t", 10, cursor);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->count, 25);
    ids.insert(ids.end(), page->items.begin(), page->items.end());
    cursor = page->next;
  } while (!cursor.empty());
  ASSERT_EQ(ids.size(), 25u);
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(ids[i], items[i].id);
}

TEST_F(ItemCalls, MoreThanFitsOneRequestIsRefusedHere) {
  std::vector<Item> items(items_max, {"a", "t"});
  EXPECT_TRUE(client.add_items(items));
  items.push_back({"b", "t"});
  std::size_t before = server.seen().size();
  auto added = client.add_items(items);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::bad_request);
  EXPECT_EQ(server.seen().size(), before);
}

TEST_F(ItemCalls, AnswerWithoutItsHeaderIsAProtocolError) {
  server.fail_next({.status = 200, .raw_body = R"({"message":"Success"})"});
  auto added = client.add_items({{"a", "t"}});
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::protocol);
}

TEST(ItemBody, NeverReachesItsBoundInBytes) {
  const std::string id(item_name_bytes_max, '\x01');  // each byte takes six
  ItemBody body;
  std::size_t added = 0;
  while (body.add(id, "t")) ++added;
  EXPECT_EQ(body.size(), added);
  EXPECT_LT(added, items_max);
  std::string text = body.take();
  EXPECT_LE(text.size(), item_body_bytes_max);
  EXPECT_GT(text.size(), item_body_bytes_max - 2000);
  EXPECT_EQ(nlohmann::json::parse(text).size(), added);
}

TEST(ItemBody, IsEmptyOnceItIsTaken) {
  ItemBody body;
  EXPECT_TRUE(body.empty());
  ASSERT_TRUE(body.add("a", "t"));
  EXPECT_EQ(body.take(), R"([{"id":"a","tenant":"t"}])");
  EXPECT_TRUE(body.empty());
  ASSERT_TRUE(body.add("b", "t"));
  EXPECT_EQ(body.take(), R"([{"id":"b","tenant":"t"}])");
}

RC_GTEST_PROP(ItemBody, AnyTextReadsBackAsItself,
              (std::vector<std::pair<std::string, std::string>> pairs)) {
  ItemBody body;
  nlohmann::json expected = nlohmann::json::array();
  for (auto& [id, tenant] : pairs) {
    for (char& c : id) c = static_cast<char>(c & 127);  // UTF-8
    for (char& c : tenant) c = static_cast<char>(c & 127);
    RC_ASSERT(body.add(id, tenant));
    expected.push_back({{"id", id}, {"tenant", tenant}});
  }
  RC_ASSERT(nlohmann::json::parse(body.take()) == expected);
}

}  // namespace
}  // namespace dcount::client
