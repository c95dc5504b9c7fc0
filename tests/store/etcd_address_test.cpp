#include "server/store/etcd/address.h"

#include <gtest/gtest.h>

namespace dcount::store::etcd {
namespace {

/// "host:port host:port prefix tls", or the message.
std::string text_of(const std::string& url) {
  const auto address = parse_address(url);
  if (!address) return "wrong: " + address.error().message;
  std::string text;
  for (const Endpoint& endpoint : address->endpoints) text += to_string(endpoint) + " ";
  return text + address->prefix + (address->tls ? " tls" : "");
}

TEST(EtcdAddress, HasHostsPortsAndAPrefix) {
  EXPECT_EQ(text_of("etcd://a:1,b:2/p"), "a:1 b:2 p/");
  EXPECT_EQ(text_of("etcd://a:1,b:2/p/q/"), "a:1 b:2 p/q/");
  EXPECT_EQ(text_of("etcd://10.0.0.1:65535/A-b_c.9"), "10.0.0.1:65535 A-b_c.9/");
}

TEST(EtcdAddress, WithoutAPortHasEtcdsOwn) {
  EXPECT_EQ(text_of("etcd://a,b:2"), "a:2379 b:2 dcount/");
  EXPECT_EQ(text_of("etcd://[::1]"), "[::1]:2379 dcount/");
}

TEST(EtcdAddress, WithoutAPrefixHasDcounts) {
  EXPECT_EQ(text_of("etcd://a:1"), "a:1 dcount/");
  EXPECT_EQ(text_of("etcd://a:1/"), "a:1 dcount/");
}

TEST(EtcdAddress, MayBeOfIPv6) {
  EXPECT_EQ(text_of("etcd://[fe80::1]:7,b:8"), "[fe80::1]:7 b:8 dcount/");
}

TEST(EtcdAddress, SaysWhetherItIsReachedByTls) {
  EXPECT_EQ(text_of("etcds://a:1"), "a:1 dcount/ tls");
}

TEST(EtcdAddress, MayHaveAPrefixOf64BytesAndNoMore) {
  const std::string longest(prefix_bytes_max - 1, 'x');
  EXPECT_EQ(text_of("etcd://a:1/" + longest), "a:1 " + longest + "/");
  EXPECT_EQ(text_of("etcd://a:1/" + longest + "x").substr(0, 6), "wrong:");
}

TEST(EtcdAddress, ThatIsNoneIsSaidToBe) {
  for (const char* url : {"",
                          "rocks",
                          "http://a:1",
                          "ETCD://a:1",
                          "etcd:/a:1",
                          "etcd://",
                          "etcd:///p",
                          "etcd://:1",
                          "etcd://a:",
                          "etcd://a:0",
                          "etcd://a:65536",
                          "etcd://a:x",
                          "etcd://a:1x",
                          "etcd://a:-1",
                          "etcd://a:+1",
                          "etcd://a:1,",
                          "etcd://,a:1",
                          "etcd://a:1,,b:2",
                          "etcd://a:1/p q",
                          "etcd://a:1/p?x=1",
                          "etcd://a:1/\xc3\xa4",
                          "etcd://[::1",
                          "etcd://[]:1",
                          "etcd://[::1]x",
                          "etcd://a:1:2",
                          "etcd://[::1]:",
                          "etcd://u@a:1",
                          "etcd://a b:1",
                          "etcd://::1"}) {
    const std::string text = text_of(url);
    EXPECT_EQ(text.substr(0, 6), "wrong:") << url << " is " << text;
    EXPECT_NE(text.find("etcd://host:port"), std::string::npos) << "says what would be right";
  }
}

TEST(EtcdAddress, IsMeantByItsScheme) {
  EXPECT_TRUE(is_etcd_url("etcd://"));
  EXPECT_TRUE(is_etcd_url("etcds://a"));
  EXPECT_FALSE(is_etcd_url("rocks"));
  EXPECT_FALSE(is_etcd_url("etcd"));
}

}  // namespace
}  // namespace dcount::store::etcd
