#include "sim/report/verdict_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/report/made_run.h"
#include "tests/store/temporary_directory.h"

namespace dcount::report {
namespace {

TEST(VerdictJsonTest, TellsWhatWasFoundWithWhatAndHowToRunItAgain) {
  const store::TemporaryDirectory place;
  const auto run = make_run(place.path(), {.lost_increment = true, .unconfirmed_fault = true});
  const Json json = verdict_json(run.facts, run.history, run.judgement);
  EXPECT_EQ(json["verdict"], "invalid");
  EXPECT_EQ(json["seed"], 7);
  EXPECT_EQ(json["reproduce"], run.facts.reproduce);
  EXPECT_EQ(json["reproduction"]["failed"], 7);
  EXPECT_EQ(json["began"], "2026-11-18T11:06:40Z");
  EXPECT_EQ(json["operations"]["all"], 20'000);
  const auto& add = json["operations"]["by_function"]["add"];
  EXPECT_GT(add["unknown"], 0);
  EXPECT_EQ(add["all"], add["ok"].get<int>() + add["fail"].get<int>() + add["unknown"].get<int>());
  const auto& worst = json["findings"][0];
  EXPECT_EQ(worst["judge"], "increments");
  EXPECT_EQ(worst["key"], "views/home");
  EXPECT_EQ(worst["witness"]["operations"].size(), 2);
  EXPECT_FALSE(worst["witness"]["text"].get<std::string>().empty());
  EXPECT_EQ(json["missing"].size(), 2);
  ASSERT_EQ(json["faults"].size(), 6);
  EXPECT_EQ(json["faults"][2]["confirmed"], false);
  EXPECT_EQ(json["faults"][2]["evidence"], "the probe still got through");
  EXPECT_EQ(json["faults"][0]["began_ns"], 2'880'000'000);
  EXPECT_EQ(json["fault_kinds"][0],
            (Json{{"kind", "kill"}, {"planned", 2}, {"began", 2}, {"confirmed", 2}}));
  EXPECT_FALSE(json.contains("faults_left_out"));
}

TEST(VerdictJsonTest, ListsAreBoundedAndSayByHowMuch) {
  check::History history;
  for (std::uint32_t i = 0; i < 50; ++i) {
    history.faults.push_back({.kind = "kill", .id = i, .confirmed = i != 40});
  }
  check::Judgement judgement{check::Verdict::valid, std::vector<check::Finding>(30)};
  const Json json = verdict_json({}, history, judgement, {.findings = 20, .faults = 10});
  EXPECT_EQ(json["findings"].size(), 20);
  EXPECT_EQ(json["findings_left_out"], 10);
  ASSERT_EQ(json["faults"].size(), 10);
  EXPECT_EQ(json["faults_left_out"], 40);
  EXPECT_EQ(json["faults"][9]["fault"], 40);  // the one that is not confirmed is among them
  EXPECT_TRUE(json["faults"][0]["ended_ns"].is_null());
}

TEST(VerdictJsonTest, BrokenTextDoesNotBreakIt) {
  check::Judgement judgement{check::Verdict::invalid,
                             {{"j", "\xff\xfe", check::Verdict::invalid, "\xc3", {"\x80", {}}}}};
  const Json json = Json::parse(to_text(verdict_json({}, {}, judgement)));
  EXPECT_EQ(json["findings"][0]["witness"]["text"], "\xEF\xBF\xBD");
}

}  // namespace
}  // namespace dcount::report
