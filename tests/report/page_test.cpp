#include "sim/report/page.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/report/made_run.h"
#include "tests/report/small_history.h"
#include "tests/store/temporary_directory.h"

namespace dcount::report {
namespace {

std::string page_of(const RunFacts& facts, const check::History& history,
                    const check::Judgement& judgement, const JournalTimes& times) {
  return report::page_of(page_data(facts, history, judgement, times), "title", "words");
}

TEST(PageTest, NeedsNothingElse) {
  const std::string page = page_of({}, {}, {}, {});
  for (const char* place : {"{{", "href=\"report", "src=\"", "http://", "url(h", "@import"}) {
    // What SVG is called is no address that anybody asks.
    std::string rest = page;
    const std::string name = "http://www.w3.org/2000/svg";
    for (auto at = rest.find(name); at != rest.npos; at = rest.find(name)) {
      rest.erase(at, name.size());
    }
    EXPECT_EQ(rest.find(place), rest.npos) << place;
  }
  EXPECT_NE(page.find("<style>"), page.npos);
}

TEST(PageTest, TextFromOutsideIsNeverMarkup) {
  auto small = small_history({added(0, 1, 1, 1)});
  const std::string evil = "</script><script>alert(1)</script>{{data}}<!--";
  small.history.keys = {evil};
  check::Judgement judgement{check::Verdict::invalid,
                             {{evil, evil, check::Verdict::invalid, evil, {evil, {0}}}}};
  RunFacts facts;
  facts.scenario = facts.about = facts.scenario_text = facts.reproduce = evil;
  const auto data = page_data(facts, small.history, judgement, small.times);
  const std::string page = report::page_of(data, evil, evil);
  EXPECT_EQ(page.find("alert(1)</script>"), page.npos);
  EXPECT_EQ(page.find("<script>alert"), page.npos);
  // The data stands in it once, and is what went in.
  const std::string before = "id=\"data\">";
  const auto begin = page.find(before) + before.size();
  const auto end = page.find("</script>", begin);
  EXPECT_EQ(Json::parse(page.substr(begin, end - begin)), data);
}

TEST(PageTest, AFaultStandsInTheLanesThatItNames) {
  auto small = small_history({added(0, 9, 1, 1)});
  small.history.nodes = {"", "node-1"};
  RunFacts facts;
  facts.processes = {{"node-1"}, {"node-2"}, {"etcd-1", ProcessFacts::Role::member}};
  small.history.faults = {{.target = "node-2 → etcd-1", .began = 2, .ended = 5},
                          {.target = "servers", .began = 3},
                          {.target = "the weather", .began = 4}};
  const auto data = page_data(facts, small.history, {}, small.times);
  EXPECT_EQ(data["faults"][0]["lanes"], (Json{1, 2}));
  EXPECT_EQ(data["faults"][0]["from"], 2'000'000);
  EXPECT_EQ(data["faults"][0]["to"], 5'000'000);
  EXPECT_EQ(data["faults"][1]["lanes"], (Json{0, 1}));
  EXPECT_EQ(data["faults"][1]["to"], 9'000'000);
  EXPECT_EQ(data["faults"][1]["lasts"], true);
  EXPECT_TRUE(data["faults"][2]["lanes"].empty());
}

TEST(PageTest, AMillionOperationsFit) {
  const store::TemporaryDirectory place;
  const auto run = make_run(place.path(), {.operations = 1'000'000,
                                           .clients = 200,
                                           .keys = 50,
                                           .duration_ns = 600'000'000'000,
                                           .lost_increment = true});
  ASSERT_EQ(run.history.operations.size(), 1'000'000);
  const auto times = read_times(run.journal).value();
  EXPECT_EQ(times.at.size(), 2'000'000 + 2 * run.history.faults.size() + 2);
  const auto page = page_of(run.facts, run.history, run.judgement, times);
  EXPECT_LT(page.size(), page_bytes_max / 5);
}

/// Everything at or beyond its limit, in the longest characters.
TEST(PageTest, TheWorstFits) {
  std::vector<check::Operation> operations;
  for (check::Index i = 0; i < 20'000; ++i) {
    auto add = added(2 * i, 2 * i + 1, 1, 900'000'000'000'000'000 + i, i % 3000);
    add.key = i % 100;
    operations.push_back(add);
  }
  auto small = small_history(operations);
  const std::string text(50'000, '<');  // six bytes each in a script
  small.history.keys.assign(100, text);
  small.history.facts.resize(100);
  small.history.nodes.assign(500, text);
  RunFacts facts;
  facts.scenario = "s";
  facts.about = facts.scenario_text = text + text + text;
  for (int i = 0; i < 2000; ++i) {
    facts.processes.push_back({"node-" + std::to_string(i)});
    facts.logs.push_back(text);
    small.history.faults.push_back(
        {.kind = text + std::to_string(i), .target = text, .evidence = text});
    small.history.phases.push_back({text, 1});
  }
  check::Judgement judgement{check::Verdict::invalid, {}};
  for (int i = 0; i < 2000; ++i) {
    std::vector<check::Index> witness;
    for (check::Index j = 0; j < 5000; ++j) witness.push_back(2 * j);
    judgement.findings.push_back({"j", text, check::Verdict::invalid, text, {text, witness}});
  }
  const auto page = page_of(facts, small.history, judgement, small.times);
  EXPECT_LT(page.size(), page_bytes_max);
}

}  // namespace
}  // namespace dcount::report
