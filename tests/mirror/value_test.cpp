// The order of order fields, and records taken apart.
#include "cli/mirror_value.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "cli/mirror_record.h"

namespace dcount::cli {
namespace {

SqlValue text(const std::string& text) { return text; }
SqlValue number(std::int64_t number) { return number; }

TEST(OrderValue, IntegersCompareExactly) {
  constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();
  EXPECT_LT(compare_order(number(max - 1), number(max)), 0);
  EXPECT_LT(compare_order(number(-5), number(3)), 0);
  EXPECT_EQ(compare_order(number(9), number(9)), 0);
  EXPECT_GT(compare_order(number(7), SqlValue(6.5)), 0);
  EXPECT_LT(compare_order(number((1LL << 53) + 1), SqlValue(9007199254740994.0)), 0);
  EXPECT_GT(compare_order(number((1LL << 53) + 1), SqlValue(9007199254740992.0)), 0);
  EXPECT_LT(compare_order(SqlValue(), number(std::numeric_limits<std::int64_t>::min())), 0);
}

TEST(OrderValue, TextsCompareAsPeopleSortThem) {
  EXPECT_LT(compare_order(text("5:999"), text("5:1000")), 0);
  EXPECT_LT(compare_order(text("5:55848933"), text("10:1")), 0);
  EXPECT_LT(compare_order(text("2026-11-22T20:00:00.25Z"), text("2026-11-22T20:00:00.5Z")), 0);
  EXPECT_LT(compare_order(text("2026-11-22T20:00:00.9Z"), text("2026-11-22T20:00:01.1Z")), 0);
  EXPECT_LT(compare_order(text("a"), text("b")), 0);
  EXPECT_LT(compare_order(text("a"), text("a1")), 0);
  EXPECT_LT(compare_order(number(999), text("1000")), 0);
  EXPECT_LT(
      compare_order(number(std::numeric_limits<std::int64_t>::max()), text("18446744073709551615")),
      0);
  EXPECT_NE(compare_order(text("7"), text("007")), 0);
}

RC_GTEST_PROP(OrderValueProperty, TextsHaveATotalOrder, ()) {
  auto word = rc::gen::container<std::string>(rc::gen::elementOf(std::string("0019.:aZ")));
  SqlValue a = *word;
  SqlValue b = *word;
  SqlValue c = *word;
  auto sign = [](int order) { return order < 0 ? -1 : static_cast<int>(order > 0); };
  RC_ASSERT(sign(compare_order(a, b)) == -sign(compare_order(b, a)));
  RC_ASSERT((compare_order(a, b) == 0) == (a == b));
  if (compare_order(a, b) <= 0 && compare_order(b, c) <= 0) RC_ASSERT(compare_order(a, c) <= 0);
}

TEST(OrderValue, StandsInAUrlAsItCame) {
  EXPECT_EQ(order_text(SqlValue()), "0");
  EXPECT_EQ(order_text(number(-3)), "-3");
  EXPECT_EQ(order_text(SqlValue(1384.25)), "1384.25");
  EXPECT_EQ(order_text(text("5:5")), "5:5");
}

TEST(MirrorRecord, IsTakenApart) {
  auto record = parse_record(
      R"({"id":123,"updated_at":999,"deleted_at":null,"ip":"0.0.0.0","port":1234,"up":true,)"
      R"("load":0.5,"big":18446744073709551615,"bigger":99999999999999999999,"tags":["a",{"id":7}],)"
      R"("none":null,"record":"x","ip":"1.1.1.1"})",
      "updated_at");
  ASSERT_TRUE(record.has_value()) << record.error().detail;
  EXPECT_EQ(record->id, number(123));
  EXPECT_EQ(record->order, number(999));
  EXPECT_EQ(record->updated_at, number(999));
  EXPECT_FALSE(record->deleted());
  std::vector<std::pair<std::string, SqlValue>> expected{{"ip", text("1.1.1.1")},
                                                         {"port", number(1234)},
                                                         {"up", number(1)},
                                                         {"load", SqlValue(0.5)},
                                                         {"big", text("18446744073709551615")},
                                                         {"bigger", text("99999999999999999999")},
                                                         {"none", SqlValue()},
                                                         {"record", text("x")}};
  EXPECT_EQ(record->scalars, expected);
}

TEST(MirrorRecord, OrderFieldMayBeAnyScalar) {
  auto record = parse_record(R"({"id":"a","txid":"5:5","deleted_at":5})", "txid");
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->order, text("5:5"));
  EXPECT_TRUE(is_null(record->updated_at));
  EXPECT_TRUE(record->deleted());
  EXPECT_EQ(record->scalars.size(), 1U);
}

TEST(MirrorRecord, RefusesWhatHasNoPlaceInATable) {
  for (const char* json :
       {"{", "{\"id\":1,}", "{\"id\":1,\"updated_at\":1,\"x\":\"\xff\"}", "{\"updated_at\":1}",
        "{\"id\":null,\"updated_at\":1}", "{\"id\":{},\"updated_at\":1}",
        "{\"id\":1.5,\"updated_at\":1}", "{\"id\":1}", "{\"id\":1,\"updated_at\":null}",
        "{\"id\":1,\"updated_at\":[1]}", "{\"x\":{\"id\":1,\"updated_at\":1}}"}) {
    auto record = parse_record(json, "updated_at");
    ASSERT_TRUE(record.has_error()) << json;
    EXPECT_EQ(record.error().kind, client::ErrorKind::protocol);
  }
}

TEST(MirrorRecord, MayBeNestedVeryDeep) {
  std::string deep = "{\"id\":1,\"updated_at\":1,\"x\":" + std::string(300'000, '[') +
                     std::string(300'000, ']') + "}";
  EXPECT_TRUE(parse_record(deep, "updated_at").has_value());
}

}  // namespace
}  // namespace dcount::cli
