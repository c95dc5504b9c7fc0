// What is read, and what is refused with its line.
#include "sim/check/history_reader.h"

#include <gtest/gtest.h>

#include <sstream>

#include "sim/check/verdict.h"

namespace dcount::check {
namespace {

ReadResult read(const std::string& text) {
  std::istringstream input(text);
  return read_history(input);
}

/// The history, or nothing after a failure that says why there is none.
History good(const std::string& text) {
  ReadResult result = read(text);
  if (!result) {
    ADD_FAILURE() << result.error().text();
    return {};
  }
  return std::move(*result);
}

const char* const header =
    R"({"type":"header","format":1,"scenario":"s","seed":7,"nodes":["n1","n2"],"keys":[)"
    R"({"key":"c/a","kind":"counter","initial":3,"version":2,"min":0,"max":9},)"
    R"({"key":"q","kind":"sequence","mode":"gapless","expires":false},)"
    R"({"key":"t","kind":"items"}]})"
    "\n";

TEST(HistoryReader, ReadsAHeader) {
  History history = good(header);
  EXPECT_EQ(history.scenario, "s");
  EXPECT_EQ(history.seed, 7u);
  EXPECT_EQ(history.nodes_named, 2u);
  ASSERT_EQ(history.keys.size(), 3u);
  EXPECT_EQ(history.facts[0].initial, 3);
  EXPECT_EQ(history.facts[0].version, 2);
  EXPECT_EQ(history.facts[0].max, 9);
  EXPECT_EQ(history.facts[1].mode, KeyFacts::Mode::gapless);
  EXPECT_FALSE(history.facts[1].expires);
  EXPECT_EQ(history.facts[2].kind, KeyFacts::Kind::items);
}

TEST(HistoryReader, ReadsOperationsAndTheirCompletions) {
  History history = good(
      R"({"index":0,"process":3,"type":"invoke","f":"add","key":"c/a","value":5,"id":"x"}
{"index":1,"process":4,"type":"invoke","f":"read","key":"c/a"}
{"index":2,"process":3,"type":"ok","f":"add","key":"c/a","value":8,"version":3,"node":"n2"}
{"index":3,"process":4,"type":"info","f":"read","key":"c/a"}
{"index":7,"process":4,"type":"invoke","f":"add","key":"c/a","value":-9}
{"index":8,"process":4,"type":"fail","f":"add","key":"c/a","error":"bound","value":8,"version":3}
)");
  ASSERT_EQ(history.operations.size(), 3u);
  const Operation& add = history.operations[0];
  EXPECT_EQ(add.argument, 5);
  EXPECT_EQ(add.result, 8);
  EXPECT_EQ(add.version, 3);
  EXPECT_EQ(history.nodes[add.node], "n2");
  EXPECT_EQ(add.completed, 2u);
  EXPECT_EQ(history.ids[0], hash_id("x"));
  EXPECT_EQ(history.operations[1].outcome, Outcome::unknown);
  EXPECT_EQ(history.operations[1].completed, never);
  EXPECT_EQ(history.operations[2].invoked, 7u);
  EXPECT_TRUE(history.operations[2].refused);
}

TEST(HistoryReader, ReadsBatchesListsAndCutAdds) {
  History history = good(
      R"({"process":1,"type":"invoke","f":"batch","value":[["c/a",5],["c/b",-3]]}
{"process":1,"type":"ok","f":"batch","value":[["c/a",17,4],["c/b",2,9]]}
{"process":1,"type":"invoke","f":"next","key":"q","value":2}
{"process":1,"type":"ok","f":"next","key":"q","value":[7,8]}
{"process":1,"type":"invoke","f":"reserve","key":"q"}
{"process":1,"type":"ok","f":"reserve","key":"q","value":9,"token":"tok"}
{"process":1,"type":"invoke","f":"items","value":[["t","a"],["u","b"],["t","c"]]}
{"process":1,"type":"ok","f":"items"}
{"process":1,"type":"invoke","f":"add","key":"c/a","value":10}
{"process":1,"type":"ok","f":"add","key":"c/a","value":20,"applied":3}
)");
  ASSERT_EQ(history.operations.size(), 7u);
  EXPECT_EQ(history.operations[0].group, history.operations[1].group);
  EXPECT_NE(history.operations[0].group, 0u);
  EXPECT_EQ(history.operations[1].result, 2);
  EXPECT_EQ(history.operations[1].version, 9);
  EXPECT_EQ(history.list(history.operations[2]).size(), 2u);
  EXPECT_EQ(history.list(history.operations[2])[1], 8);
  EXPECT_EQ(history.names[static_cast<std::size_t>(history.list(history.operations[3])[0])], "tok");
  EXPECT_EQ(history.list(history.operations[4]).size(), 2u);  // of t
  EXPECT_EQ(history.list(history.operations[5]).size(), 1u);  // of u
  EXPECT_TRUE(history.operations[6].saturated);
  EXPECT_EQ(history.operations[6].argument, 3);
  EXPECT_EQ(history.list(history.operations[6])[0], 10);
}

TEST(HistoryReader, ReadsFaultsAndPhases) {
  History history = good(
      R"({"process":"nemesis","type":"info","f":"kill","value":{"fault":4,"phase":"begin","target":"node-1"},"time":5}
{"process":"nemesis","type":"info","f":"kill","value":{"fault":4,"phase":"confirmed","evidence":"exit status 9"},"time":6}
{"process":"nemesis","type":"info","f":"kill","value":{"fault":4,"phase":"end"},"time":9}
{"process":"nemesis","type":"info","f":"phase","value":"heal"}
)");
  ASSERT_EQ(history.faults.size(), 1u);
  EXPECT_EQ(history.faults[0].id, 4u);
  EXPECT_EQ(history.faults[0].target, "node-1");
  EXPECT_TRUE(history.faults[0].confirmed);
  EXPECT_EQ(history.faults[0].ended, 2u);
  EXPECT_EQ(history.faults[0].ended_ns, 9);
  ASSERT_EQ(history.phases.size(), 1u);
  EXPECT_EQ(history.phases[0].name, "heal");
  EXPECT_EQ(history.phases[0].began, 3u);
}

TEST(HistoryReader, ReadsJepsensEdn) {
  const std::string lines =
      "; a comment\n"
      "{:process 0, :type :invoke, :f :add, :value 1, :index 0, :time 123}\n"
      "{:process :nemesis, :type :info, :f :start, :value [:isolated {\"n1\" #{\"n2\"}}], :index "
      "1}\n"
      "{:process 0, :type :ok, :f :add, :value 1, :index 2, :time 140}\n"
      "#jepsen.history.Op{:process 1, :type :invoke, :f :read, :value nil, :index 3,\n"
      "  :error [\"a } in a text\" \\}]}\n"
      "{:process 1 :type :ok :f :read :value 1 :index 4}\n";
  for (const std::string& text : {lines, "[" + lines + "]", " (" + lines + ")"}) {
    History history = good(text);
    ASSERT_EQ(history.operations.size(), 2u) << text;
    EXPECT_EQ(history.operations[0].argument, 1);
    EXPECT_EQ(history.operations[0].result, none) << "it repeats what was asked for: blind";
    EXPECT_EQ(history.operations[1].result, 1);
  }
}

TEST(HistoryReader, TakesIndependentKeysOutOfValues) {
  History history = good(
      "{:process 0, :type :invoke, :f :inc, :value [7 nil]}\n"
      "{:process 0, :type :ok, :f :inc, :value [7 1]}\n"
      "{:process 0, :type :invoke, :f :read, :value [\"k\" nil]}\n"
      "{:process 0, :type :ok, :f :read, :value [\"k\" 0]}\n");
  ASSERT_EQ(history.operations.size(), 2u);
  EXPECT_EQ(history.keys, (std::vector<std::string>{"7", "k"}));
  EXPECT_EQ(history.operations[1].result, 0);
}

TEST(HistoryReader, ReadsJepsensJson) {
  const std::string elements =
      R"({"process":0,"type":"invoke","f":"add","value":2,"index":0},
         {"process":0,"type":"ok","f":"add","value":2,"index":1},
         {"process":1,"type":"invoke","f":"read","value":null,"index":2},
         {"process":1,"type":"ok","f":"read","value":2,"index":3})";
  History history = good("[" + elements + "]\n");
  ASSERT_EQ(history.operations.size(), 2u);
  EXPECT_EQ(history.operations[0].result, none);
  EXPECT_EQ(history.operations[1].result, 2);
}

TEST(HistoryReader, OfItsOwnKindAnAnswerIsNoEcho) {
  History history = good(
      R"({"process":0,"type":"invoke","f":"add","key":"a","value":1}
{"process":0,"type":"ok","f":"add","key":"a","value":1}
)");
  EXPECT_EQ(history.operations[0].result, 1);
}

TEST(HistoryReader, NothingIsAHistory) {
  EXPECT_TRUE(good("").operations.empty());
  EXPECT_TRUE(good("\n\n").operations.empty());
}

TEST(HistoryReader, ReadsLinesLongerThanItsBlocks) {
  std::string ids;
  for (int i = 0; i < 300'000; ++i) ids += (i == 0 ? "\"id-" : ",\"id-") + std::to_string(i) + "\"";
  History history = good(R"({"process":0,"type":"invoke","f":"items","key":"t","value":[)" + ids +
                         "]}\n"
                         R"({"process":0,"type":"ok","f":"items","key":"t"})");
  ASSERT_EQ(history.operations.size(), 1u);
  EXPECT_EQ(history.operations[0].list_size, 300'000u);
  EXPECT_EQ(history.names.back(), "id-299999");
  EXPECT_EQ(history.operations[0].outcome, Outcome::ok);
}

struct Bad {
  const char* line;
  const char* says;
};

TEST(HistoryReader, EveryMalformedLineIsNamed) {
  const std::string before =
      R"({"process":9,"type":"invoke","f":"read","key":"c/a"}
{"process":8,"type":"invoke","f":"batch","value":[["c/a",1]]}
{"process":7,"type":"invoke","f":"next","key":"q"}
{"process":6,"type":"invoke","f":"delete","key":"c/a"}
{"index":9,"process":5,"type":"invoke","f":"count","key":"t"}
)";
  const Bad all[] = {
      {R"({"process":1,)", "no JSON"},
      {R"({"process":1,"type":"invoke","f":"read"} x)", "no JSON"},
      {R"([1,2])", "not a JSON object"},
      {R"({"process":1,"f":"read"})", "no type"},
      {R"({"type":"invoke","f":"read"})", "no process"},
      {R"({"process":1,"type":"invoke"})", "no f"},
      {R"({"process":1,"type":"begin","f":"read"})", "'begin' is no type"},
      {R"({"process":1,"type":"invoke","f":"cas","value":[1,2]})", "'cas' is no f"},
      {R"({"process":"bob","type":"invoke","f":"read"})", "'bob' is no process"},
      {R"({"process":-1,"type":"invoke","f":"read"})", "not a number from 0"},
      {R"({"process":1,"type":"invoke","f":"add","key":"c/a"})", "value of add"},
      {R"({"process":1,"type":"invoke","f":"add","key":"c/a","value":1.5})", "value of add"},
      {R"({"process":1,"type":"invoke","f":"add","key":"c/a","value":9223372036854775808})",
       "value of add"},
      {R"({"process":1,"type":"invoke","f":"next","key":"q","value":0})", "value of next"},
      {R"({"process":1,"type":"invoke","f":"items","key":"t","value":"a"})", "list of ids"},
      {R"({"process":1,"type":"invoke","f":"items","value":["a"]})", "[tenant, id]"},
      {R"({"process":1,"type":"invoke","f":"batch","value":[["c/a"]]})", "[key, delta]"},
      {R"({"process":1,"type":"ok","f":"read","key":"c/a","value":1})", "nothing open"},
      {R"({"process":9,"type":"invoke","f":"read","key":"c/a"})", "of index 0 is open"},
      {R"({"process":9,"type":"ok","f":"add","key":"c/a","value":1})", "another operation"},
      {R"({"process":9,"type":"ok","f":"read","key":"c/a","value":"five"})", "value of read"},
      {R"({"process":8,"type":"ok","f":"batch","value":[["c/b",1,1]]})", "order of its parts"},
      {R"({"process":7,"type":"ok","f":"next","key":"q","value":"x"})", "list of numbers"},
      {R"({"process":6,"type":"ok","f":"delete","key":"c/a","value":2})", "value of delete"},
      {R"({"process":5,"type":"ok","f":"count","key":"t"})", "value of count"},
      {R"({"index":9,"process":1,"type":"invoke","f":"read"})", "comes after 9"},
      {R"({"index":"x","process":1,"type":"invoke","f":"read"})", "index is no integer"},
      {R"({"type":"header","format":1})", "behind the first line"},
      {R"({"type":"feed","key":"c/a","version":3})", "without key or id"},
      {R"({"process":"nemesis","type":"info","f":"kill","value":{"fault":3,"phase":"end"}})",
       "fault 3 never began"},
  };
  for (const Bad& bad : all) {
    ReadResult result = read(before + bad.line + "\n" + before);
    ASSERT_FALSE(result) << bad.line;
    EXPECT_EQ(result.error().line, 6u) << bad.line << ": " << result.error().text();
    EXPECT_NE(result.error().message.find(bad.says), std::string::npos)
        << bad.line << ": " << result.error().text();
  }
}

TEST(HistoryReader, ABadHeaderIsRefused) {
  for (const auto& [text, says] : std::vector<std::pair<std::string, std::string>>{
           {R"({"type":"header","format":2})", "format"},
           {R"({"type":"header","keys":[{"key":"a"}]})", "kind"},
           {R"({"type":"header","keys":[{"key":"a","kind":"queue"}]})", "'queue' is no kind"},
           {R"({"type":"header","keys":[{"key":"a","kind":"sequence","mode":"lazy"}]})",
            "'lazy' is no mode"},
           {R"({"type":"header","keys":[{"key":"a","kind":"counter","max":"9"}]})", "max of a"},
           {R"({"type":"header","keys":[{"key":"a","kind":"sequence","increment":0}]})",
            "increment of a"}}) {
    ReadResult result = read(text + "\n");
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().line, 1u);
    EXPECT_NE(result.error().message.find(says), std::string::npos) << result.error().text();
  }
}

TEST(HistoryReader, WhatIsCutShortIsRefused) {
  const std::string line = R"({"process":1,"type":"invoke","f":"read","key":"c/a"})";
  for (const std::string& text :
       {line + "\n" + line.substr(0, 20), "[" + line + ",\n" + line.substr(0, 20),
        "[" + line + "\n", std::string("{:process 1 :type :invoke :f :read}\n{:process 2 :ty")}) {
    ReadResult result = read(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().line, 2u) << text << ": " << result.error().text();
  }
}

TEST(HistoryReader, MalformedEdnIsNamed) {
  const std::string before = "{:process 9 :type :invoke :f :read}\n";
  for (const char* line :
       {"{:process 1 :type}", "{:process 1x :type :invoke}", "{:type :invoke ]}", "#{1}", "}"}) {
    ReadResult result = read(before + line + "\n");
    ASSERT_FALSE(result) << line;
    EXPECT_EQ(result.error().line, 2u) << line << ": " << result.error().text();
  }
}

TEST(HistoryReader, AFileThatIsNotThereIsAnErrorWithoutALine) {
  ReadResult missing = read_history(std::filesystem::path("/nowhere/at/all"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().line, 0u);
  EXPECT_FALSE(read_history(std::filesystem::path("/tmp")));
}

}  // namespace
}  // namespace dcount::check
