// A watch's stream as text, cut into pieces anywhere.
#include "server/store/etcd/feed.h"

#include <absl/strings/escaping.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace dcount::store::etcd {
namespace {

using State = Feed::State;

std::string base64(const std::string& bytes) { return absl::Base64Escape(bytes); }

std::string put(const std::string& key, const std::string& value, Revision revision) {
  return R"({"kv":{"key":")" + base64("p/" + key) + R"(","mod_revision":")" +
         std::to_string(revision) + R"(","value":")" + base64(value) + "\"}}";
}
std::string erase(const std::string& key, Revision revision) {
  return R"({"type":"DELETE","kv":{"key":")" + base64("p/" + key) + R"(","mod_revision":")" +
         std::to_string(revision) + "\"}}";
}
std::string message(const std::vector<std::string>& events, bool fragment = false) {
  std::string all;
  for (const std::string& event : events) all += (all.empty() ? "" : ",") + event;
  return R"({"result":{"header":{"revision":"99"},)" +
         std::string(fragment ? R"("fragment":true,)" : "") + R"("events":[)" + all + "]}}\n";
}

const std::string created = R"({"result":{"header":{"revision":"9"},"created":true}})"
                            "\n";
/// What etcd sends to say that all is well.
const std::string progress = R"({"result":{"header":{"revision":"50"}}})"
                             "\n";

using Deliveries = std::vector<std::pair<Revision, std::vector<Entry>>>;

/// A feed, and what it has delivered.
struct Listener {
  explicit Listener(Revision after = 10) : feed("p/", after) { feed.request(); }

  State take(std::string_view bytes) {
    return feed.take(bytes, [this](Revision revision, const std::vector<Entry>& entries) {
      heard.emplace_back(revision, entries);
    });
  }

  Feed feed;
  Deliveries heard;
};

TEST(EtcdFeed, AsksForWhatFollows) {
  const Request request = Feed("p/", 10).request();
  EXPECT_STREQ(request.path, "/v3/watch");
  EXPECT_EQ(request.body,
            R"({"create_request":{"key":"cC8=","range_end":"cDA=","start_revision":"11",)"
            R"("progress_notify":true,"fragment":true}})");
}

TEST(EtcdFeed, FollowsOnceTheWatchIsCreated) {
  Listener listener;
  EXPECT_FALSE(listener.feed.following());
  EXPECT_EQ(listener.take(created), State::going_on);
  EXPECT_TRUE(listener.feed.following());
  listener.feed.request();
  EXPECT_FALSE(listener.feed.following());
}

TEST(EtcdFeed, DeliversARevisionAsOne) {
  Listener listener;
  listener.take(created + message({put("a", "1", 11), put("b", "", 11), erase("c", 11)}));
  EXPECT_EQ(listener.heard,
            (Deliveries{{11, {{"a", "1", 11}, {"b", "", 11}, {"c", std::nullopt, 11}}}}));
  EXPECT_EQ(listener.feed.after(), 11);
}

TEST(EtcdFeed, DeliversSeveralRevisionsOfOneMessageInOrder) {
  Listener listener;
  listener.take(created + message({put("a", "1", 11), put("a", "2", 12), put("b", "2", 12)}));
  EXPECT_EQ(listener.heard,
            (Deliveries{{11, {{"a", "1", 11}}}, {12, {{"a", "2", 12}, {"b", "2", 12}}}}));
}

TEST(EtcdFeed, WaitsForTheLastFragmentOfARevision) {
  Listener listener;
  listener.take(created + message({put("a", "1", 11), put("a", "2", 12)}, true));
  EXPECT_TRUE(listener.heard.empty());
  EXPECT_EQ(listener.feed.after(), 10);
  listener.take(message({put("b", "2", 12)}, true));
  listener.take(message({put("c", "2", 12)}));
  EXPECT_EQ(listener.heard, (Deliveries{{11, {{"a", "1", 11}}},
                                        {12, {{"a", "2", 12}, {"b", "2", 12}, {"c", "2", 12}}}}));
}

TEST(EtcdFeed, DeliversAClaimOrAFenceAsEmpty) {
  Listener listener;
  listener.take(created + message({put("writer/a", "1 incarnation=2 batch=3", 11)}) +
                message({put("store/owner/a", "x", 12), put("k", "v", 12)}));
  EXPECT_EQ(listener.heard, (Deliveries{{11, {}}, {12, {{"k", "v", 12}}}}));
}

TEST(EtcdFeed, ForgetsWhatABrokenStreamHasLeftUnfinished) {
  Listener listener;
  listener.take(created + message({put("a", "1", 11)}, true) + "{\"resul");
  EXPECT_NE(listener.feed.request().body.find("\"start_revision\":\"11\""), std::string::npos);
  listener.take(created + message({put("a", "1", 11), put("b", "1", 11)}));
  EXPECT_EQ(listener.heard, (Deliveries{{11, {{"a", "1", 11}, {"b", "1", 11}}}}));
}

TEST(EtcdFeed, LeavesOutWhatAnotherStreamRepeats) {
  Listener listener;
  listener.take(created + message({put("a", "1", 11), put("a", "2", 12)}));
  EXPECT_NE(listener.feed.request().body.find("\"start_revision\":\"13\""), std::string::npos);
  listener.take(created + message({put("a", "2", 12)}) + message({put("a", "3", 13)}));
  EXPECT_EQ(listener.heard,
            (Deliveries{{11, {{"a", "1", 11}}}, {12, {{"a", "2", 12}}}, {13, {{"a", "3", 13}}}}));
}

TEST(EtcdFeed, IsNotMovedByProgress) {
  Listener listener;
  EXPECT_EQ(listener.take(created + progress), State::going_on);
  EXPECT_TRUE(listener.heard.empty());
  EXPECT_EQ(listener.feed.after(), 10);
}

TEST(EtcdFeed, IsBrokenByAnErrorAndSaysWhich) {
  Listener listener;
  const std::string error = R"({"error":{"grpc_code":14,"http_code":503,"message":"no leader"}})";
  EXPECT_EQ(listener.take(created + error + "\n" + message({put("a", "1", 11)})), State::broken);
  EXPECT_NE(listener.feed.error().find("no leader"), std::string::npos);
  EXPECT_TRUE(listener.heard.empty()) << "nothing counts after it";
}

TEST(EtcdFeed, IsBrokenByTheEndOfTheWatch) {
  Listener listener;
  EXPECT_EQ(listener.take(R"({"result":{"header":{},"canceled":true}})"
                          "\n"),
            State::broken);
  EXPECT_NE(listener.feed.error(), "");
}

TEST(EtcdFeed, IsCompactedWhenWhatFollowsIsGone) {
  Listener listener;
  EXPECT_EQ(
      listener.take(created +
                    R"({"result":{"header":{},"canceled":true,"compact_revision":"30"}})" + "\n"),
      State::compacted);
  EXPECT_EQ(listener.feed.after(), 10);
}

TEST(EtcdFeed, IsBrokenByWhatItDoesNotUnderstand) {
  for (const char* line :
       {"nonsense", "[]", "{}", R"({"result":{"events":[{}]}})", R"({"result":{"events":["x"]}})",
        R"({"result":{"events":[{"kv":{"key":"$$$"}}]}})",
        R"({"result":{"events":[{"kv":{"key":"b3RoZXI="}}]}})", "\xff\xfe"}) {
    Listener listener;
    EXPECT_EQ(listener.take(line + std::string("\n")), State::broken) << line;
    EXPECT_TRUE(listener.heard.empty()) << line;
    EXPECT_NE(listener.feed.error(), "") << line;
  }
}

/// A stream of whole messages: some in fragments, some own, some without events.
rc::Gen<std::string> any_stream() {
  return rc::gen::exec([] {
    std::string stream = created;
    Revision revision = 10;
    const int messages = *rc::gen::inRange(0, 6);
    for (int i = 0; i < messages; ++i) {
      const int pieces = *rc::gen::inRange(0, 4);
      revision += *rc::gen::inRange(1, 3);
      if (pieces == 0) stream += progress;
      for (int piece = 0; piece < pieces; ++piece) {
        const auto key = *rc::gen::element<std::string>("a", "b\n", "writer/a", "store/x");
        const auto value = *rc::gen::arbitrary<std::string>();
        const auto event =
            *rc::gen::arbitrary<bool>() ? put(key, value, revision) : erase(key, revision);
        stream += message({event}, piece + 1 < pieces);
      }
      if (*rc::gen::inRange(0, 4) == 0) stream += "\n";
    }
    return stream;
  });
}

TEST(EtcdFeed, DeliversTheSameHoweverTheStreamIsCut) {
  EXPECT_TRUE(rc::check([] {
    const std::string stream = *any_stream();
    Listener whole, cut;
    RC_ASSERT(whole.take(stream) == State::going_on);
    for (std::size_t at = 0; at < stream.size();) {
      const auto size = *rc::gen::inRange<std::size_t>(1, 80);
      RC_ASSERT(cut.take(std::string_view(stream).substr(at, size)) == State::going_on);
      at += size;
    }
    RC_ASSERT(cut.heard == whole.heard);
    RC_ASSERT(cut.feed.after() == whole.feed.after());
  }));
}

TEST(EtcdFeed, NeverThrowsWhateverComes) {
  EXPECT_TRUE(rc::check([] {
    std::string stream = *any_stream();
    const auto changes = *rc::gen::inRange(1, 4);
    for (int i = 0; i < changes; ++i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, stream.size());
      stream[at] = *rc::gen::arbitrary<char>();
    }
    Listener listener;
    listener.take(stream);
  }));
}

}  // namespace
}  // namespace dcount::store::etcd
