// `dcount check`, with the real binary: what it says, and how it exits.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/run_dcount.h"

namespace dcount::test {
namespace {

using Json = nlohmann::json;

const std::string header =
    R"({"type":"header","format":1,"keys":[{"key":"c/a","kind":"counter","initial":0}]})"
    "\n";

std::string line(int process, const char* type, const char* f, const char* value) {
  return R"({"process":)" + std::to_string(process) + R"(,"type":")" + type + R"(","f":")" + f +
         R"(","key":"c/a")" + (*value == '\0' ? "" : std::string(",\"value\":") + value) + "}\n";
}

std::string done(int process, const char* f, const char* asked, const char* answered) {
  return line(process, "invoke", f, asked) + line(process, "ok", f, answered);
}

const std::string good = header + done(0, "add", "1", "1") + done(1, "read", "", "1");
const std::string bad = header + done(0, "add", "1", "1") + done(1, "read", "", "0");
const std::string unread = header + done(0, "add", "1", "1");

struct CheckCommand : testing::Test {
  std::string file(const std::string& name, const std::string& text) {
    place.write(name, text);
    return name;
  }
  Ran check(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "check");
    return place.run(arguments);
  }
  Workplace place;
};

TEST_F(CheckCommand, AValidHistoryIs0) {
  Ran ran = check({file("good.jsonl", good)});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_NE(ran.out.find("good.jsonl: valid\n"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("2 operations: 2 ok, 0 failed, 0 unknown; 1 keys"), std::string::npos)
      << ran.out;
}

TEST_F(CheckCommand, AViolationIs1WithItsWitness) {
  Ran ran = check({file("bad.jsonl", bad)});
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_NE(ran.out.find("the counter went back"), std::string::npos) << ran.out;
}

TEST_F(CheckCommand, TooLittleEvidenceIs2) {
  const std::string path = file("unread.jsonl", unread);
  Ran ran = check({path});
  EXPECT_EQ(ran.status, 2) << ran.err;
  EXPECT_NE(ran.out.find("not read after its last write"), std::string::npos) << ran.out;
  EXPECT_EQ(check({"--no-final-reads", path}).status, 0);
}

TEST_F(CheckCommand, WhatCannotBeReadOrAskedIs3) {
  Ran ran = check({file("cut.jsonl", good + "{\"process\":")});
  EXPECT_EQ(ran.status, 3);
  EXPECT_NE(ran.err.find("line 6: "), std::string::npos) << ran.err;
  EXPECT_EQ(check({"/nowhere/at/all"}).status, 3);
  EXPECT_EQ(check({}).status, 3);
  EXPECT_EQ(check({"--no-such-option", "x"}).status, 3);
}

TEST_F(CheckCommand, AViolationDominates) {
  const std::string violated = file("bad.jsonl", bad);
  const std::string valid = file("good.jsonl", good);
  const std::string unknown = file("unread.jsonl", unread);
  EXPECT_EQ(check({valid, unknown}).status, 2);
  EXPECT_EQ(check({valid, unknown, "/nowhere"}).status, 3);
  EXPECT_EQ(check({violated, unknown, "/nowhere"}).status, 1);
}

TEST_F(CheckCommand, ADashIsStandardInput) {
  Ran ran = place.run({"check", "-"}, {.input = bad});
  EXPECT_EQ(ran.status, 1) << ran.err;
}

std::string package_line(const char* type, const char* f, const char* more) {
  return R"({"process":0,"type":")" + std::string(type) + R"(","f":")" + f + "\"," + more + "}\n";
}

TEST_F(CheckCommand, PackagesAreJudged) {
  const std::string read =
      R"({"type":"header","format":1,"nodes":["node-1"]})"
      "\n" +
      package_line("invoke", "add_package",
                   R"("key":"u1","owner":"k1","value":{"digest":"d1","bytes":9})") +
      package_line("ok", "add_package", R"("value":{"pkgid":"p1","replicas":1})") +
      package_line("invoke", "get_package", R"("key":"p1","owner":"k1")") +
      package_line("ok", "get_package", R"("value":{"digest":"d1"})");
  const std::string ended =
      read + package_line("invoke", "final_packages", R"("value":null)") +
      package_line("ok", "final_packages", R"("value":[{"pkgid":"p1","holders":["node-1"]}])") +
      package_line("invoke", "final_holder", R"("key":"node-1")") +
      package_line("ok", "final_holder", R"("value":{"packages":[{"pkgid":"p1","digest":"d1"}]})");
  const std::string lost = ended + package_line("invoke", "list_packages", R"("owner":"k1")") +
                           package_line("ok", "list_packages", R"("value":[])");
  Ran ran = check({file("ended.jsonl", ended)});
  EXPECT_EQ(ran.status, 0) << ran.out;
  EXPECT_NE(ran.out.find("1 upload acknowledged (9 bytes), 0 unknown, 0 failed; 1 download (9 "
                         "bytes); 0 packages never read"),
            std::string::npos)
      << ran.out;
  ran = check({file("read.jsonl", read)});
  EXPECT_EQ(ran.status, 2) << ran.out;
  EXPECT_NE(ran.out.find("which packages are on node-1 was not read"), std::string::npos)
      << ran.out;
  ran = check({file("lost.jsonl", lost)});
  EXPECT_EQ(ran.status, 1) << ran.out;
  EXPECT_NE(ran.out.find("p1 was lost"), std::string::npos) << ran.out;
}

TEST_F(CheckCommand, JsonIsADocumentPerFile) {
  Ran ran = check({"--json", file("bad.jsonl", bad)});
  EXPECT_EQ(ran.status, 1);
  Json document = Json::parse(ran.out);
  EXPECT_EQ(document["verdict"], "invalid");
  EXPECT_EQ(document["operations"], 2);
  EXPECT_EQ(document["findings"][0]["witness"]["operations"], Json::array({0, 2}));
}

}  // namespace
}  // namespace dcount::test
