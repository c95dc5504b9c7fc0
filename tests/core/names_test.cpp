#include "server/core/names.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "server/core/counter.h"

namespace dcount::core {
namespace {

TEST(Names, CollectionsAreWords) {
  for (const auto* good : {"views", "A_9", "_"}) EXPECT_TRUE(is_collection_name(good)) << good;
  for (const auto* bad : {"", "a-b", "a.b", "a b", "ä", "a/b"}) {
    EXPECT_FALSE(is_collection_name(bad)) << bad;
  }
  EXPECT_TRUE(is_collection_name(std::string(128, 'a')));
  EXPECT_FALSE(is_collection_name(std::string(129, 'a')));
}

TEST(Names, IdsTakeDotsAndDashesButNoReservedWord) {
  for (const auto* good : {"home", "a.b-c_d", "...", "resets", "5f3a"}) {
    EXPECT_TRUE(is_counter_id(good)) << good;
  }
  for (const auto* bad : {"", ".", "..", "reset", "batch", "a b", "a%20"}) {
    EXPECT_FALSE(is_counter_id(bad)) << bad;
  }
  EXPECT_FALSE(is_counter_id(std::string(129, 'a')));
}

TEST(Names, KeysAreReadable) {
  EXPECT_EQ(counter_key("views", "home"), "counter/views/home");
  EXPECT_EQ(counter_list_prefix(""), "counter/");
  EXPECT_EQ(counter_list_prefix("views"), "counter/views/");
  EXPECT_EQ(counter_name("counter/views/home").collection, "views");
  EXPECT_EQ(counter_name("counter/views/home").id, "home");
  EXPECT_TRUE(counter_name("idem/views").id.empty());
}

TEST(Names, PartsAreEscapedSoThatASlashAlwaysSeparates) {
  std::string key;
  append_key_part(key, "a/b c\xff");
  EXPECT_EQ(key, "a%2Fb%20c%FF");
  key.clear();
  append_key_part(key, "..");
  EXPECT_EQ(key, "%2E%2E");
}

TEST(Names, APrefixEndsWhereTheNextOneBegins) {
  EXPECT_EQ(prefix_end("counter/"), "counter0");
  EXPECT_EQ(prefix_end("a\xff"), "b");
  EXPECT_EQ(prefix_end("\xff"), "");
}

RC_GTEST_PROP(CounterText, WhatIsWrittenIsReadAgain, ()) {
  Counter counter;
  counter.version = *rc::gen::positive<std::int64_t>();
  counter.deleted = *rc::gen::arbitrary<bool>();
  if (counter.deleted) {
    counter.deleted_ms = *rc::gen::positive<std::int64_t>();
  } else {
    counter.n = *rc::gen::arbitrary<std::int64_t>();
    if (*rc::gen::arbitrary<bool>()) counter.bounds.min = *rc::gen::arbitrary<std::int64_t>();
    if (*rc::gen::arbitrary<bool>()) counter.bounds.max = *rc::gen::arbitrary<std::int64_t>();
    counter.on_limit = *rc::gen::element(OnLimit::reject, OnLimit::saturate);
    counter.expires_ms = *rc::gen::nonNegative<std::int64_t>();
  }
  const Counter read = decode_counter(encode(counter));
  RC_ASSERT(read.deleted == counter.deleted);
  RC_ASSERT(read.n == counter.n);
  RC_ASSERT(read.version == counter.version);
  RC_ASSERT(read.bounds == counter.bounds);
  RC_ASSERT(read.on_limit == counter.on_limit);
  RC_ASSERT(read.expires_ms == counter.expires_ms);
  RC_ASSERT(read.deleted_ms == counter.deleted_ms);
}

TEST(CounterText, IsWhatAPersonCanRead) {
  Counter counter;
  counter.n = 8;
  counter.version = 9;
  counter.bounds = {0, 10};
  EXPECT_EQ(encode(counter), "1 n=8 v=9 min=0 max=10");
}

TEST(CounterText, OtherFormatsAndGarbageAreNoCounters) {
  for (const auto* text : {"", "2 n=1 v=1", "11 n=1 v=1", "1", "1 n=x v=1", "1 n=1", "1 q=1 v=1"}) {
    EXPECT_FALSE(try_decode_counter(text)) << text;
  }
}

}  // namespace
}  // namespace dcount::core
