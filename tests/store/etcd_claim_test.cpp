// What a claim of the writer's name comes to when etcd does not answer it as asked.
#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "server/store/etcd/writer.h"

namespace dcount::store::etcd {
namespace {

Reply answer(int status, const std::string& message) {
  return {Reply::Kind::answered, status, R"({"error":")" + message + R"(","code":1})"};
}

const Reply looked{Reply::Kind::answered, 200,
                   R"({"header":{"revision":"7"},"succeeded":true,)"
                   R"("responses":[{"response_range":{}},{"response_range":{}}]})"};

/// Of a claim whose first request is answered so, and its second.
Result<Mark> claimed(const Reply& first, const Reply& second = {}) {
  Writer writer("dcount/", "n", "me");
  Writer::Step step = writer.claim();
  for (const Reply* reply : {&first, &second}) {
    if (std::holds_alternative<Request>(step)) step = writer.on_reply(*reply);
  }
  return std::get<Writer::Claimed>(step).mark;
}

TEST(EtcdClaim, IsRefusedForGoodWhereEtcdKnowsUsForWrong) {
  for (const Reply& refusal :
       {answer(400, "etcdserver: authentication failed, invalid user ID or password"),
        answer(400, "etcdserver: user name is empty"), answer(401, "etcdserver: invalid token"),
        answer(403, "etcdserver: permission denied")}) {
    const auto looking = claimed(refusal);
    ASSERT_FALSE(looking);
    EXPECT_EQ(looking.error().certainty, Certainty::definite) << refusal.body;
    EXPECT_EQ(looking.error().message, describe(refusal));
    const auto claiming = claimed(looked, refusal);
    ASSERT_FALSE(claiming);
    EXPECT_EQ(claiming.error().certainty, Certainty::definite) << refusal.body;
  }
}

TEST(EtcdClaim, MayBeTriedAgainWhereEtcdMayRecover) {
  for (const Reply& reply :
       {Reply{Reply::Kind::not_sent, 0, "no connection"}, Reply{Reply::Kind::lost, 0, "time-out"},
        answer(429, "etcdserver: mvcc: database space exceeded"),
        answer(503, "etcdserver: no leader"), answer(500, "x")}) {
    const auto looking = claimed(reply);
    ASSERT_FALSE(looking);
    EXPECT_EQ(looking.error().certainty, Certainty::unknown) << reply.body;
    const auto claiming = claimed(looked, reply);
    ASSERT_FALSE(claiming);
    EXPECT_EQ(claiming.error().certainty, Certainty::unknown) << reply.body;
  }
}

}  // namespace
}  // namespace dcount::store::etcd
