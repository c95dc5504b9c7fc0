#include "sim/report/junit.h"

#include <gtest/gtest.h>

#include "tests/report/xml.h"

namespace dcount::report {
namespace {

using check::Finding;
using check::Judgement;
using check::Verdict;

boost::property_tree::ptree suite_of(const Judgement& judgement, const RunFacts& facts = {}) {
  return read_xml(junit_xml(facts, judgement)).get_child("testsuites.testsuite");
}
int number(const boost::property_tree::ptree& suite, const std::string& name) {
  return suite.get<int>("<xmlattr>." + name);
}

TEST(JunitTest, AViolationIsAFailureWithItsWitnessAndTooLittleEvidenceAnError) {
  const Judgement judgement{
      Verdict::invalid,
      {{"increments", "a/b", Verdict::invalid, "sum", {"It <went> back.", {1}}},
       {"evidence", "", Verdict::unknown, "no final read", {}},
       {"increments", "c/d", Verdict::valid, "fine", {}}}};
  RunFacts facts;
  facts.scenario = "kill";
  facts.seed = 7;
  facts.duration = std::chrono::milliseconds(1500);
  facts.reproduce = "dcount sim run x.json --seed 7";
  const auto suite = suite_of(judgement, facts);
  EXPECT_EQ(number(suite, "tests"), 3);
  EXPECT_EQ(number(suite, "failures"), 1);
  EXPECT_EQ(number(suite, "errors"), 1);
  EXPECT_EQ(suite.get<std::string>("<xmlattr>.time"), "1.500");
  EXPECT_EQ(suite.get<std::string>("testcase.<xmlattr>.name"), "increments a/b");
  EXPECT_EQ(suite.get<std::string>("testcase.failure"), "It <went> back.");
  EXPECT_NE(suite.get<std::string>("system-out").find(facts.reproduce), std::string::npos);
}

TEST(JunitTest, ASuiteIsNeverGreenerThanItsRun) {
  EXPECT_EQ(number(suite_of({Verdict::unknown, {}}), "errors"), 1);
  EXPECT_EQ(number(suite_of({Verdict::invalid, {{"j", "k", Verdict::valid, "", {}}}}), "failures"),
            1);
  EXPECT_EQ(number(suite_of({Verdict::unknown, {{"j", "k", Verdict::valid, "", {}}}}), "errors"),
            1);
  const auto valid = suite_of({Verdict::valid, {{"j", "k", Verdict::valid, "", {}}}});
  EXPECT_EQ(number(valid, "failures") + number(valid, "errors"), 0);
  EXPECT_EQ(number(valid, "tests"), 1);
}

TEST(JunitTest, CasesAreBoundedAndTheRestKeepsItsVerdict) {
  Judgement judgement{Verdict::invalid, {}};
  for (int i = 0; i < 2000; ++i) {
    judgement.findings.push_back({"j", "k" + std::to_string(i), Verdict::valid, "", {}});
  }
  judgement.findings.back().verdict = Verdict::invalid;
  const auto suite = suite_of(judgement);
  EXPECT_EQ(number(suite, "tests"), junit_cases_max + 1);
  EXPECT_EQ(number(suite, "failures"), 1);
}

}  // namespace
}  // namespace dcount::report
