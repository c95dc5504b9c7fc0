// Lines of a tail, as values.
#include "cli/tail_record.h"

#include <gtest/gtest.h>

#include <limits>

namespace dcount::cli {
namespace {

TEST(TailRecord, AValue) {
  const std::string line = R"({"id":"home","n":-7,"c":"views","rev":12,"complete":true})";
  auto record = parse_tail_record(line);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->line, line);
  EXPECT_EQ(record->counter, "views/home");
  EXPECT_EQ(record->n, -7);
  EXPECT_EQ(record->revision, 12);
  EXPECT_TRUE(record->complete);
}

TEST(TailRecord, ADeletion) {
  auto record = parse_tail_record(R"({"id":"home","d":1,"c":"views","rev":13})");
  ASSERT_TRUE(record);
  EXPECT_FALSE(record->n);
  EXPECT_FALSE(record->complete);
  EXPECT_FALSE(record->is_bookmark());
}

TEST(TailRecord, ABookmark) {
  auto record = parse_tail_record(R"({"rev":57,"complete":true})");
  ASSERT_TRUE(record);
  EXPECT_TRUE(record->is_bookmark());
  EXPECT_EQ(record->revision, 57);
}

TEST(TailRecord, NumbersAreExactAndNewFieldsAreFine) {
  auto record = parse_tail_record(
      R"({"id":"a","n":9223372036854775807,"c":"c","rev":9223372036854775806,"at":1})");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->n, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(record->revision, std::numeric_limits<std::int64_t>::max() - 1);
}

TEST(TailRecord, AnythingElseIsNone) {
  for (const char* line :
       {"", "{}", "[]", "1", R"({"id":"a","n":1})", R"({"id":"a","n":1,"rev":-1})",
        R"({"id":"a","n":1,"rev":"x"})", R"({"id":"a","rev":1})",
        R"({"id":"a","n":1,"d":1,"rev":1})", R"({"id":"","n":1,"rev":1})",
        R"({"id":"a","n":1.5,"rev":1})", R"({"rev":1})", R"({"rev":1,"complete":false})",
        R"({"id":"a","n":1,"rev":1,"complete":"yes"})", R"({"id":7,"n":1,"rev":1})",
        R"({"id":"a","n":1,"rev":1)"}) {
    EXPECT_FALSE(parse_tail_record(line)) << line;
  }
}

}  // namespace
}  // namespace dcount::cli
