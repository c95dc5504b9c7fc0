// Whatever stands in an answer of etcd's, it is understood or refused, and nothing throws.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "server/store/etcd/messages.h"
#include "server/store/etcd/reply.h"

namespace dcount::store::etcd {
namespace {

Reply answer(int status, const std::string& message = "x") {
  return {Reply::Kind::answered, status, R"({"error":")" + message + R"(","code":1})"};
}

TEST(EtcdReply, TellsTheFateOfAWrite) {
  const struct {
    Reply reply;
    Fate fate;
  } table[] = {
      {{Reply::Kind::not_sent, 0, "refused"}, Fate::not_done},
      {{Reply::Kind::lost, 0, "time-out"}, Fate::unknown},
      {{Reply::Kind::answered, 200, "{}"}, Fate::done},
      {answer(400, "etcdserver: too many operations in txn request"), Fate::not_done},
      {answer(401, "etcdserver: invalid auth token"), Fate::not_done},
      {answer(403), Fate::not_done},
      {answer(404), Fate::not_done},
      {answer(412), Fate::not_done},
      {answer(429, "etcdserver: mvcc: database space exceeded"), Fate::full},
      {answer(429, "etcdserver: too many requests"), Fate::not_done},
      {answer(503, "etcdserver: no leader"), Fate::not_done},
      {answer(503, "etcdserver: request timed out"), Fate::unknown},
      {answer(503, "etcdserver: leader changed"), Fate::unknown},
      {answer(503, "transport is closing"), Fate::unknown},
      {answer(500), Fate::unknown},
      {answer(502), Fate::unknown},
      {answer(504), Fate::unknown},
      {answer(302), Fate::unknown},
      {answer(0), Fate::unknown},
  };
  for (const auto& row : table) EXPECT_EQ(fate_of(row.reply), row.fate) << describe(row.reply);
}

TEST(EtcdReply, TellsWhenALoginIsWanted) {
  EXPECT_TRUE(wants_login(answer(401, "etcdserver: invalid auth token")));
  EXPECT_TRUE(wants_login(answer(400, "etcdserver: user name is empty")));
  EXPECT_TRUE(wants_login(answer(400, "etcdserver: revision of auth store is old")));
  EXPECT_FALSE(wants_login(answer(400, "etcdserver: duplicate key given in txn request")));
  EXPECT_FALSE(wants_login(answer(200)));
  EXPECT_FALSE(wants_login({Reply::Kind::lost, 0, "401"}));
}

TEST(EtcdReply, IsDescribedByItsMessageOrItsBeginning) {
  EXPECT_EQ(describe(answer(503, "no leader")), "etcd answered 503: no leader");
  EXPECT_EQ(describe({Reply::Kind::answered, 502, "<html>"}), "etcd answered 502: <html>");
  EXPECT_EQ(describe({Reply::Kind::lost, 0, "why"}), "why");
  EXPECT_EQ(error_message(std::string(1000, 'x')).size(), 200u);
  EXPECT_EQ(error_message(R"({"error":{"grpc_code":14,"message":"no leader"}})"), "no leader");
  EXPECT_EQ(error_message(R"({"error":{"message":7}})"), R"({"error":{"message":7}})");
}

TEST(EtcdReplies, MayLeaveOutWhatIsZeroFalseOrEmpty) {
  const auto txn = parse_txn("{}", "p/");
  ASSERT_TRUE(txn);
  EXPECT_FALSE(txn->succeeded);
  EXPECT_EQ(txn->revision, 0);
  const auto range = parse_range(R"({"kvs":[{"key":"cC9r"}]})", "p/");
  ASSERT_TRUE(range);
  ASSERT_EQ(range->entries.size(), 1u);
  EXPECT_EQ(range->entries[0].key, "k");
  EXPECT_EQ(range->entries[0].value, "");
  EXPECT_EQ(range->entries[0].revision, 0);
  EXPECT_FALSE(range->more);
}

TEST(EtcdReplies, HaveNumbersAsStringsOrAsNumbers) {
  for (const char* body : {R"({"header":{"revision":"9007199254740993"}})",
                           R"({"header":{"revision":9007199254740993}})"}) {
    EXPECT_EQ(parse_range(body, "p/").value().revision, 9007199254740993) << body;
  }
}

TEST(EtcdReplies, OfATxnHaveItsRangesAndNestedTxns) {
  const auto txn = parse_txn(
      R"({"header":{"revision":"7"},"succeeded":true,"responses":[)"
      R"({"response_put":{"header":{"revision":"7"}}},)"
      R"({"response_range":{"kvs":[{"key":"cC9r","value":"dg==","mod_revision":"5"}],"more":true}},)"
      R"({"response_txn":{"responses":[{"response_range":{"count":"0"}}]}},)"
      R"({"response_delete_range":{"deleted":"1"}}]})",
      "p/");
  ASSERT_TRUE(txn);
  EXPECT_TRUE(txn->succeeded);
  EXPECT_EQ(txn->revision, 7);
  ASSERT_EQ(txn->operations.size(), 4u);
  EXPECT_EQ(txn->operations[1].entries.at(0).revision, 5);
  EXPECT_TRUE(txn->operations[1].more);
  ASSERT_EQ(txn->operations[2].txn.size(), 1u);
  EXPECT_FALSE(txn->operations[2].txn[0].succeeded);
  EXPECT_EQ(txn->operations[2].txn[0].operations.size(), 1u);
}

TEST(EtcdReplies, OfALeaseThatHasEndedHaveNoTime) {
  EXPECT_EQ(parse_lease(R"({"ID":"5","TTL":"3"})").value().id, 5);
  EXPECT_EQ(parse_lease(R"({"result":{"ID":"5","TTL":"3"}})").value().ttl_s, 3);
  EXPECT_EQ(parse_lease(R"({"result":{"ID":"5"}})").value().ttl_s, 0);
}

TEST(EtcdReplies, OfALoginHaveAToken) {
  EXPECT_EQ(parse_token(R"({"token":"abc.7"})").value(), "abc.7");
  EXPECT_FALSE(parse_token("{}"));
  EXPECT_FALSE(parse_token(R"({"token":7})"));
}

TEST(EtcdReplies, ThatAreNotEtcdsAreRefused) {
  for (const char* body :
       {"", "null", "7", "[]", "<html>", "{", R"({"header":{"revision":"x"}})",
        R"({"header":{"revision":""}})", R"({"header":{"revision":1.5}})",
        R"({"header":{"revision":"12x"}})", R"({"header":{"revision":"7"}}x)",
        R"({"header":{"revision":"99999999999999999999"}})", R"({"header":{"revision":[]}})",
        R"({"kvs":[{"key":7}]})", R"({"kvs":[{"key":"$"}]})", R"({"kvs":[{"key":"eC9r"}]})",
        R"({"kvs":[{"key":"cC9r","value":{}}]})", R"({"kvs":[7]})", R"({"kvs":[null]})"}) {
    const auto range = parse_range(body, "p/");
    ASSERT_FALSE(range) << body;
    EXPECT_EQ(range.error().certainty, Certainty::unknown);
    EXPECT_NE(range.error().message.find("not understood"), std::string::npos);
    const auto txn =
        parse_txn(R"({"responses":[{"response_range":)" + std::string(body) + "}]}", "p/");
    if (std::string_view(body).starts_with(R"({"kvs")")) {
      EXPECT_FALSE(txn) << body;
    }
  }
}

/// JSON like etcd's, of any types.
std::string any_json(int depth) {
  const auto leaf = [] {
    return *rc::gen::element<std::string>("7", "-1", "1.5", "\"\"", "\"12\"", "\"cC9r\"", "true",
                                          "null", "\"DELETE\"", "1e400", "18446744073709551615",
                                          "\"9223372036854775808\"");
  };
  const int kind = depth == 0 ? 0 : *rc::gen::inRange(0, 4);
  if (kind == 0) return leaf();
  const int count = *rc::gen::inRange(0, 4);
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += i > 0 ? "," : "";
    if (kind != 1) {
      text += '"';
      text += *rc::gen::element<std::string>(
          "header", "revision", "succeeded", "responses", "response_range", "response_txn", "kvs",
          "kv", "key", "value", "mod_revision", "more", "result", "events", "type", "error",
          "message", "created", "canceled", "fragment", "compact_revision", "ID", "TTL", "token");
      text += "\":";
    }
    text += any_json(depth - 1);
  }
  return kind == 1 ? "[" + text + "]" : "{" + text + "}";
}

TEST(EtcdReplies, ThatAreNestedTooDeepAreRefused) {
  for (const int depth : {2'000, 1'000'000}) {
    std::string body;
    for (int i = 0; i < depth; ++i) body += R"({"responses":[{"response_txn":)";
    EXPECT_FALSE(parse_txn(body, "p/"));
    body += "{}";
    for (int i = 0; i < depth; ++i) body += "}]}";
    EXPECT_FALSE(parse_txn(body, "p/")) << depth;
    EXPECT_FALSE(is_json(body));
  }
}

TEST(EtcdReplies, OfAnySizeAreRead) {
  std::string kvs;
  for (const int count : {1, 100'000, 2}) {
    kvs.clear();
    for (int i = 0; i < count; ++i) kvs += R"({"key":"cC9r","mod_revision":"5"},)";
    kvs.back() = ']';
    const auto range = parse_range(R"({"kvs":[)" + kvs + "}", "p/");
    ASSERT_TRUE(range);
    EXPECT_EQ(range->entries.size(), static_cast<std::size_t>(count));
    EXPECT_EQ(range->entries.back().revision, 5);
  }
}

TEST(EtcdReplies, OfAnyTypesNeverThrow) {
  EXPECT_TRUE(rc::check([] {
    const std::string body = any_json(5);
    parse_txn(body, "p/").has_value();
    parse_range(body, "p/").has_value();
    parse_watch(body, "p/").has_value();
    parse_lease(body).has_value();
    parse_token(body).has_value();
    fate_of({Reply::Kind::answered, 429, body});
    error_message(body);
  }));
}

}  // namespace
}  // namespace dcount::store::etcd
