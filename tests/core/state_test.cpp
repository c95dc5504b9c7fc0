#include "server/core/state.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

namespace dcount::core {
namespace {

std::vector<std::string> newest_first(const Table& table) {
  std::vector<std::string> keys;
  table.scan_oldest_first([&](const Record& record) {
    keys.emplace(keys.begin(), record.key());
    return true;
  });
  return keys;
}

TEST(State, TakesOnlyGreaterRevisionsOfAKey) {
  State state;
  state.apply({"counter/a/b", "1 n=2 v=2", 5});
  state.apply({"counter/a/b", "1 n=1 v=1", 4});
  state.apply({"counter/a/b", "1 n=9 v=9", 5});
  EXPECT_EQ(state.get("counter/a/b").value, "1 n=2 v=2");
  EXPECT_EQ(state.get("counter/a/b").revision, 5);
}

TEST(State, AnErasedKeyIsAbsentAtRevisionZero) {
  State state;
  state.apply({"idem/x", "1 f=a e=1 a=ok:0:0:0", 5});
  state.apply({"idem/x", std::nullopt, 6});
  EXPECT_FALSE(state.get("idem/x").value);
  EXPECT_EQ(state.get("idem/x").revision, 0);
}

TEST(State, WhatIsDueComesInTheOrderOfItsTime) {
  State state(/*tombstone_ms=*/1000);
  state.apply({"counter/a/later", "1 n=0 v=1 e=900", 1});
  state.apply({"counter/a/soon", "1 n=0 v=1 e=500", 1});
  state.apply({"counter/a/tombstone", "1 del v=2 at=100", 1});
  state.apply({"counter/a/never", "1 n=0 v=1", 1});
  EXPECT_TRUE(state.due_keys({499}, 9).empty());
  EXPECT_EQ(state.due_keys({1100}, 9),
            (std::vector<std::string>{"counter/a/soon", "counter/a/later", "counter/a/tombstone"}));
  EXPECT_EQ(state.due_keys({1100}, 1).size(), 1u);
  state.apply({"counter/a/soon", "1 n=0 v=2", 2});
  EXPECT_EQ(state.due_keys({1100}, 9).size(), 2u);
}

TEST(State, LoadingInTheOrderOfKeysEndsInTheOrderOfRevisions) {
  State state;
  state.begin_load();
  state.apply({"counter/a/1", "1 n=0 v=1", 7});
  state.apply({"counter/a/2", "1 n=0 v=1", 3});
  state.apply({"counter/a/3", "1 n=0 v=1", 5});
  state.end_load(7);
  EXPECT_EQ(newest_first(state.counters()),
            (std::vector<std::string>{"counter/a/1", "counter/a/3", "counter/a/2"}));
  EXPECT_EQ(state.revision(), 7);
}

RC_GTEST_PROP(Table, IsAMapThatKnowsItsOrders, ()) {
  Table table(Table::Order::by_key);
  std::map<std::string, std::pair<std::string, Revision>> model;
  const int steps = *rc::gen::inRange(0, 200);
  for (Revision revision = 1; revision <= steps; ++revision) {
    const auto key = "k" + std::to_string(*rc::gen::inRange(0, 40));
    if (*rc::gen::inRange(0, 5) == 0) {
      RC_ASSERT(table.erase(key) == (model.erase(key) > 0));
    } else {
      const std::string value(*rc::gen::inRange<std::size_t>(0, 100), 'v');
      table.put(key, value, revision);
      model[key] = {value, revision};
    }
  }
  RC_ASSERT(table.size() == model.size());
  std::size_t bytes = 0;
  for (const auto& [key, entry] : model) bytes += key.size() + entry.first.size();
  RC_ASSERT(table.bytes() == bytes);
  auto expected = model.begin();
  table.scan("", "", [&](const Record& record) {
    RC_ASSERT(record.key() == expected->first);
    RC_ASSERT(record.value() == expected->second.first);
    RC_ASSERT(record.revision() == expected->second.second);
    ++expected;
    return true;
  });
  RC_ASSERT(expected == model.end());
  Revision last = 0;
  std::size_t walked = 0;
  table.scan_oldest_first([&](const Record& record) {
    RC_ASSERT(record.revision() > last);
    last = record.revision();
    ++walked;
    return true;
  });
  RC_ASSERT(walked == model.size());
  for (const auto& [key, value] : model) RC_ASSERT(table.find(key) != nullptr);
}

RC_GTEST_PROP(Table, AWalkInPiecesPassesTheLatestOfEveryRecordInOrderWhateverChangesMeanwhile, ()) {
  Table table(Table::Order::by_key);
  std::map<std::string, Revision> model;
  Revision revision = 0;
  const auto change = [&] {
    const auto key = "k" + std::to_string(*rc::gen::inRange(0, 20));
    ++revision;
    if (*rc::gen::inRange(0, 6) == 0) {
      table.erase(key);
      model.erase(key);
    } else {
      table.put(key, "v", revision);
      model[key] = revision;
    }
  };
  for (int changes = *rc::gen::inRange(0, 60); changes > 0; --changes) change();
  const Revision after = *rc::gen::inRange<Revision>(0, revision + 1);
  const auto end = *rc::gen::element(Table::Place::End::newest, Table::Place::End::oldest);
  Table::Place place(table, end);
  const Table::Place another(table, Table::Place::End::oldest);
  while (!place.back_to(after, *rc::gen::inRange<std::size_t>(1, 5))) change();
  std::map<std::string, Revision> passed;
  Revision last = 0;
  int changes_left = 40;
  while (const Record* record = place.next()) {
    RC_ASSERT(record->revision() > last);
    last = record->revision();
    if (last > after) passed[std::string(record->key())] = last;
    place.pass();
    for (; changes_left > 0 && *rc::gen::inRange(0, 3) > 0; --changes_left) change();
  }
  for (const auto& [key, at] : model) {
    if (at > after) RC_ASSERT(passed.at(key) == at);
  }
}

TEST(Table, APlaceIsGoneWhenItsTableIsCleared) {
  Table table(Table::Order::none);
  table.put("a", "1", 1);
  Table::Place place(table, Table::Place::End::newest);
  table.clear();
  EXPECT_TRUE(place.gone());
}

TEST(State, RemembersUpToWhereTombstonesWereForgotten) {
  State state;
  EXPECT_EQ(state.forgotten(), 0);
  state.apply({std::string(forgotten_key), "1 r=41", 50});
  EXPECT_EQ(state.forgotten(), 41);
}

RC_GTEST_PROP(State, IsTheSameWhateverTheOrderInWhichChangesArrive, ()) {
  std::vector<Entry> entries;
  const int changes = *rc::gen::inRange(0, 30);
  for (Revision revision = 1; revision <= changes; ++revision) {
    entries.push_back({"counter/a/" + std::to_string(*rc::gen::inRange(0, 5)),
                       "1 n=0 v=" + std::to_string(revision), revision});
  }
  State in_order;
  for (const Entry& entry : entries) in_order.apply(entry);
  for (std::size_t i = entries.size(); i > 1; --i) {
    std::swap(entries[i - 1], entries[*rc::gen::inRange<std::size_t>(0, i)]);
  }
  State shuffled;
  for (const Entry& entry : entries) shuffled.apply(entry);
  RC_ASSERT(newest_first(in_order.counters()) == newest_first(shuffled.counters()));
  for (const Entry& entry : entries) {
    RC_ASSERT(in_order.get(entry.key).value == shuffled.get(entry.key).value);
  }
}

}  // namespace
}  // namespace dcount::core
