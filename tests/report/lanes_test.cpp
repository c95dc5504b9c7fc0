#include "sim/report/lanes.h"

#include <gtest/gtest.h>

#include "tests/report/small_history.h"

namespace dcount::report {
namespace {

Lanes lanes_of(const SmallHistory& small, const check::Judgement& judgement = {},
               const RunFacts& facts = {}) {
  return report::lanes_of(small.history, judgement, facts, small.times, small.axis);
}

TEST(LanesTest, AClientWaitsUntilItsAnswerComes) {
  auto failed = added(5, 6, 1, check::none);
  failed.outcome = check::Outcome::fail;
  const auto lanes = lanes_of(small_history({added(0, 3, 1, 1), failed}));
  ASSERT_EQ(lanes.clients.size(), 1);
  EXPECT_EQ(lanes.clients[0].states, "wwwo.wf");
}

TEST(LanesTest, AnUnknownOperationLastsUntilTheClientBeginsAnother) {
  const auto lanes = lanes_of(small_history(
      {unknown_add(1, 1), added(4, 5, 1, 1), unknown_add(7, 1), was_read(8, 9, 1, 2)}));
  ASSERT_EQ(lanes.clients.size(), 2);
  EXPECT_EQ(lanes.clients[0].states, ".uuuwo.u..");  // nobody knows how long the last one was
  EXPECT_EQ(lanes.clients[0].unknown, 2);
  EXPECT_EQ(lanes.clients[1].process, 2);
}

TEST(LanesTest, OfTooManyClientsThoseOfTheWitnessAreDrawn) {
  std::vector<check::Operation> operations;
  for (std::uint32_t i = 0; i < 100; ++i) operations.push_back(added(i, 200 + i, 1, i, i));
  operations.push_back(unknown_add(100, 1, 77));
  check::Judgement judgement;
  judgement.findings.push_back({.verdict = check::Verdict::invalid, .witness = {"", {88}}});
  const auto lanes = lanes_of(small_history(operations), judgement);
  EXPECT_EQ(lanes.clients.size(), client_lanes_max);
  EXPECT_EQ(lanes.clients_left_out, 100 - client_lanes_max);
  EXPECT_EQ(lanes.clients.back().process, 88);
  EXPECT_TRUE(lanes.clients.back().of_witness);
  EXPECT_EQ(lanes.clients[client_lanes_max - 2].process, 77);
  EXPECT_EQ(lanes.clients[0].process, 0);
}

TEST(LanesTest, ANodeHasALaneWhetherTheRunnerNamesItOrOnlyTheHistory) {
  auto first = added(0, 1, 1, 1);
  first.node = 1;
  auto second = added(2, 3, 1, 2);
  second.node = 2;
  RunFacts facts;
  facts.processes = {{"node-2"}, {"etcd-1", ProcessFacts::Role::member}};
  const auto lanes = lanes_of(small_history({first, second}), {}, facts);
  ASSERT_EQ(lanes.nodes.size(), 3);
  EXPECT_EQ(lanes.nodes[0].name, "node-2");
  EXPECT_EQ(lanes.nodes[0].answered, (std::vector<std::uint32_t>{0, 0, 0, 1}));
  EXPECT_EQ(lanes.nodes[1].role, "member");
  EXPECT_TRUE(lanes.nodes[1].answered.empty());
  EXPECT_EQ(lanes.nodes[2].name, "node-1");
  EXPECT_EQ(lanes.nodes[2].role, "");
}

TEST(LanesTest, AFaultNamesAProcessAsAWordOfItsOwn) {
  EXPECT_TRUE(names_process("node-1", "node-1"));
  EXPECT_TRUE(names_process("node-1 → etcd-2", "etcd-2"));
  EXPECT_TRUE(names_process("leader (etcd-2)", "etcd-2"));
  EXPECT_TRUE(names_process("node-10, node-1", "node-1"));
  EXPECT_FALSE(names_process("node-10", "node-1"));
  EXPECT_FALSE(names_process("my-node-1", "node-1"));
  EXPECT_FALSE(names_process("everything", ""));
}

}  // namespace
}  // namespace dcount::report
