// Packages' records and what keys have used of their quotas: what each command does, and any
// commands in any order against a dumb model.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "server/core/key.h"
#include "server/core/names.h"
#include "server/core/package.h"
#include "server/core/records.h"
#include "tests/core/bench.h"

namespace dcount::core {
namespace {

using Holders = std::vector<std::string>;

const std::string alice(16, 'a');
const std::string bob(16, 'b');

/// The n-th: its id, and where it is kept.
std::string pkgid_of(int n) { return "00000000-0000-4000-8000-00000000000" + std::to_string(n); }
std::string record_of(int n) { return std::string(63, 'e') + std::to_string(n); }

PackageTraits traits_of(int n, const std::string& owner = alice, std::int64_t bytes = 100) {
  PackageTraits traits{.pkgid = pkgid_of(n), .owner = owner, .bytes = bytes};
  traits.sha256 = std::string(64, 'f');
  traits.when_s = 1'700'000'000;
  traits.meta = R"({"expire":0,"title":"a\u0020=b","when":1700000000})";
  return traits;
}

AddPackage adding(int n, const std::string& owner = alice, std::int64_t bytes = 100) {
  return {record_of(n), traits_of(n, owner, bytes), {"n1", "n2"}};
}

AddPackage adding_until(int n, std::int64_t expire_s) {
  AddPackage add = adding(n);
  add.traits.expire_s = expire_s;
  return add;
}

struct Packages : testing::Test, Bench {
  Packages() { create_key(alice); }
  explicit Packages(std::int64_t tombstone_ms) : Bench{.state = State(tombstone_ms)} {}

  Code code(CommandBody body) { return run({std::move(body), {}}).outcome.code; }

  void create_key(const std::string& id, std::optional<std::int64_t> quota_packages = {},
                  std::optional<std::int64_t> quota_bytes = {}) {
    CreateKey create{.id = id, .traits = {}};
    create.traits.name = "k";
    create.traits.secret_hash = std::string(64, '0');
    create.traits.scopes.packages = true;
    create.traits.quota_packages = quota_packages;
    create.traits.quota_bytes = quota_bytes;
    run({create, {}});
  }
  Outcome read(int n) { return run({ReadPackage{record_of(n)}, {}}).outcome; }
  Package package(int n) { return std::get<PackageOutcome>(read(n).value).package; }
  bool is_live(int n) { return read(n).code == Code::ok; }
  std::optional<Package> stored(int n) {
    const auto value = state.get(package_key(record_of(n))).value;
    return value ? decode_package(*value) : std::nullopt;
  }
  UsageOutcome usage(const std::string& id = alice) {
    return std::get<UsageOutcome>(run({ReadUsage{id}, {}}).outcome.value);
  }
  std::int64_t packages_used(const std::string& id = alice) { return usage(id).packages; }
  std::int64_t bytes_used(const std::string& id = alice) { return usage(id).bytes; }
  PackageListOutcome list(const ListPackages& command) {
    return std::get<PackageListOutcome>(run({command, {}}).outcome.value);
  }
  std::int64_t in_seconds(std::int64_t n) const { return now.unix_ms / 1000 + n; }
};

// ---- adding and reading

TEST_F(Packages, AnAddedPackageIsReadAsItIsAndIsInItsOwnersUsage) {
  const Outcome added = run({adding(1), {}}).outcome;
  EXPECT_EQ(added.code, Code::created);
  EXPECT_EQ(package(1).traits, traits_of(1));
  EXPECT_EQ(package(1).holders, (Holders{"n1", "n2"}));
  EXPECT_EQ(package(1).version, 1);
  EXPECT_EQ(package(1).at_ms, now.unix_ms);
  EXPECT_EQ(std::get<PackageOutcome>(added.value).package, package(1));
  EXPECT_EQ(packages_used(), 1);
  EXPECT_EQ(bytes_used(), 100);
}

TEST_F(Packages, HoldersAreKeptInOrderAndNoneTwice) {
  AddPackage add = adding(1);
  add.holders = {"n2", "n1", "n2"};
  EXPECT_EQ(code(add), Code::created);
  EXPECT_EQ(package(1).holders, (Holders{"n1", "n2"}));
}

TEST_F(Packages, AnIdIsGivenOutOnce) {
  run({adding(1), {}});
  const Decision again = run({adding(1), {}});
  EXPECT_EQ(again.outcome.code, Code::precondition_failed);
  EXPECT_TRUE(again.writes.empty());
  code(DeletePackage{record_of(1), alice});
  EXPECT_EQ(code(adding(1)), Code::precondition_failed) << "nor when it is deleted";
  EXPECT_EQ(packages_used(), 0);
}

TEST_F(Packages, WithoutAKeyNothingIsAdded) {
  EXPECT_EQ(code(adding(1, bob)), Code::forbidden);
  code(RevokeKey{alice});
  EXPECT_EQ(code(adding(1)), Code::forbidden);
  EXPECT_FALSE(stored(1));
}

TEST_F(Packages, AddingLooksAtTheKeyTheUsageAndTheRecord) {
  const Decision decision = run({adding(1), {}});
  std::set<std::string> keys;
  for (const Read& read : decision.reads) keys.insert(read.key);
  EXPECT_EQ(keys,
            (std::set<std::string>{"key/" + alice, "usage/" + alice, "package/" + record_of(1)}));
}

TEST_F(Packages, QuotasHoldToTheLastPackageAndByte) {
  create_key(bob, 2, 250);
  EXPECT_EQ(code(adding(1, bob, 100)), Code::created);
  const Decision one_byte_more = run({adding(2, bob, 151), {}});
  EXPECT_EQ(one_byte_more.outcome.code, Code::quota_exceeded);
  EXPECT_TRUE(one_byte_more.writes.empty());
  EXPECT_EQ(code(adding(2, bob, 150)), Code::created);
  EXPECT_EQ(code(adding(3, bob, 0)), Code::quota_exceeded) << "a third";
  code(DeletePackage{record_of(1), bob});
  EXPECT_EQ(code(adding(3, bob, 101)), Code::quota_exceeded);
  EXPECT_EQ(code(adding(3, bob, 100)), Code::created);
  EXPECT_EQ(bytes_used(bob), 250);
  EXPECT_EQ(usage(bob).quota_bytes, 250);
  EXPECT_EQ(usage(bob).quota_packages, 2);
}

TEST_F(Packages, AQuotaOfNoneIsNone) {
  create_key(bob, 0);
  EXPECT_EQ(code(adding(1, bob, 0)), Code::quota_exceeded);
}

TEST_F(Packages, WhatIsThereIsToldBeforeAQuotaIs) {
  create_key(bob, 1);
  code(adding(1, bob));
  EXPECT_EQ(code(adding(1, bob)), Code::precondition_failed) << "it was added, after all";
}

TEST_F(Packages, OneKeysPackagesAreNotInAnothersUsage) {
  create_key(bob);
  code(adding(1));
  code(adding(2, bob, 7));
  EXPECT_EQ(bytes_used(alice), 100);
  EXPECT_EQ(bytes_used(bob), 7);
}

TEST_F(Packages, AReplayedUploadIsNotCountedTwice) {
  const Idempotency key{std::string(32, '1'), "f00d", 60'000};
  const Outcome first = run({adding(1), key}).outcome;
  AddPackage retry = adding(2);  // the server has made up another id, and had another node at hand
  retry.holders = {"n3"};
  const Decision decision = run({retry, key});
  EXPECT_TRUE(decision.writes.empty());
  EXPECT_TRUE(decision.outcome.replayed);
  EXPECT_EQ(decision.outcome.code, Code::created);
  const Package told = std::get<PackageOutcome>(decision.outcome.value).package;
  const Package was = std::get<PackageOutcome>(first.value).package;
  EXPECT_EQ(told.traits.pkgid, was.traits.pkgid);
  EXPECT_EQ(told.traits.sha256, was.traits.sha256);
  EXPECT_EQ(told.traits.bytes, was.traits.bytes);
  EXPECT_EQ(told.holders, was.holders);
  EXPECT_EQ(told.version, was.version);
  EXPECT_EQ(packages_used(), 1);
  EXPECT_FALSE(stored(2));
}

TEST_F(Packages, AReplayedRefusalIsARefusalToo) {
  create_key(bob, 0);
  const Idempotency key{std::string(32, '1'), "f00d", 60'000};
  run({adding(1, bob), key});
  const Outcome again = run({adding(2, bob), key}).outcome;
  EXPECT_EQ(again.code, Code::quota_exceeded);
  EXPECT_TRUE(again.replayed);
  EXPECT_TRUE(is_readable("idem/" + std::string(32, '1'),
                          *state.get("idem/" + std::string(32, '1')).value));
}

TEST_F(Packages, WhatIsNotThereIsToldFromWhatIsGone) {
  EXPECT_EQ(read(1).code, Code::not_found);
  EXPECT_EQ(package(1).version, 0);
  code(adding(1));
  code(DeletePackage{record_of(1), alice});
  EXPECT_EQ(read(1).code, Code::not_found);
  EXPECT_TRUE(package(1).deleted);
  EXPECT_EQ(package(1).version, 2);
  EXPECT_EQ(package(1).traits.pkgid, pkgid_of(1));
  EXPECT_EQ(package(1).traits.owner, "") << "whose it was is nobody's business";
}

TEST_F(Packages, AnothersIsNotRead) {
  code(adding(1));
  const Outcome others = run({ReadPackage{record_of(1), bob}, {}}).outcome;
  EXPECT_EQ(others.code, Code::forbidden);
  EXPECT_EQ(std::get<PackageOutcome>(others.value).package, Package{});
  EXPECT_EQ(run({ReadPackage{record_of(1), alice}, {}}).outcome.code, Code::ok);
}

// ---- deleting

TEST_F(Packages, ADeletedPackageIsGoneAndItsOwnersUsageFalls) {
  code(adding(1));
  pass(5);
  const Outcome deleted = run({DeletePackage{record_of(1), alice}, {}}).outcome;
  EXPECT_EQ(deleted.code, Code::ok);
  EXPECT_EQ(std::get<PackageOutcome>(deleted.value).package.holders, (Holders{"n1", "n2"}));
  EXPECT_TRUE(stored(1)->deleted);
  EXPECT_EQ(stored(1)->at_ms, now.unix_ms);
  EXPECT_EQ(code(DeletePackage{record_of(1), alice}), Code::not_found);
  EXPECT_EQ(packages_used(), 0);
  EXPECT_EQ(bytes_used(), 0);
}

TEST_F(Packages, AnothersPackageIsForbiddenAndTellsNothing) {
  code(adding(1));
  const Decision decision = run({DeletePackage{record_of(1), bob}, {}});
  EXPECT_EQ(decision.outcome.code, Code::forbidden);
  EXPECT_EQ(std::get<PackageOutcome>(decision.outcome.value).package, Package{});
  EXPECT_TRUE(decision.writes.empty());
}

TEST_F(Packages, AnAdminDeletesAnybodys) {
  code(adding(1));
  EXPECT_EQ(code(DeletePackage{record_of(1), ""}), Code::ok);
  EXPECT_EQ(packages_used(), 0);
}

TEST_F(Packages, ARevokedKeysPackagesStayAndCanBeDeleted) {
  code(adding(1));
  code(RevokeKey{alice});
  EXPECT_TRUE(is_live(1));
  EXPECT_EQ(code(DeletePackage{record_of(1), ""}), Code::ok);
  EXPECT_EQ(packages_used(), 0);
}

// ---- holders

TEST_F(Packages, HoldersComeAndGo) {
  code(adding(1));
  EXPECT_EQ(code(ChangeHolders{record_of(1), {"n0"}, {"n2", "n9"}, {}}), Code::ok);
  EXPECT_EQ(package(1).holders, (Holders{"n0", "n1"}));
  EXPECT_EQ(package(1).version, 2);
  EXPECT_EQ(code(ChangeHolders{record_of(1), {}, {"n0", "n1"}, {}}), Code::ok);
  EXPECT_TRUE(package(1).holders.empty());
  EXPECT_TRUE(is_live(1)) << "lost for now";
  EXPECT_EQ(package(1).traits, traits_of(1));
}

TEST_F(Packages, OfTwoWhoHaveSeenOneVersionTheSecondIsRefused) {
  code(adding(1));
  EXPECT_EQ(code(ChangeHolders{record_of(1), {}, {"n1"}, 1}), Code::ok);
  const Decision second = run({ChangeHolders{record_of(1), {}, {"n2"}, 1}, {}});
  EXPECT_EQ(second.outcome.code, Code::precondition_failed);
  EXPECT_TRUE(second.writes.empty());
  EXPECT_EQ(package(1).holders, (Holders{"n2"}));
}

TEST_F(Packages, HoldersThatStayAsTheyAreWriteNothing) {
  code(adding(1));
  const Decision same = run({ChangeHolders{record_of(1), {"n1"}, {"n9"}, 1}, {}});
  EXPECT_EQ(same.outcome.code, Code::ok);
  EXPECT_TRUE(same.writes.empty());
}

TEST_F(Packages, NobodyHoldsWhatIsNotThere) {
  EXPECT_EQ(code(ChangeHolders{record_of(1), {"n1"}, {}, {}}), Code::not_found);
  code(adding(1));
  code(DeletePackage{record_of(1), alice});
  EXPECT_EQ(code(ChangeHolders{record_of(1), {"n1"}, {}, {}}), Code::not_found);
  EXPECT_TRUE(stored(1)->deleted);
}

TEST_F(Packages, NoMoreHoldersThanARecordTakes) {
  code(adding(1));
  Holders many;
  for (std::size_t n = 0; n <= holders_max; ++n) many.push_back("x" + std::to_string(n));
  EXPECT_EQ(code(ChangeHolders{record_of(1), many, {}, {}}), Code::precondition_failed);
  many.resize(holders_max);
  EXPECT_EQ(code(ChangeHolders{record_of(1), many, {"n1", "n2"}, {}}), Code::ok);
  EXPECT_EQ(package(1).holders.size(), holders_max);
}

// ---- time

TEST_F(Packages, AnExpiredOneIsGoneBeforeItIsSwept) {
  code(adding_until(1, in_seconds(10)));
  pass(10'000 - now.unix_ms % 1000 - 1);
  EXPECT_TRUE(is_live(1));
  pass(1);
  const Decision decision = run({ReadPackage{record_of(1)}, {}});
  EXPECT_EQ(decision.outcome.code, Code::not_found);
  EXPECT_TRUE(decision.writes.empty());
  EXPECT_TRUE(package(1).deleted);
  EXPECT_EQ(package(1).version, 1);
  EXPECT_TRUE(list({}).packages.empty());
}

TEST_F(Packages, WhoeverWouldChangeAnExpiredOneBuriesIt) {
  for (int n : {1, 2}) code(adding_until(n, in_seconds(1)));
  pass(1000);
  EXPECT_EQ(code(DeletePackage{record_of(1), bob}), Code::not_found) << "not even forbidden";
  EXPECT_EQ(code(ChangeHolders{record_of(2), {"n3"}, {}, {}}), Code::not_found);
  for (int n : {1, 2}) EXPECT_TRUE(stored(n)->deleted);
  EXPECT_EQ(packages_used(), 0);
  EXPECT_EQ(run({DeletePackage{record_of(1), alice}, {}}).writes.size(), 0u) << "once";
}

TEST_F(Packages, TheSweepBuriesWhatHasExpiredAndLaterErasesIt) {
  code(adding_until(1, in_seconds(1)));
  code(adding(2));
  run({Sweep{}, {}});
  EXPECT_FALSE(stored(1)->deleted);
  pass(1000);
  run({Sweep{}, {}});
  EXPECT_TRUE(stored(1)->deleted);
  EXPECT_EQ(packages_used(), 1);
  pass(state.tombstone_ms() - 1);
  run({Sweep{}, {}});
  EXPECT_TRUE(stored(1));
  EXPECT_EQ(state.forgotten(), 0);
  pass(1);
  const Revision buried = state.get(package_key(record_of(1))).revision;
  run({Sweep{}, {}});
  EXPECT_FALSE(stored(1));
  EXPECT_EQ(state.forgotten(), buried) << "feeds from before have to begin anew";
  EXPECT_TRUE(is_live(2));
  EXPECT_EQ(packages_used(), 1);
}

TEST_F(Packages, ASweepTouchesNoMoreThanItMay) {
  for (int n = 0; n < 5; ++n) code(adding_until(n, in_seconds(1)));
  pass(1000);
  EXPECT_EQ(run({Sweep{.records_max = 2}, {}}).outcome.value,
            (decltype(Outcome::value)(WorkOutcome{2, 1})));
  EXPECT_EQ(packages_used(), 3);
  run({Sweep{}, {}});
  EXPECT_EQ(packages_used(), 0);
}

// ---- lists

TEST_F(Packages, AListGoesByPagesInTheOrderOfRecords) {
  for (int n = 4; n >= 0; --n) code(adding(n));
  const PackageListOutcome first = list({.owner = "", .after = "", .limit = 2});
  EXPECT_EQ(first.records, (Holders{record_of(0), record_of(1)}));
  EXPECT_EQ(first.packages[1].traits, traits_of(1));
  EXPECT_EQ(first.next, record_of(1));
  EXPECT_EQ(first.revision, revision);
  const PackageListOutcome last = list({.owner = "", .after = record_of(2), .limit = 2});
  EXPECT_EQ(last.records, (Holders{record_of(3), record_of(4)}));
  EXPECT_EQ(last.next, "") << "that was all, to the last one";
}

TEST_F(Packages, AListIsOfOneOwnerAndOfWhatIsThere) {
  create_key(bob);
  code(adding(1));
  code(adding(2, bob));
  code(adding(3));
  code(adding(4));
  code(adding_until(5, in_seconds(1)));
  code(DeletePackage{record_of(3), alice});
  pass(1000);
  EXPECT_EQ(list({.owner = alice, .after = "", .limit = 9}).records,
            (Holders{record_of(1), record_of(4)}));
  EXPECT_EQ(list({.owner = bob, .after = "", .limit = 9}).records, (Holders{record_of(2)}));
  EXPECT_EQ(list({.owner = "", .after = "", .limit = 9}).records.size(), 3u);
  EXPECT_TRUE(needs_settled_view({ListPackages{}, {}}));
}

// ---- restores

TEST_F(Packages, WhileARestoreIsGoingOnTheyAreOnlyRead) {
  code(adding(1));
  run({Restore{.stage = Restore::Stage::begin, .force = true, .records = {}}, {}});
  EXPECT_EQ(code(adding(2)), Code::unavailable);
  EXPECT_EQ(code(DeletePackage{record_of(1), alice}), Code::unavailable);
  EXPECT_EQ(code(ChangeHolders{record_of(1), {"n3"}, {}, {}}), Code::unavailable);
  EXPECT_TRUE(is_live(1));
  EXPECT_EQ(packages_used(), 1);
}

TEST_F(Packages, ARestoreClearsThemTheirKeysAndUsage) {
  EXPECT_FALSE(state.empty());
  code(adding(1));
  code(adding_until(2, in_seconds(1)));
  run({Restore{.stage = Restore::Stage::begin, .force = true, .records = {}}, {}});
  run({Restore{.stage = Restore::Stage::clear, .records = {}}, {}});
  EXPECT_TRUE(state.empty());
  run({Restore{.stage = Restore::Stage::end, .records = {}}, {}});
  EXPECT_FALSE(is_live(1));
  pass(1000);
  EXPECT_EQ(run({Sweep{}, {}}).outcome.value, (decltype(Outcome::value)(WorkOutcome{0, 0})));
}

TEST_F(Packages, ADumpsRecordsMakeTheSameStateAgain) {
  code(adding_until(1, in_seconds(1)));
  code(adding(2));
  code(DeletePackage{record_of(2), alice});
  std::vector<Write> dump;
  for (const Table* table : state.record_tables()) {
    table->scan_oldest_first([&](const Record& record) {
      const std::string key(record.key());
      EXPECT_TRUE(is_dumped(key) && is_readable(key, record.value())) << key;
      dump.push_back({key, std::string(record.value())});
      return true;
    });
  }
  EXPECT_EQ(dump.size(), 4u);
  for (const auto stage :
       {Restore::Stage::begin, Restore::Stage::clear, Restore::Stage::write, Restore::Stage::end}) {
    run({Restore{.stage = stage, .force = true, .records = dump}, {}});
  }
  EXPECT_TRUE(is_live(1));
  EXPECT_TRUE(stored(2)->deleted);
  pass(1000);
  run({Sweep{}, {}});
  EXPECT_FALSE(is_live(1)) << "its time was not forgotten";
  EXPECT_EQ(packages_used(), 0);
}

// ---- texts

Package whole_package() {
  Package package{.deleted = false, .traits = traits_of(1), .holders = {"n1", "n2"}, .version = 3};
  package.traits.expire_s = 1'800'000'000;
  package.at_ms = 1'700'000'000'123;
  return package;
}

TEST(PackageTexts, AreReadBackAsTheyWereWritten) {
  Package package = whole_package();
  EXPECT_EQ(encode(package), "1 id=" + pkgid_of(1) + " owner=" + alice +
                                 " bytes=100 sha=" + std::string(64, 'f') +
                                 " when=1700000000 expire=1800000000 holders=n1,n2 v=3 "
                                 "at=1700000000123 meta=" +
                                 R"({"expire":0,"title":"a\u0020=b","when":1700000000})");
  EXPECT_EQ(decode_package(encode(package)), package);
  package.traits.expire_s = 0;
  package.holders.clear();
  package.traits.meta = "{" + std::string(meta_bytes_max - 2, '"') + "}";
  EXPECT_EQ(decode_package(encode(package)), package);
  Package tombstone{.deleted = true, .traits = {}, .holders = {}, .version = 4, .at_ms = 9};
  tombstone.traits.pkgid = pkgid_of(1);
  tombstone.traits.owner = alice;
  EXPECT_EQ(encode(tombstone), "1 del id=" + pkgid_of(1) + " owner=" + alice + " v=4 at=9");
  EXPECT_EQ(decode_package(encode(tombstone)), tombstone);
}

TEST(PackageTexts, AreDueWhenTheyExpireAndWhenTheirTombstoneIsOld) {
  Package package = whole_package();
  EXPECT_EQ(package_due_ms(encode(package), 5), 1'800'000'000'000);
  package.traits.expire_s = 0;
  EXPECT_EQ(package_due_ms(encode(package), 5), 0);
  package.deleted = true;
  EXPECT_EQ(package_due_ms(encode(package), 5), package.at_ms + 5);
  EXPECT_EQ(package_due_ms("nonsense", 5), 0);
}

TEST(PackageTexts, WhatIsNotWrittenByUsIsNotReadable) {
  const std::string key = package_key(record_of(1));
  const std::string text = encode(whole_package());
  EXPECT_TRUE(is_readable(key, text));
  EXPECT_FALSE(is_readable("package/short", text));
  EXPECT_FALSE(is_readable(key + "/x", text));
  const std::pair<const char*, const char*> forgeries[] = {
      {"1 id=", "2 id="},
      {"id=0", "id=G"},
      {"owner=a", "owner=A"},
      {"bytes=100", "bytes=-1"},
      {"bytes=100", "bytes=0100"},
      {"bytes=100", "bytes=9000000000000000000"},
      {"bytes=100 ", ""},
      {"sha=f", "sha=F"},
      {"sha=f", "sha="},
      {"when=1700000000", "when=253402300800"},
      {"expire=1800000000", "expire=0"},
      {"expire=1800000000", "expire=253402300800"},
      {"holders=n1,n2", "holders="},
      {"holders=n1,n2", "holders=n2,n1"},
      {"holders=n1,n2", "holders=n1,n1"},
      {"holders=n1,n2", "holders=n1,,n2"},
      {"holders=n1,n2", "holders=n1,.."},
      {"v=3", "v=0"},
      {"v=3", "v=9000000000000000000"},
      {"at=1", "at=-1"},
      {"meta={", "meta="},
      {"meta={", "meta={ "},
      {"meta={", "more=1 meta={"},
      {"1 id", "1 del id"},
  };
  for (const auto& [what, by] : forgeries) {
    std::string forged = text;
    forged.replace(forged.find(what), std::string_view(what).size(), by);
    EXPECT_FALSE(is_readable(key, forged)) << what << " -> " << by;
  }
  Package many = whole_package();
  for (int n = 100; n < 100 + static_cast<int>(holders_max); ++n) {
    many.holders.push_back("n" + std::to_string(n));
  }
  std::ranges::sort(many.holders);
  EXPECT_FALSE(is_readable(key, encode(many)));
}

TEST(PackageTexts, UsageIsReadBackAndForgedOnesAreNotReadable) {
  const Usage usage{3, 123, 4};
  EXPECT_EQ(encode(usage), "1 packages=3 bytes=123 v=4");
  EXPECT_EQ(decode_usage(encode(usage)), usage);
  EXPECT_TRUE(is_readable("usage/" + alice, encode(usage)));
  EXPECT_FALSE(is_readable("usage/alice", encode(usage)));
  for (const char* text :
       {"1 packages=-1 bytes=1 v=1", "1 packages=1 bytes=-1 v=1", "1 packages=1 bytes=1 v=0",
        "1 bytes=1 packages=1 v=1", "1 packages=1 bytes=9000000000000000000 v=1", "2 packages=1"}) {
    EXPECT_FALSE(is_readable("usage/" + alice, text)) << text;
  }
}

RC_GTEST_PROP(PackageTextsProperty, WhatIsEncodedIsReadableAndReadBack, ()) {
  Package package = whole_package();
  package.deleted = *rc::gen::arbitrary<bool>();
  package.version = *rc::gen::inRange<std::int64_t>(1, std::int64_t{1} << 62);
  package.at_ms = *rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << 62);
  if (package.deleted) {
    package.traits = {.pkgid = pkgid_of(1), .owner = alice};
    package.holders.clear();
  } else {
    package.traits.bytes = *rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << 62);
    package.traits.expire_s = *rc::gen::inRange<std::int64_t>(0, 253'402'300'800);
    const auto meta = *rc::gen::container<std::string>(rc::gen::suchThat(
        rc::gen::character<char>(), [](char c) { return c != ' ' && c != '\n' && c != '\r'; }));
    package.traits.meta = "{" + meta + "}";
    const auto names = *rc::gen::container<std::set<std::string>>(rc::gen::nonEmpty(
        rc::gen::container<std::string>(rc::gen::elementOf(std::string("aZ0_-")))));
    for (const std::string& name : names) package.holders.push_back(name.substr(0, 60));
    std::ranges::sort(package.holders);
    const auto twice = std::ranges::unique(package.holders);
    package.holders.erase(twice.begin(), twice.end());
    if (package.holders.size() > holders_max) package.holders.resize(holders_max);
  }
  RC_ASSERT(decode_package(encode(package)) == package);
  RC_ASSERT(is_readable(package_key(record_of(1)), encode(package)));
}

// ---- any commands in any order

/// What the rules should do, without keys, texts or guards.
struct PackageModel {
  struct One {
    bool live = false;
    std::string owner;
    std::int64_t bytes = 0;
    std::int64_t expire_ms = 0;  ///< 0: never
    std::set<std::string> holders;
    std::int64_t version = 0;
    std::int64_t buried_ms = 0;
  };
  std::map<int, One> packages;
  std::map<std::string, bool> keys;  ///< false: revoked
  std::int64_t now_ms = 0;

  static constexpr std::int64_t quota_packages = 2;
  static constexpr std::int64_t quota_bytes = 10;

  bool expired(const One& one) const { return one.expire_ms != 0 && now_ms >= one.expire_ms; }
  bool there(const One& one) const { return one.live && !expired(one); }
  std::pair<std::int64_t, std::int64_t> used(const std::string& owner) const {
    std::pair<std::int64_t, std::int64_t> sum;
    for (const auto& [n, one] : packages) {
      if (!one.live || one.owner != owner) continue;
      sum.first += 1;
      sum.second += one.bytes;
    }
    return sum;
  }
  void bury(One& one) {
    one.live = false;
    one.version += 1;
    one.buried_ms = now_ms;
  }

  Code add(int n, const AddPackage& command) {
    if (!keys[command.traits.owner]) return Code::forbidden;
    One& one = packages[n];
    if (one.version > 0) return Code::precondition_failed;
    const auto [count, bytes] = used(command.traits.owner);
    if (count + 1 > quota_packages || bytes + command.traits.bytes > quota_bytes) {
      return Code::quota_exceeded;
    }
    one = {true,
           command.traits.owner,
           command.traits.bytes,
           command.traits.expire_s * 1000,
           {command.holders.begin(), command.holders.end()},
           1,
           0};
    return Code::created;
  }
  Code remove(int n, const std::string& who) {
    One& one = packages[n];
    if (one.live && expired(one)) bury(one);
    if (!one.live) return Code::not_found;
    if (!who.empty() && who != one.owner) return Code::forbidden;
    bury(one);
    return Code::ok;
  }
  Code change(int n, const ChangeHolders& command) {
    One& one = packages[n];
    if (one.live && expired(one)) bury(one);
    if (!one.live) return Code::not_found;
    if (command.seen_version && *command.seen_version != one.version) {
      return Code::precondition_failed;
    }
    auto holders = one.holders;
    for (const auto& name : command.remove) holders.erase(name);
    holders.insert(command.add.begin(), command.add.end());
    if (holders != one.holders) one.version += 1;
    one.holders = holders;
    return Code::ok;
  }
  void sweep(std::int64_t tombstone_ms) {
    for (auto& [n, one] : packages) {
      if (one.live && expired(one))
        bury(one);
      else if (!one.live && one.version > 0 && now_ms >= one.buried_ms + tombstone_ms)
        one = {};
    }
  }
};

struct PackageSteps : Packages {
  PackageModel model;

  PackageSteps() : Packages(1000) {
    for (const auto& id : {alice, bob}) {
      create_key(id, PackageModel::quota_packages, PackageModel::quota_bytes);
      model.keys[id] = true;
    }
    model.now_ms = now.unix_ms;
  }
  void TestBody() override {}

  AddPackage random_add(int n) {
    const auto owner = *rc::gen::elementOf(std::vector{alice, bob});
    AddPackage add = adding(n, owner, *rc::gen::inRange<std::int64_t>(0, 8));
    add.traits.expire_s = *rc::gen::elementOf(std::vector<std::int64_t>{0, in_seconds(1)});
    add.holders = *rc::gen::nonEmpty(rc::gen::container<Holders>(any_node()));
    return add;
  }
  ChangeHolders random_change(int n) {
    ChangeHolders change{record_of(n),
                         *rc::gen::container<Holders>(any_node()),
                         *rc::gen::container<Holders>(any_node()),
                         {}};
    if (*rc::gen::arbitrary<bool>()) {
      change.seen_version = model.packages[n].version + *rc::gen::inRange(-1, 2);
    }
    return change;
  }
  static rc::Gen<std::string> any_node() { return rc::gen::elementOf(Holders{"n1", "n2", "n3"}); }

  void step() {
    const int n = *rc::gen::inRange(0, 5);
    switch (*rc::gen::inRange(0, 8)) {
      case 0:
      case 1: {
        const AddPackage add = random_add(n);
        RC_ASSERT(code(add) == model.add(n, add));
        break;
      }
      case 2: {
        const auto who = *rc::gen::elementOf(std::vector<std::string>{alice, bob, ""});
        RC_ASSERT(code(DeletePackage{record_of(n), who}) == model.remove(n, who));
        break;
      }
      case 3:
      case 4: {
        const ChangeHolders change = random_change(n);
        RC_ASSERT(code(change) == model.change(n, change));
        break;
      }
      case 5:
        run({Sweep{}, {}});
        model.sweep(state.tombstone_ms());
        break;
      case 6:
        if (*rc::gen::inRange(0, 5) == 0) {
          code(RevokeKey{bob});
          model.keys[bob] = false;
        }
        break;
      default:
        pass(*rc::gen::inRange(0, 800));
        model.now_ms = now.unix_ms;
    }
  }

  void compare() {
    std::size_t live = 0;
    for (auto& [n, one] : model.packages) {
      RC_ASSERT(is_live(n) == model.there(one));
      RC_ASSERT(package(n).version == one.version);
      if (!model.there(one)) continue;
      ++live;
      RC_ASSERT(package(n).holders == Holders(one.holders.begin(), one.holders.end()));
      RC_ASSERT(package(n).traits.bytes == one.bytes);
      RC_ASSERT(package(n).traits.owner == one.owner);
    }
    RC_ASSERT(list({}).packages.size() == live);
    for (const auto& id : {alice, bob}) {
      RC_ASSERT(std::pair(packages_used(id), bytes_used(id)) == model.used(id));
    }
  }
};

RC_GTEST_PROP(PackagesProperty, AnyCommandsInAnyOrderDoAsTheModelDoes, ()) {
  PackageSteps bench;
  const int steps = *rc::gen::inRange(0, 60);
  for (int i = 0; i < steps; ++i) {
    bench.step();
    bench.compare();
  }
}

}  // namespace
}  // namespace dcount::core
