#include "sim/scenario/fields.h"

#include <gtest/gtest.h>

#include "sim/scenario/scenario.h"

namespace dcount::sim {
namespace {

std::string refusal(const std::string& text) {
  const auto scenario = parse_scenario(text);
  return scenario ? "accepted" : scenario.error().message;
}

constexpr const char* least = R"({"workloads": [{"kind": "counters"}]})";

TEST(Fields, TheLeastScenarioIsOne) {
  const auto scenario = parse_scenario(least);
  ASSERT_TRUE(scenario) << scenario.error().message;
  EXPECT_EQ(scenario->workloads.size(), 1u);
  EXPECT_EQ(scenario->cluster.engine, EngineKind::embedded);
}

TEST(Fields, AnUnknownFieldIsRefusedWithItsPlaceAndWhatWasMeant) {
  EXPECT_EQ(refusal(R"({"workloads": [{"kind": "counters", "client": 3}]})"),
            "workloads[0].client is not known; did you mean 'clients'?");
  EXPECT_EQ(refusal(R"({"workload": []})"), "workload is not known; did you mean 'workloads'?");
}

TEST(Fields, AnUnknownWordIsRefusedWithWhatWasMeant) {
  EXPECT_EQ(refusal(R"({"workloads": [{"kind": "counters"}], "faults": [{"kind": "kil"}]})"),
            "faults[0].kind cannot be 'kil'; did you mean 'kill'?");
}

TEST(Fields, ANumberOutOfBoundsIsRefusedWithTheBounds) {
  EXPECT_EQ(refusal(R"({"workloads": [{"kind": "counters", "reads": 2}]})"),
            "workloads[0].reads must be from 0 to 1, not 2");
}

TEST(Fields, AWrongTypeIsRefused) {
  EXPECT_EQ(refusal(R"({"workloads": [{"kind": "counters", "clients": "3"}]})"),
            "workloads[0].clients must be an integer");
  EXPECT_EQ(refusal(R"({"workloads": {}})"), "workloads must be a list");
  EXPECT_EQ(refusal(R"([])"), "it must be an object");
}

TEST(Fields, WhatIsNoJsonIsRefusedWithThePlace) {
  EXPECT_NE(refusal("{\"about\": }").find("line 1, column 11"), std::string::npos);
}

TEST(Fields, SharesThatAreMoreThanAllAreRefused) {
  EXPECT_EQ(refusal(R"({"workloads": [{"kind": "counters", "reads": 0.7, "resets": 0.7}]})"),
            "workloads[0]: reads, resets and batches are more than 1");
}

TEST(Fields, ANumberThatIsTooLargeIsRefused) {
  EXPECT_EQ(refusal(R"({"workloads": [{"kind": "counters", "max": 18446744073709551615}]})"),
            "workloads[0].max must be an integer");
}

TEST(Fields, SeveralServersNeedEtcd) {
  EXPECT_NE(refusal(R"({"cluster": {"servers": 2}, "workloads": [{"kind": "items"}]})")
                .find("cluster.servers must be 1 with the embedded engine"),
            std::string::npos);
}

}  // namespace
}  // namespace dcount::sim
