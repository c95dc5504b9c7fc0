#include "sim/links/sources.h"

#include <gtest/gtest.h>

namespace dcount::sim {
namespace {

TEST(SourceOfTest, ReadsWhoEtcdAndDcountSayTheyAre) {
  const auto etcd = source_of(
      "GET /raft/stream/msgapp/8e9e05c52164694d HTTP/1.1\r\nHost: 127.0.0.1:1\r\n"
      "x-server-from:  fd422379fda50e48\r\nX-PeerURLs: http://127.0.0.1:20001\r\n\r\n");
  ASSERT_TRUE(etcd);
  EXPECT_EQ(etcd->member_id, "fd422379fda50e48");
  EXPECT_EQ(etcd->peer_urls, "http://127.0.0.1:20001");
  const auto dcount = source_of("GET /capi/ping HTTP/1.1\r\nX-Dcount-From: node-2\r\n\r\nbody");
  ASSERT_TRUE(dcount);
  EXPECT_EQ(dcount->node, "node-2");
}

TEST(SourceOfTest, WaitsForTheHeadToEnd) {
  EXPECT_FALSE(source_of(""));
  EXPECT_FALSE(source_of("GE"));
  EXPECT_FALSE(source_of("GET / HTTP/1.1\r\nX-Dcount-From: node-2\r\n"));
  EXPECT_TRUE(source_of("GET / HTTP/1.1\r\n\r\n"));
}

TEST(SourceOfTest, NothingIsSaidByWhatIsNoRequest) {
  const std::string tls("\x16\x03\x01\x02", 4);
  ASSERT_TRUE(source_of(tls));
  EXPECT_EQ(source_of(tls)->node, "");
  EXPECT_TRUE(source_of("ALONGWORDOFCAPITALS"));
  EXPECT_TRUE(source_of("get / http"));
  const std::string endless =
      "GET / HTTP/1.1\r\nX-Dcount-From: node-1\r\n" + std::string(request_head_bytes_max, 'x');
  ASSERT_TRUE(source_of(endless));
  EXPECT_EQ(source_of(endless)->node, "");
}

TEST(SourcesTest, LearnsIdsFromWhoTellsItsAddresses) {
  Sources sources;
  sources.set("http://127.0.0.1:1", "etcd-1");
  EXPECT_EQ(sources.name_of({"", "ab12", ""}), "");
  EXPECT_EQ(sources.name_of({"", "ab12", "http://127.0.0.1:1"}), "etcd-1");
  EXPECT_EQ(sources.name_of({"", "ab12", ""}), "etcd-1");
  EXPECT_EQ(sources.name_of({"node-1", "", ""}), "node-1");
  EXPECT_EQ(sources.name_of({}), "");
}

}  // namespace
}  // namespace dcount::sim
