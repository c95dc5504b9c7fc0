// A mirrored table: what is in it, who may have it, and how it is replaced.
#include "cli/mirror_store.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/mirror/scripted_feed.h"
#include "tests/mirror/sqlite_reader.h"

namespace dcount::test {
namespace {

using cli::is_null;
using cli::MirrorSpec;
using cli::SqlValue;
using Rows = std::vector<std::string>;
using Texts = std::vector<std::string>;

class Store : public testing::Test {
 protected:
  MirrorSpec spec() {
    return {.file = directory.file(),
            .table = "servers",
            .url = "http://h:80/servers",
            .order_by = "updated_at"};
  }
  void open(const MirrorSpec& spec) {
    store.reset();
    auto opened = cli::MirrorStore::open(spec);
    ASSERT_TRUE(opened.has_value()) << opened.error().detail;
    store.emplace(std::move(*opened));
    order_by = spec.order_by;
  }
  void open() { open(spec()); }
  client::ClientError refusal(const MirrorSpec& spec) {
    auto opened = cli::MirrorStore::open(spec);
    EXPECT_TRUE(opened.has_error());
    return opened.has_error() ? opened.error() : client::ClientError{};
  }
  /// Returns how many were news.
  std::size_t put(const Texts& texts) {
    std::vector<cli::MirrorRecord> records;
    for (const auto& text : texts) records.push_back(cli::parse_record(text, order_by).value());
    auto changed = store->apply(records, store->since());
    EXPECT_TRUE(changed.has_value()) << changed.error().detail;
    return changed->size();
  }
  Rows rows(const std::string& sql) { return query(directory.file(), sql); }
  Rows ids() { return rows("SELECT id, updated_at, deleted_at FROM servers ORDER BY id"); }
  Texts finish() {
    Texts changed;
    auto finished =
        store->finish_anew([&](std::string_view record) { changed.emplace_back(record); });
    EXPECT_TRUE(finished.has_value()) << finished.error().detail;
    return changed;
  }

  MirrorDirectory directory;
  std::optional<cli::MirrorStore> store;
  std::string order_by;
};

TEST_F(Store, RecordsAreRowsWithAColumnForEachScalar) {
  open();
  EXPECT_TRUE(is_null(store->since()));
  EXPECT_EQ(put({server_record(123, 999), server_record(124, 1000, true)}), 2U);
  EXPECT_EQ(store->since(), SqlValue(std::int64_t{1000}));
  EXPECT_EQ(rows("SELECT * FROM servers"),
            (Rows{"123|999|-|" + server_record(123, 999) + "|0.0.0.0|1234",
                  "124|1000|1000|" + server_record(124, 1000, true) + "|0.0.0.0|1234"}));
  EXPECT_EQ(rows("SELECT DISTINCT typeof(id), typeof(port), typeof(ip) FROM servers"),
            Rows{"integer|integer|text"});
  EXPECT_EQ(rows("SELECT * FROM dcount_mirror"),
            Rows{"servers|http://h:80/servers|updated_at|1000|0"});
}

TEST_F(Store, ColumnsComeAsMembersShowUp) {
  open();
  put({R"({"id":"a","updated_at":1,"deleted_at":null,"x":1})",
       R"({"id":"b","updated_at":2,"deleted_at":null,"y \" z":"q","nested":{"n":1}})"});
  put({R"({"id":"a","updated_at":3,"deleted_at":null,"nested":5})"});
  EXPECT_EQ(rows("SELECT id, x, \"y \"\" z\", nested FROM servers ORDER BY id"),
            (Rows{"a|-|-|5", "b|-|q|-"}));
  open();
  put({R"({"id":"c","updated_at":4,"deleted_at":null,"x":2,"z":true})"});
  EXPECT_EQ(rows("SELECT id, x, z FROM servers WHERE id = 'c'"), Rows{"c|2|1"});
}

TEST_F(Store, ColumnsOfOursAreNotOverwritten) {
  open();
  std::string record = R"({"id":1,"updated_at":2,"deleted_at":null,"record":"mine","ID":"x",)"
                       R"("Port":1,"port":2,"":3,"rowid":4,"table":5,"select":6})";
  put({record});
  EXPECT_EQ(
      rows("SELECT id, updated_at, record, port, \"rowid\", \"table\", \"select\" FROM servers"),
      Rows{"1|2|" + record + "|1|4|5|6"});
  EXPECT_EQ(store->left_out(), "ID");
  EXPECT_EQ(store->left_out(), std::nullopt);
}

TEST_F(Store, ColumnsHaveALimit) {
  open();
  std::string record = R"({"id":1,"updated_at":2)";
  for (int i = 0; i < 1000; ++i) record += ",\"m" + std::to_string(i) + "\":" + std::to_string(i);
  put({record + "}"});
  EXPECT_EQ(rows("SELECT count(*) FROM pragma_table_info('servers')"),
            Rows{std::to_string(cli::mirror_columns_max)});
  EXPECT_EQ(rows("SELECT m195, record LIKE '%\"m999\":999%' FROM servers"), Rows{"195|1"});
  EXPECT_EQ(store->left_out(), "m196");
}

TEST_F(Store, IdsKeepTheirTypes) {
  open();
  put({R"({"id":1,"updated_at":1})", R"({"id":"1","updated_at":2})"});
  EXPECT_EQ(rows("SELECT typeof(id) FROM servers"), (Rows{"integer", "text"}));
}

TEST_F(Store, OlderAndRepeatedRecordsAreNoNews) {
  open();
  EXPECT_EQ(put({server_record(1, 10)}), 1U);
  EXPECT_EQ(put({server_record(1, 10), server_record(1, 9, true), server_record(2, 5)}), 1U);
  EXPECT_EQ(ids(), (Rows{"1|10|-", "2|5|-"}));
  EXPECT_EQ(put({server_record(1, 10, false, 80)}), 1U) << "the same order, another content";
  EXPECT_EQ(rows("SELECT port FROM servers WHERE id = 1"), Rows{"80"});
  EXPECT_EQ(store->since(), SqlValue(std::int64_t{10}));
}

TEST_F(Store, OrdersMayBeTexts) {
  auto by_txid = spec();
  by_txid.order_by = "txid";
  open(by_txid);
  EXPECT_EQ(put({R"({"id":1,"txid":"5:999"})", R"({"id":1,"txid":"5:1000"})"}), 2U);
  EXPECT_EQ(put({R"({"id":1,"txid":"5:999"})"}), 0U);
  open(by_txid);
  EXPECT_EQ(store->since(), SqlValue("5:1000"));
  EXPECT_EQ(rows("SELECT id, txid, updated_at FROM servers"), Rows{"1|5:1000|-"});
}

TEST_F(Store, GoesOnWhereItWas) {
  open();
  put({server_record(1, 10), server_record(2, 12)});
  open();
  EXPECT_EQ(store->since(), SqlValue(std::int64_t{12}));
  EXPECT_EQ(put({server_record(2, 12)}), 0U);
}

TEST_F(Store, ATableThatWasDroppedBeginsAgain) {
  open();
  put({server_record(1, 10)});
  store.reset();
  execute(directory.file(), "DROP TABLE servers");
  open();
  EXPECT_TRUE(is_null(store->since()));
  EXPECT_TRUE(ids().empty());
}

TEST_F(Store, PruneRemovesRowsAndKeepsTheResumePoint) {
  auto pruned = spec();
  pruned.prune = true;
  open(pruned);
  EXPECT_EQ(put({server_record(1, 10), server_record(2, 11)}), 2U);
  EXPECT_EQ(put({server_record(2, 12, true), server_record(3, 13, true)}), 1U);
  EXPECT_EQ(ids(), Rows{"1|10|-"});
  open(pruned);
  EXPECT_EQ(store->since(), SqlValue(std::int64_t{13}));
  EXPECT_EQ(put({server_record(2, 11), server_record(2, 12, true)}), 0U) << "all of it repeated";
  EXPECT_EQ(put({server_record(2, 14)}), 1U) << "it is there again";
  EXPECT_EQ(ids(), (Rows{"1|10|-", "2|14|-"}));
}

TEST_F(Store, PruneRemovesWhatWasDeletedBefore) {
  open();
  put({server_record(1, 10), server_record(2, 11, true)});
  EXPECT_EQ(ids().size(), 2U);
  auto pruned = spec();
  pruned.prune = true;
  open(pruned);
  EXPECT_EQ(ids(), Rows{"1|10|-"});
}

TEST_F(Store, ATableBelongsToOneFeed) {
  open();
  put({server_record(1, 10)});
  store.reset();
  auto other = spec();
  other.url = "http://g:80/servers";
  auto error = refusal(other);
  EXPECT_EQ(error.kind, client::ErrorKind::conflict);
  EXPECT_NE(error.detail.find("mirrors http://h:80/servers, not http://g:80/servers"),
            std::string::npos)
      << error.detail;
  other = spec();
  other.order_by = "txid";
  EXPECT_EQ(refusal(other).kind, client::ErrorKind::conflict);
  execute(directory.file(), "CREATE TABLE mine (id)");
  other = spec();
  other.table = "Mine";
  EXPECT_EQ(refusal(other).kind, client::ErrorKind::conflict);
  open();
  EXPECT_EQ(ids(), Rows{"1|10|-"});
}

TEST_F(Store, OneMirrorAtATimeKeepsATable) {
  open();
  auto error = refusal(spec());
  EXPECT_EQ(error.kind, client::ErrorKind::conflict);
  EXPECT_NE(error.detail.find("another mirror"), std::string::npos) << error.detail;
  auto other = spec();
  other.table = "others";
  {
    auto beside = cli::MirrorStore::open(other);
    EXPECT_TRUE(beside.has_value());
  }
  EXPECT_EQ(refusal(spec()).kind, client::ErrorKind::conflict) << "closing the other keeps it";
  EXPECT_EQ(put({server_record(1, 10)}), 1U);
}

TEST_F(Store, SomeNamesAndFilesAreRefused) {
  for (const char* table : {"dcount_mirror", "DCOUNT_MIRROR_x", "sqlite_master"}) {
    auto wrong = spec();
    wrong.table = table;
    EXPECT_EQ(refusal(wrong).kind, client::ErrorKind::bad_request) << table;
  }
  for (const char* order_by : {"record", "ID"}) {
    auto wrong = spec();
    wrong.order_by = order_by;
    EXPECT_EQ(refusal(wrong).kind, client::ErrorKind::bad_request) << order_by;
  }
  auto wrong = spec();
  wrong.file = "/nowhere/at/all.sqlite";
  EXPECT_EQ(refusal(wrong).kind, client::ErrorKind::local);
  wrong.file = "/proc/self/cmdline";
  EXPECT_EQ(refusal(wrong).kind, client::ErrorKind::local);
}

TEST_F(Store, AnyNameMayBeATables) {
  auto odd = spec();
  odd.table = "my \"servers\"; DROP TABLE x";
  open(odd);
  put({server_record(1, 10)});
  EXPECT_EQ(rows("SELECT id FROM \"my \"\"servers\"\"; DROP TABLE x\""), Rows{"1"});
  ASSERT_TRUE(store->start_anew().has_value());
  put({server_record(2, 5)});
  finish();
  EXPECT_EQ(rows("SELECT id FROM \"my \"\"servers\"\"; DROP TABLE x\""), Rows{"2"});
}

TEST_F(Store, StartingAnewReplacesTheTableAtOnce) {
  open();
  put({server_record(1, 10), server_record(2, 11), server_record(3, 12)});
  ASSERT_TRUE(store->start_anew().has_value());
  EXPECT_TRUE(is_null(store->since()));
  EXPECT_EQ(put({server_record(1, 10)}), 1U);
  EXPECT_EQ(put({server_record(4, 4), server_record(2, 5)}), 2U);
  EXPECT_EQ(ids().size(), 3U) << "readers have the old one meanwhile";
  EXPECT_EQ(finish(), (Texts{server_record(4, 4), server_record(2, 5)})) << "what had changed";
  EXPECT_EQ(ids(), (Rows{"1|10|-", "2|5|-", "4|4|-"}));
  EXPECT_EQ(store->since(), SqlValue(std::int64_t{10}));
  EXPECT_EQ(put({server_record(5, 11)}), 1U);
  EXPECT_EQ(rows("SELECT count(*) FROM sqlite_master WHERE type = 'table'"), Rows{"2"});
}

TEST_F(Store, StartingAnewGoesOnAfterARestart) {
  open();
  put({server_record(1, 10)});
  ASSERT_TRUE(store->start_anew().has_value());
  put({server_record(2, 1)});
  open();
  EXPECT_TRUE(store->anew());
  EXPECT_TRUE(is_null(store->since())) << "the half of a new table is of no use";
  put({server_record(3, 2)});
  finish();
  EXPECT_EQ(ids(), Rows{"3|2|-"});
  open();
  EXPECT_FALSE(store->anew());
  EXPECT_EQ(store->since(), SqlValue(std::int64_t{2}));
}

TEST_F(Store, StartingAnewKeepsIndexesTriggersAndViews) {
  open();
  put({server_record(1, 10)});
  execute(
      directory.file(),
      "CREATE INDEX by_port ON servers (port); CREATE TABLE log (id);"
      "CREATE VIEW ports AS SELECT port FROM servers;"
      "CREATE TRIGGER logged AFTER INSERT ON servers BEGIN INSERT INTO log VALUES (new.id); END");
  ASSERT_TRUE(store->start_anew().has_value());
  put({R"({"id":2,"updated_at":1})"});
  finish();
  put({server_record(3, 3, false, 99)});
  EXPECT_EQ(rows("SELECT id FROM log"), Rows{"3"});
  EXPECT_EQ(rows("SELECT * FROM ports"), (Rows{"-", "99"}));
  EXPECT_EQ(rows("SELECT tbl_name FROM sqlite_master WHERE name = 'by_port'"), Rows{"servers"});
}

TEST_F(Store, TheFileHasAWriteAheadLog) {
  open();
  EXPECT_EQ(rows("PRAGMA journal_mode"), Rows{"wal"});
}

}  // namespace
}  // namespace dcount::test
