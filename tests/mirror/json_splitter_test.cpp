// The splitter: any cut of any stream gives the same records.
#include "client/json_splitter.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace dcount::client {
namespace {

using Status = JsonSplitter::Status;

struct Split {
  std::vector<std::string> records;
  Status status = Status::ok;
  bool in_record = false;
};

Split split(const std::vector<std::string>& pieces) {
  JsonSplitter splitter;
  Split split;
  for (const std::string& piece : pieces) {
    split.status = splitter.feed(piece, [&](std::string_view record) {
      split.records.emplace_back(record);
      return true;
    });
  }
  split.in_record = splitter.in_record();
  return split;
}

/// The text of a JSON value that is hard on who only looks for braces.
rc::Gen<std::string> value_text(int depth) {
  auto text = rc::gen::map(
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("{}[]:,a \xc3\xa4"))),
      [](const std::string& inside) { return '"' + inside + "\\\"\\\\\""; });
  auto scalar =
      rc::gen::oneOf(text, rc::gen::elementOf(std::vector<std::string>{
                               "1", "-2.5e3", "true", "null", "\"\\\\\"", "\"\\u007b\""}));
  if (depth == 0) return scalar;
  auto nested = rc::gen::map(value_text(depth - 1), [](const std::string& value) {
    return "{\"a{\": [" + value + ",{}], \"b\":" + value + "}";
  });
  return rc::gen::oneOf(scalar, nested);
}

rc::Gen<std::string> record_text() {
  return rc::gen::map(value_text(2), [](const std::string& value) {
    return "{\"id\":\"\\\"}{\",\"v\":" + value + "}";
  });
}

std::vector<std::string> cut(const std::string& stream, const std::vector<int>& lengths) {
  std::vector<std::string> pieces;
  std::size_t at = 0;
  for (int length : lengths) {
    pieces.push_back(stream.substr(at, static_cast<std::size_t>(length)));
    at += pieces.back().size();
  }
  pieces.push_back(stream.substr(at));
  return pieces;
}

RC_GTEST_PROP(JsonSplitterProperty, AnyCutOfAnyStreamGivesTheSameRecords, ()) {
  auto records = *rc::gen::container<std::vector<std::string>>(record_text());
  std::string stream;
  for (const std::string& record : records) {
    stream += record + *rc::gen::elementOf(std::vector<std::string>{"", "\n", "\r\n", " \t\n\r\n"});
  }
  auto lengths = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 30));
  Split whole = split({stream});
  RC_ASSERT(whole.records == records);
  Split pieces = split(cut(stream, lengths));
  RC_ASSERT(pieces.records == records);
  RC_ASSERT(pieces.status == Status::ok);
  RC_ASSERT(!pieces.in_record);
}

TEST(JsonSplitter, HeartbeatsAreNoRecords) {
  EXPECT_TRUE(split({"\r\n", "\r\n", "\n"}).records.empty());
  EXPECT_EQ(split({"\r\n", "{}", "\r\n", "{\"a\":1}"}).records,
            (std::vector<std::string>{"{}", "{\"a\":1}"}));
}

TEST(JsonSplitter, ACutRecordIsNotHandedOut) {
  Split cut = split({"{\"a\":1}{\"b\":\"}"});
  EXPECT_EQ(cut.records, std::vector<std::string>{"{\"a\":1}"});
  EXPECT_TRUE(cut.in_record);
  EXPECT_EQ(cut.status, Status::ok);
}

TEST(JsonSplitter, WhatIsNoObjectEndsIt) {
  for (const char* text : {"<html>", "[{}]", "1", "}", "bull", "{},{}"}) {
    EXPECT_EQ(split({text}).status, Status::not_a_record) << text;
  }
  Split after = split({"{}", "x", "{}"});
  EXPECT_EQ(after.records.size(), 1U);
  EXPECT_EQ(after.status, Status::not_a_record);
}

TEST(JsonSplitter, RecordsHaveALimit) {
  std::string longest = "{\"a\":\"" + std::string(record_bytes_max - 8, 'x') + "\"}";
  ASSERT_EQ(longest.size(), record_bytes_max);
  EXPECT_EQ(split({longest, longest}).records.size(), 2U);
  EXPECT_EQ(split({longest.substr(0, 5), longest.substr(5)}).records.size(), 1U);
  std::string longer = "{ " + longest.substr(1);
  EXPECT_EQ(split({longer}).status, Status::too_long);
  std::vector<std::string> pieces{"{\"a\":\""};
  pieces.resize(300, std::string(4096, 'x'));
  EXPECT_EQ(split(pieces).status, Status::too_long);
}

TEST(JsonSplitter, StopsWhenTheTakerHasEnough) {
  JsonSplitter splitter;
  int taken = 0;
  auto once = [&](std::string_view) { return ++taken < 2; };
  EXPECT_EQ(splitter.feed("{}{}{}", once), Status::cancelled);
  EXPECT_EQ(splitter.feed("{}", once), Status::cancelled);
  EXPECT_EQ(taken, 2);
}

}  // namespace
}  // namespace dcount::client
