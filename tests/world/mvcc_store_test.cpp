// etcd's key space, at the edges that dcount's protocol leans on.
#include "sim/world/mvcc_store.h"

#include <gtest/gtest.h>

#include "server/store/etcd/messages.h"
#include "sim/world/txn_check.h"

namespace dcount::world {
namespace {

namespace etcd = store::etcd;
using etcd::Compare;

class MvccStoreTest : public testing::Test {
 protected:
  etcd::TxnReply run(const etcd::Txn& txn) {
    const auto request = read_txn(etcd::txn_body(txn, ""));
    EXPECT_TRUE(request);
    const GatewayReply reply = store.apply(*request);
    EXPECT_EQ(reply.status, 200) << reply.body;
    return *etcd::parse_txn(reply.body, "");
  }
  etcd::TxnReply put(std::string_view key, std::string_view value) {
    etcd::Txn txn;
    txn.success.push_back(etcd::put_of(key, value));
    return run(txn);
  }
  bool holds(const Compare& compare) {
    etcd::Txn txn;
    txn.compare.push_back(compare);
    txn.success.push_back(etcd::range_of("x"));
    return etcd::parse_txn(store.read_txn(*read_txn(etcd::txn_body(txn, "")), store.now()).body, "")
        ->succeeded;
  }

  MvccStore store;
};

TEST_F(MvccStoreTest, OnlyWhatChangesSomethingTakesARevision) {
  EXPECT_EQ(put("a", "1").revision, 2);
  etcd::Txn nothing;
  nothing.success.push_back(etcd::erase_of("not there"));
  EXPECT_EQ(run(nothing).revision, 2);
  EXPECT_EQ(put("a", "1").revision, 3) << "the same value is a change, too";
}

TEST_F(MvccStoreTest, AllOfOneTransactionHasOneRevisionAndReadsItsOwnWrites) {
  etcd::Txn txn;
  txn.success = {etcd::put_of("a", "1"), etcd::put_of("b", "2"), etcd::range_of("a")};
  const auto reply = run(txn);
  EXPECT_EQ(reply.operations.at(2).entries.at(0).value, "1");
  EXPECT_EQ(reply.operations.at(2).entries.at(0).revision, reply.revision);
  EXPECT_EQ(store.events(reply.revision).size(), 2u);
}

TEST_F(MvccStoreTest, NestedComparisonsAreJudgedBeforeAnythingIsWritten) {
  etcd::Txn txn;
  txn.success.push_back(etcd::put_of("a", "1"));
  etcd::Operation nested;
  nested.kind = etcd::Operation::Kind::txn;
  etcd::Txn inner;
  inner.compare.push_back({Compare::Of::absent, "a", {}, {}, 0});
  inner.success.push_back(etcd::put_of("b", "1"));
  nested.txn.push_back(inner);
  txn.success.push_back(nested);
  EXPECT_TRUE(run(txn).operations.at(1).txn.at(0).succeeded);
}

TEST_F(MvccStoreTest, WhatIsAbsentHasModRevisionZeroAndNoValue) {
  EXPECT_TRUE(holds({Compare::Of::modified, "a", {}, {}, 0}));
  EXPECT_TRUE(holds({Compare::Of::absent, "a", {}, {}, 0}));
  EXPECT_FALSE(holds({Compare::Of::value, "a", {}, "", 0}));
  put("a", "1");
  EXPECT_TRUE(holds({Compare::Of::modified, "a", {}, {}, 2}));
  EXPECT_TRUE(holds({Compare::Of::value, "a", {}, "1", 0}));
}

TEST_F(MvccStoreTest, ARangeCompareLooksAtEveryKeyInIt) {
  put("a/1", "1");
  put("a/2", "1");
  EXPECT_TRUE(holds({Compare::Of::range, "a/", "a0", {}, 3}));
  EXPECT_FALSE(holds({Compare::Of::range, "a/", "a0", {}, 2}));
  EXPECT_TRUE(holds({Compare::Of::range, "b/", "b0", {}, 0})) << "of nothing it holds";
}

TEST_F(MvccStoreTest, ThePastCanBeReadUntilItIsCompacted) {
  put("a", "1");
  put("a", "2");
  RangeRequest range;
  range.key = "a";
  range.at = 2;
  EXPECT_EQ(etcd::parse_range(store.range(range, store.now()).body, "")->entries.at(0).value, "1");
  EXPECT_EQ(store.compact(3).status, 200);
  EXPECT_EQ(store.range(range, store.now()).status, 400);
  range.at = 9;
  EXPECT_EQ(store.range(range, store.now()).status, 400) << "nor the future";
  EXPECT_EQ(store.compact(3).status, 400) << "twice";
}

TEST_F(MvccStoreTest, TwoPutsOfOneKeyAreRefusedUnlessInBranchesOfOneTransaction) {
  const auto check = [](const etcd::Txn& txn) {
    return check_request(*read_txn(etcd::txn_body(txn, "")), 128).status;
  };
  etcd::Txn twice;
  twice.success = {etcd::put_of("a", "1"), etcd::put_of("a", "2")};
  EXPECT_EQ(check(twice), 400);
  etcd::Txn either;
  either.success = {etcd::put_of("a", "1")};
  either.failure = {etcd::put_of("a", "2")};
  EXPECT_EQ(check(either), 200);
  etcd::Operation nested;
  nested.kind = etcd::Operation::Kind::txn;
  nested.txn.push_back(either);
  etcd::Txn both;
  both.success = {nested, etcd::put_of("a", "3")};
  EXPECT_EQ(check(both), 400);
}

TEST_F(MvccStoreTest, OperationsAreCountedAlongTheLongestWay) {
  etcd::Txn inner;
  inner.success.assign(60, etcd::range_of("a"));
  etcd::Operation nested;
  nested.kind = etcd::Operation::Kind::txn;
  nested.txn.push_back(inner);
  etcd::Txn txn;
  txn.success.assign(68, nested);
  EXPECT_EQ(check_request(*read_txn(etcd::txn_body(txn, "")), 128).status, 200);
  txn.success.push_back(nested);
  EXPECT_EQ(check_request(*read_txn(etcd::txn_body(txn, "")), 128).status, 400);
}

TEST(GatewayRequests, AFieldThatIsNotKnownIsAnError) {
  EXPECT_TRUE(read_range(R"({"key":"YQ==","limit":"3"})"));
  EXPECT_FALSE(read_range(R"({"key":"YQ==","limits":"3"})"));
  EXPECT_FALSE(read_range(R"({"key":"YQ=="})"
                          " x"));
  EXPECT_FALSE(read_txn(R"({"success":[{"request_get":{}}]})"));
}

}  // namespace
}  // namespace dcount::world
