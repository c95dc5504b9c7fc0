// What meta.json may say, and how it is completed.
#include "server/packages/meta.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace dcount::packages {
namespace {

using nlohmann::ordered_json;

PackageMeta good_meta(std::string_view text) {
  auto meta = parse_meta(text);
  if (const auto* bad = std::get_if<BadArchive>(&meta)) throw std::runtime_error(bad->detail);
  return std::get<PackageMeta>(std::move(meta));
}

/// "" or why it is refused.
std::string meta_fault(std::string_view text) {
  const auto meta = parse_meta(text);
  const auto* bad = std::get_if<BadArchive>(&meta);
  if (bad == nullptr) return "";
  EXPECT_EQ(bad->rule, ArchiveRule::meta_json);
  return bad->detail;
}

std::string completed(std::string_view text) { return complete_meta(good_meta(text), "p", "k", 7); }

TEST(Meta, KeepsTheClientsFieldsInTheirOrder) {
  EXPECT_EQ(completed(R"({"z":1,"a":{"y":[true,null,"x"],"b":-2.5}})"),
            R"({"z":1,"a":{"y":[true,null,"x"],"b":-2.5},"pkgid":"p","apiid":"k","when":7,)"
            R"("expire":0})");
}

TEST(Meta, OfNoMetaJsonIsComplete) {
  EXPECT_EQ(complete_meta({}, "p", "k", 7), R"({"pkgid":"p","apiid":"k","when":7,"expire":0})");
}

TEST(Meta, ReplacesTheClientsOwnPkgidApiidAndWhen) {
  EXPECT_EQ(completed(R"({"when":"x","pkgid":[1],"expire":9,"apiid":{},"a":1})"),
            R"({"a":1,"pkgid":"p","apiid":"k","when":7,"expire":9})");
}

TEST(Meta, IsOneWordWhateverSpacesItHas) {
  EXPECT_EQ(completed("{ \"a b\" : \" c\\n\\td \" }"),
            R"({"a\u0020b":"\u0020c\n\td\u0020","pkgid":"p","apiid":"k","when":7,"expire":0})");
}

TEST(Meta, KeepsEveryIntegerOf64Bits) {
  EXPECT_TRUE(completed(R"({"a":18446744073709551615,"b":-9223372036854775808})")
                  .starts_with(R"({"a":18446744073709551615,"b":-9223372036854775808,)"));
}

TEST(Meta, RefusesAnIntegerThatItCouldNotKeep) {
  EXPECT_NE(meta_fault(R"({"a":18446744073709551616})"), "");
  EXPECT_NE(meta_fault(R"({"a":[-9223372036854775809]})"), "");
  EXPECT_NE(meta_fault(R"({"a":1e400})"), "");
}

TEST(Meta, RefusesWhatIsNoObject) {
  for (const char* text : {"", " ", "[]", "[{}]", "null", "1", "1.5", "-1", "\"x\"", "true", "{",
                           "{}x", "{}{}", "{\"a\":}", "{\"a\"}", "{'a':1}", "{\"a\":1,}"}) {
    EXPECT_NE(meta_fault(text), "") << text;
  }
}

TEST(Meta, RefusesWhatIsNotUtf8) {
  EXPECT_NE(meta_fault("{\"a\":\"\xFF\"}"), "");
  EXPECT_NE(meta_fault("{\"\xC3\":1}"), "");
  EXPECT_NE(meta_fault(R"({"a":"\ud800"})"), "");
}

TEST(Meta, RefusesANameThatComesTwice) {
  EXPECT_NE(meta_fault(R"({"a":1,"a":1})"), "");
  EXPECT_NE(meta_fault(R"({"a":{"b":1,"\u0062":2}})"), "");
  EXPECT_EQ(meta_fault(R"({"a":{"a":1},"b":{"a":2}})"), "");
}

TEST(Meta, MayBeNested64Levels) {
  const auto nested = [](int levels) {
    return "{\"a\":" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
  };
  EXPECT_EQ(meta_fault(nested(64)), "");
  EXPECT_NE(meta_fault(nested(65)), "");
  EXPECT_NE(meta_fault(std::string(200'000, '[')), "");
  EXPECT_NE(meta_fault("{\"a\":" + std::string(200'000, '[')), "");
}

TEST(Meta, ExpiresBetweenNeverAndTheYear9999) {
  EXPECT_EQ(good_meta("{}").expire_s, 0);
  EXPECT_EQ(good_meta(R"({"expire":0})").expire_s, 0);
  EXPECT_EQ(good_meta(R"({"expire":1700000000})").expire_s, 1'700'000'000);
  EXPECT_EQ(good_meta(R"({"expire":253402300799})").expire_s, 253'402'300'799);
}

TEST(Meta, RefusesAnExpireThatIsNoSuchInteger) {
  for (const char* value : {"-1", "253402300800", "18446744073709551615", "1.0", "1e3", "\"1\"",
                            "null", "true", "[]"}) {
    EXPECT_NE(meta_fault("{\"expire\":" + std::string(value) + "}"), "") << value;
  }
}

TEST(Meta, SaysItsFaultsInPlainText) {
  for (const char c : meta_fault("{\"a\":\x01\x1b\xFF")) EXPECT_TRUE(c >= ' ' && c <= '~');
}

RC_GTEST_PROP(Meta, OfAnyStringsIsKeptAsOneWord, ()) {
  const auto text = rc::gen::container<std::string>(
      rc::gen::element(' ', 'a', '"', '\\', '\n', '\0', '\x7f', '/', 'u'));
  ordered_json fields = ordered_json::object();
  for (const auto& name : *rc::gen::container<std::vector<std::string>>(text)) {
    fields["x" + name] = *text;
  }
  const std::string word = complete_meta(good_meta(fields.dump(1)), "p", "k", 7);
  RC_ASSERT(word.find_first_of(" \n\r\t\0") == std::string::npos);
  fields.update(ordered_json{{"pkgid", "p"}, {"apiid", "k"}, {"when", 7}, {"expire", 0}});
  RC_ASSERT(ordered_json::parse(word) == fields);
}

}  // namespace
}  // namespace dcount::packages
