// From JSON lines to chunks.
#include "cli/item_input.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace dcount::cli {
namespace {

using nlohmann::json;

/// All chunks of an input, and what was wrong with it.
struct Read {
  std::vector<json> chunks;
  std::vector<InputPosition> ends;
  std::string error;
};

Read read(const std::string& text, const std::string& tenant = "", std::size_t items_max = 10'000) {
  std::FILE* file = std::tmpfile();
  std::fwrite(text.data(), 1, text.size(), file);
  std::rewind(file);
  LineReader lines(::fileno(file));
  ItemInput input(lines, tenant, items_max);
  Read all;
  for (;;) {
    ItemChunk chunk = input.next(all.error);
    if (chunk.items.empty() || !all.error.empty()) break;
    all.ends.push_back(chunk.end);
    all.chunks.push_back(json::parse(chunk.items.take()));
  }
  std::fclose(file);
  return all;
}

std::string error_of(const std::string& line, const std::string& tenant = "") {
  return read("{\"id\":\"a\",\"tenant\":\"t\"}\n" + line, tenant).error;
}

TEST(ItemInput, LineIsAnItem) {
  auto all = read("{\"id\":\"a\",\"tenant\":\"t\"}\n {\"tenant\" : \"u\", \"id\" : \"b\"} \r\n");
  ASSERT_EQ(all.chunks.size(), 1u);
  EXPECT_EQ(all.chunks[0], json::parse(R"([{"id":"a","tenant":"t"},{"id":"b","tenant":"u"}])"));
}

TEST(ItemInput, BlankLinesAreNotItems) {
  auto all = read("\n \t\r\n{\"id\":\"a\",\"tenant\":\"t\"}\n\n\n");
  ASSERT_EQ(all.chunks.size(), 1u);
  EXPECT_EQ(all.chunks[0].size(), 1u);
  EXPECT_EQ(all.error, "");
  EXPECT_TRUE(read("\n\n").chunks.empty());
  EXPECT_TRUE(read("").chunks.empty());
}

TEST(ItemInput, LineMayLeaveOutATenantThatIsGiven) {
  auto all = read("{\"id\":\"a\"}\n{\"id\":\"b\",\"tenant\":\"own\"}\n{\"id\":\"c\"}", "t");
  EXPECT_EQ(all.chunks.at(0), json::parse(R"([{"id":"a","tenant":"t"},{"id":"b","tenant":"own"},
                                              {"id":"c","tenant":"t"}])"));
}

TEST(ItemInput, OtherMembersArePassedOver) {
  auto all = read(
      R"({"x":{"id":"no","y":[{"id":1},[]]},"n":1.5,"b":null,"id":"a","c":[true],"tenant":"t"})");
  EXPECT_EQ(all.error, "");
  EXPECT_EQ(all.chunks.at(0), json::parse(R"([{"id":"a","tenant":"t"}])"));
}

TEST(ItemInput, WhatIsNoItemIsRefusedWithItsLine) {
  for (const char* line :
       {"x", "{", "[]", "\"a\"", "1", "null", R"({"id":"a","tenant":"t"} x)", R"(["id","tenant"])",
        R"({"id":1,"tenant":"t"})", R"({"id":["a"],"tenant":"t"})", R"({"id":{},"tenant":"t"})",
        R"({"id":null,"tenant":"t"})", R"({"id":"a","tenant":true})", "{\"id\":\"\xff\"}",
        R"({"id":"\ud800","tenant":"t"})", R"({"id":"a","tenant":"t"}{"id":"b","tenant":"t"})"}) {
    EXPECT_TRUE(error_of(line).starts_with("line 2 is not an item like")) << line;
  }
  EXPECT_EQ(error_of(R"({"tenant":"t"})"), "line 2 names no id");
  EXPECT_EQ(error_of(R"({"id":"","tenant":"t"})"), "line 2 names no id");
  EXPECT_EQ(error_of(R"({"id":"a"})"), "line 2 names no tenant");
  EXPECT_EQ(error_of(R"({"id":"a","tenant":""})", "t"), "line 2 names no tenant");
  EXPECT_EQ(error_of(std::string(100'000, ' ')), "line 2 is longer than 64 KiB");
  EXPECT_TRUE(error_of(std::string(60'000, '[')).starts_with("line 2 is not an item"));
}

TEST(ItemInput, NamesAreBoundedInBytes) {
  auto item = [](std::size_t id, std::size_t tenant) {
    return json{{"id", std::string(id, 'x')}, {"tenant", std::string(tenant, 'x')}}.dump();
  };
  EXPECT_EQ(error_of(item(256, 256)), "");
  EXPECT_EQ(error_of(item(257, 1)), "line 2 has an id of more than 256 bytes");
  EXPECT_EQ(error_of(item(1, 257)), "line 2 has a tenant of more than 256 bytes");
  std::string wide;
  for (int i = 0; i < 64; ++i) wide += "🦊";
  EXPECT_EQ(error_of(json{{"id", wide}, {"tenant", "t"}}.dump()), "");
  EXPECT_NE(error_of(json{{"id", wide + "x"}, {"tenant", "t"}}.dump()), "");
}

TEST(ItemInput, NothingOfTheChunkWithAWrongLineIsHandedOut) {
  std::string text;
  for (int i = 0; i < 7; ++i) text += "{\"id\":\"a\",\"tenant\":\"t\"}\n";
  auto all = read(text + "wrong\n" + text, "", 3);
  EXPECT_EQ(all.chunks.size(), 2u);
  EXPECT_TRUE(all.error.starts_with("line 8 "));
}

TEST(ItemInput, ChunkEndsBehindItsLastLine) {
  std::string line = "{\"id\":\"a\",\"tenant\":\"t\"}\n";
  auto all = read(line + line + "\n" + line + line + line, "", 2);
  ASSERT_EQ(all.ends.size(), 3u);
  EXPECT_EQ(all.ends[0].lines, 2u);
  EXPECT_EQ(all.ends[0].bytes, 2 * line.size());
  EXPECT_EQ(all.ends[1].lines, 5u);
  EXPECT_EQ(all.ends[2].lines, 6u);
}

TEST(ItemInput, ChunkNeverOutgrowsARequest) {
  // A control character takes a byte here and six there.
  std::string id;
  for (int i = 0; i < 200; ++i) id += "\\u0001";
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += R"({"id":")" + id + R"(","tenant":"t"})" + "\n";
  auto all = read(text);
  ASSERT_EQ(all.chunks.size(), 2u);
  EXPECT_EQ(all.chunks[0].size() + all.chunks[1].size(), 10'000u);
  EXPECT_EQ(all.ends[0].lines, all.chunks[0].size());
  EXPECT_EQ(all.ends[1].lines, 10'000u);
}

RC_GTEST_PROP(ItemInput, AnyIdArrivesAsItIs, (std::vector<std::string> ids)) {
  std::string text;
  json expected = json::array();
  for (std::string id : ids) {
    for (char& c : id) c = static_cast<char>(c & 127);  // UTF-8
    json item = {{"id", id.substr(0, 100) + "é"}, {"tenant", "t"}};
    text += item.dump() + "\n";
    expected.push_back(item);
  }
  json got = json::array();
  for (auto& chunk : read(text, "", 3).chunks) {
    RC_ASSERT(chunk.size() <= 3u);
    got.insert(got.end(), chunk.begin(), chunk.end());
  }
  RC_ASSERT(got == expected);
}

}  // namespace
}  // namespace dcount::cli
