#include "sim/report/escape.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/report/xml.h"

namespace dcount::report {
namespace {

TEST(EscapeTest, XmlKeepsTextAndReplacesWhatItCannotHold) {
  EXPECT_EQ(escape_xml("a<b & \"c\" 'd'>"), "a&lt;b &amp; &quot;c&quot; &#39;d&#39;&gt;");
  EXPECT_EQ(escape_xml("tab\tline\n"), "tab&#9;line&#10;");
  EXPECT_EQ(escape_xml("höher → 𝄞"), "höher → 𝄞");
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(escape_xml(std::string("a\0b", 3)), "a" + bad + "b");
  EXPECT_EQ(escape_xml("\x1b[1m"), bad + "[1m");
  EXPECT_EQ(escape_xml("\xff\xc3"), bad + bad);
  EXPECT_EQ(escape_xml("\xc0\xaf"), bad + bad);            // overlong
  EXPECT_EQ(escape_xml("\xed\xa0\x80"), bad + bad + bad);  // a surrogate
  EXPECT_EQ(escape_xml("\xef\xbf\xbf"), bad);              // U+FFFF
}

TEST(EscapeTest, ScriptsEndWhereTheyShouldAndReadTheSame) {
  const Json json = {{"text", "</script><!-- <script>alert(1)</script>"}};
  const std::string script = to_script(json);
  EXPECT_EQ(script.find('<'), std::string::npos);
  EXPECT_EQ(Json::parse(script), json);
}

RC_GTEST_PROP(EscapeTest, AnyBytesMakeWellFormedXmlAndJson, (const std::string& bytes)) {
  const std::string escaped = escape_xml(bytes);
  const auto tree = read_xml("<a b=\"" + escaped + "\">" + escaped + "</a>");
  // Well-formed text escapes to itself when it is read back.
  const std::string read = tree.get<std::string>("a.<xmlattr>.b");
  RC_ASSERT(escape_xml(read) == escaped);
  RC_ASSERT(Json::parse(to_script(Json(bytes))).is_string());
}

}  // namespace
}  // namespace dcount::report
