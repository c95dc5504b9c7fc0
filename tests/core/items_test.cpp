// Items: distinct ids of tenants, how they are stored, and the set they live in.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "server/core/item_set.h"
#include "server/core/item_values.h"
#include "server/core/names.h"
#include "tests/core/bench.h"

namespace dcount::core {
namespace {

struct ItemBench : Bench {
  std::int64_t add(std::string tenant, std::vector<std::string> ids) {
    AddItems body;
    body.tenants.push_back({std::move(tenant), std::move(ids)});
    return add(std::move(body));
  }
  std::int64_t add(AddItems body) {
    return std::get<ItemsOutcome>(run({std::move(body), {}}).outcome.value).added;
  }
  std::int64_t count(std::string tenant) {
    return std::get<ItemsOutcome>(run({CountItems{std::move(tenant)}, {}}).outcome.value).count;
  }
  ItemListOutcome list(std::string tenant, std::uint64_t after = 0, std::size_t limit = 100) {
    return std::get<ItemListOutcome>(
        run({ListItems{std::move(tenant), after, limit}, {}}).outcome.value);
  }
};

struct Items : testing::Test, ItemBench {};

TEST_F(Items, AnIdCountsOnce) {
  EXPECT_EQ(add("t", {"a", "b", "a"}), 2);
  EXPECT_EQ(add("t", {"b", "c"}), 1);
  EXPECT_EQ(count("t"), 3);
  EXPECT_EQ(count("u"), 0);
}

TEST_F(Items, ManyItemsAreTwoWritesATenant) {
  AddItems body;
  for (const char* tenant : {"t", "u"}) {
    body.tenants.push_back({tenant, {}});
    for (int i = 0; i < 5000; ++i) body.tenants.back().ids.push_back("item-" + std::to_string(i));
  }
  const Decision decision = run({body, {}});
  EXPECT_EQ(decision.writes.size(), 4u);
  EXPECT_EQ(count("t") + count("u"), 10'000);
}

TEST_F(Items, WhatIsKnownAlreadyIsNotWritten) {
  add("t", {"a", "b"});
  const Decision again = run({AddItems{{{"t", {"b", "a"}}}}, {}});
  EXPECT_TRUE(again.writes.empty());
  EXPECT_EQ(std::get<ItemsOutcome>(again.outcome.value).added, 0);
}

TEST_F(Items, SmallRequestsShareAChunk) {
  for (int i = 0; i < 200; ++i) add("t", {"item-" + std::to_string(i)});
  const auto head = decode_tenant_head(*state.get("items/t").value);
  EXPECT_EQ(head.count, 200);
  EXPECT_EQ(head.newest_chunk, 2u) << "each some 1 KiB";
}

TEST_F(Items, AreListedInTheOrderTheyCameIn) {
  add("t", {"z", "a"});
  add("t", {"m", "a"});
  const auto page = list("t", 0, 2);
  EXPECT_EQ(page.ids, (std::vector<std::string>{"z", "a"}));
  EXPECT_EQ(page.next, 2u);
  EXPECT_EQ(page.count, 3);
  const auto last = list("t", 2, 2);
  EXPECT_EQ(last.ids, (std::vector<std::string>{"m"}));
  EXPECT_EQ(last.next, 0u);
  EXPECT_TRUE(list("t", 99).ids.empty());
  EXPECT_TRUE(list("nobody").ids.empty());
}

TEST_F(Items, TenantsWithAnyNameAreApart) {
  add("a/b", {"1"});
  add("a", {"1", "2"});
  add("a%2Fb", {"1", "2", "3"});
  EXPECT_EQ(count("a/b"), 1);
  EXPECT_EQ(count("a"), 2);
  EXPECT_EQ(count("a%2Fb"), 3);
}

TEST_F(Items, TheHeadIsGuarded) {
  const Decision decision = run({AddItems{{{"t", {"a"}}}}, {}});
  std::set<std::string> read;
  for (const Read& guard : decision.reads) read.insert(guard.key);
  EXPECT_TRUE(read.contains("items/t"));
}

TEST(ItemChunk, AHumanCanReadIt) {
  std::string chunk(empty_item_chunk);
  for (const char* id : {"alice", "bo b", "zürich", "100%", "\n"}) append_item(chunk, id);
  EXPECT_EQ(chunk, "1 alice bo%20b zürich 100%25 %0A");
}

TEST(ItemChunk, WhatWasNotWrittenByUsIsTold) {
  for (const char* text : {"", "2 a", "1a", "1 a%2", "1 %XX"}) {
    ItemChunkReader reader(text);
    while (reader.next()) {
    }
    EXPECT_TRUE(reader.malformed()) << text;
  }
}

std::string any_id() {
  const auto alphabet = rc::gen::elementOf(
      std::vector<std::string>{"a", "b", "0", " ", "%", "/", "\n", std::string(1, '\0'), "\x7F",
                               "ü", "漢", "🙂", "e\u0301"});
  const auto parts = *rc::gen::resize(
      8, rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(alphabet)));
  std::string id;
  for (const std::string& part : parts) id += part;
  return id;
}

RC_GTEST_PROP(ItemsProperty, AreASetAndAListForEachTenantAlsoAfterARestart, ()) {
  ItemBench bench;
  std::map<std::string, std::vector<std::string>> model;
  std::map<std::string, Entry> disk;
  const auto requests = *rc::gen::inRange(1, 20);
  for (int i = 0; i < requests; ++i) {
    AddItems body;
    std::size_t added = 0;
    for (const char* tenant : {"t", "ü/u"}) {
      if (*rc::gen::arbitrary<bool>()) continue;
      TenantItems items{tenant, {}};
      const auto ids = *rc::gen::inRange(0, 30);
      for (int k = 0; k < ids; ++k) items.ids.push_back(any_id());
      for (const std::string& id : items.ids) {
        auto& known = model[tenant];
        if (std::ranges::find(known, id) != known.end()) continue;
        known.push_back(id);
        ++added;
      }
      body.tenants.push_back(std::move(items));
    }
    const Decision decision = bench.run({body, {}});
    RC_ASSERT(std::get<ItemsOutcome>(decision.outcome.value).added ==
              static_cast<std::int64_t>(added));
    for (const Write& write : decision.writes) {
      disk[write.key] = {write.key, write.value, bench.revision};
    }
  }
  State restarted;
  restarted.begin_load();
  for (const auto& [key, entry] : disk) restarted.apply(entry);
  restarted.end_load(bench.revision);
  for (const auto& [tenant, ids] : model) {
    RC_ASSERT(bench.count(tenant) == static_cast<std::int64_t>(ids.size()));
    RC_ASSERT(bench.list(tenant, 0, 100'000).ids == ids);
    std::vector<std::string> again;
    if (const ItemSet* set = restarted.items(tenant_part(tenant_key(tenant)))) {
      set->scan(0, 100'000, [&](std::string_view id) { again.emplace_back(id); });
    }
    RC_ASSERT(again == ids);
  }
}

TEST(ItemSet, KnowsItsIdsAlsoWhenItIsLarge) {
  ItemSet set;
  for (int i = 0; i < 20'000; ++i) EXPECT_TRUE(set.add("item-" + std::to_string(i)));
  for (int i = 0; i < 20'000; i += 7) EXPECT_FALSE(set.add("item-" + std::to_string(i)));
  EXPECT_EQ(set.size(), 20'000u);
  EXPECT_TRUE(set.contains("item-4095"));
  EXPECT_TRUE(set.contains("item-19999"));
  EXPECT_FALSE(set.contains("item-20000"));
  std::vector<std::string> page;
  set.scan(12'345, 2, [&](std::string_view id) { page.emplace_back(id); });
  EXPECT_EQ(page, (std::vector<std::string>{"item-12345", "item-12346"}));
}

TEST(ItemSet, TakesIdsOfEveryLength) {
  ItemSet set;
  for (std::size_t bytes = 1; bytes <= 256; ++bytes) EXPECT_TRUE(set.add(std::string(bytes, 'x')));
  std::size_t expected = 1;
  set.scan(0, 1000, [&](std::string_view id) { EXPECT_EQ(id.size(), expected++); });
  EXPECT_EQ(expected, 257u);
}

}  // namespace
}  // namespace dcount::core
