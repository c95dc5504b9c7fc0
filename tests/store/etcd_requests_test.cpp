// Bodies to the letter: the gateway ignores fields it does not know, so that a wrong name would
// only be seen in what etcd does not do.
#include <gtest/gtest.h>

#include "server/store/etcd/judge.h"
#include "server/store/etcd/messages.h"

namespace dcount::store::etcd {
namespace {

TEST(EtcdRequest, OfARangeNamesWhatIsSetOnly) {
  Operation range = range_of("k");
  EXPECT_EQ(range_body(range, "p/"), R"({"key":"cC9r"})");
  range.end = "l";
  range.at = 5;
  range.newer_than = 3;
  range.limit = 2000;
  EXPECT_EQ(range_body(range, "p/"),
            R"({"key":"cC9r","range_end":"cC9s","revision":"5","min_mod_revision":"4",)"
            R"("limit":"2000"})");
}

TEST(EtcdRequest, OfAllThereIsEndsBehindThePrefix) {
  Operation range = range_of("");
  range.to_last = true;
  EXPECT_EQ(range_body(range, "p/"), R"({"key":"cC8=","range_end":"cDA="})");
}

TEST(EtcdRequest, OfATxnHasAllKindsOfComparisonsAndOperations) {
  Operation nested;
  nested.kind = Operation::Kind::txn;
  nested.txn.push_back({{}, {erase_of("k")}, {range_of("k")}});
  const Txn txn{{{Compare::Of::modified, "k", {}, {}, 7},
                 {Compare::Of::range, "a", "b", {}, 7},
                 {Compare::Of::value, "k", {}, "v", 0},
                 {Compare::Of::absent, "k", {}, {}, 0}},
                {put_of("k", "v"), put_of("k", "", 9), nested},
                {range_of("k")}};
  EXPECT_EQ(txn_body(txn, "p/"),
            R"({"compare":[)"
            R"({"key":"cC9r","target":2,"mod_revision":"7"},)"
            R"({"key":"cC9h","range_end":"cC9i","target":2,"result":2,"mod_revision":"8"},)"
            R"({"key":"cC9r","target":3,"value":"dg=="},)"
            R"({"key":"cC9r","target":0,"version":"0"}],)"
            R"("success":[)"
            R"({"request_put":{"key":"cC9r","value":"dg=="}},)"
            R"({"request_put":{"key":"cC9r","value":"","lease":"9"}},)"
            R"({"request_txn":{"success":[{"request_delete_range":{"key":"cC9r"}}],)"
            R"("failure":[{"request_range":{"key":"cC9r"}}]}}],)"
            R"("failure":[{"request_range":{"key":"cC9r"}}]})");
}

TEST(EtcdRequest, OfAnEmptyTxnIsAnEmptyObject) { EXPECT_EQ(txn_body({}, "p/"), "{}"); }

TEST(EtcdRequest, HoldsAnyBytes) {
  EXPECT_EQ(range_body(range_of(std::string_view("\0\xff\n\"", 4)), ""), R"({"key":"AP8KIg=="})");
}

TEST(EtcdRequest, OfALeaseHasItsTimeOrItsNumber) {
  EXPECT_EQ(grant_body(3), R"({"TTL":"3"})");
  EXPECT_EQ(lease_body(7587862094709123456), R"({"ID":"7587862094709123456"})");
}

TEST(EtcdRequest, ToLogInHoldsAnyPassword) {
  EXPECT_EQ(authenticate_body("me", "a\"b\\"), R"({"name":"me","password":"a\"b\\"})");
  EXPECT_NO_THROW(authenticate_body("\xff", "\xfe"));
}

TEST(EtcdRequest, EndsAPrefixAtTheNextOne) {
  EXPECT_EQ(end_of_prefix("dcount/"), "dcount0");
  EXPECT_EQ(end_of_prefix(""), std::string(1, '\0')) << "etcd's word for no end";
}

const Group group_of_both{{{"a", 3}, {"b", 0}}, {{"l/", "l0", 5}}, {}};

TEST(EtcdJudge, LooksAtEveryGuardAndAtWhatIsNewerInEveryRange) {
  const auto looks = looks_of(group_of_both, 9);
  ASSERT_EQ(looks.size(), look_count(group_of_both));
  EXPECT_EQ(range_body(looks[0], ""), R"({"key":"YQ==","revision":"9"})");
  EXPECT_EQ(range_body(looks[2], ""),
            R"({"key":"bC8=","range_end":"bDA=","revision":"9","min_mod_revision":"6"})");
}

TEST(EtcdJudge, CommitsWhenAllIsAsItWasSeen) {
  const std::vector<OperationReply> same{
      {{{"a", "1", 3}}, false, {}}, {}, {{{"l/a", "1", 5}}, false, {}}};
  const GroupResult result = judge(group_of_both, same);
  EXPECT_TRUE(result.committed);
  EXPECT_TRUE(result.current.empty());
}

TEST(EtcdJudge, TellsWhatIsNotAsItWasSeenInTheOrderOfKeys) {
  const std::vector<OperationReply> other{
      {}, {{{"b", "2", 8}}, false, {}}, {{{"l/b", "2", 6}, {"l/a", "2", 7}}, false, {}}};
  const GroupResult result = judge(group_of_both, other);
  EXPECT_FALSE(result.committed);
  EXPECT_EQ(result.current,
            (std::vector<Entry>{
                {"a", std::nullopt, 0}, {"b", "2", 8}, {"l/a", "2", 7}, {"l/b", "2", 6}}));
}

}  // namespace
}  // namespace dcount::store::etcd
