#include "sim/scenario/hiding.h"

#include <gtest/gtest.h>

#include <set>

namespace dcount::sim {
namespace {

bool touch_both_ways(std::string_view one, std::string_view other) {
  EXPECT_EQ(touch(one, other), touch(other, one)) << one << ", " << other;
  return touch(one, other);
}

TEST(Hiding, FaultsOfTheSameProcessTouch) {
  EXPECT_TRUE(touch_both_ways("node-1", "node-1"));
  EXPECT_FALSE(touch_both_ways("node-1", "node-2"));
  EXPECT_FALSE(touch_both_ways("node-1", "etcd-1"));
  EXPECT_FALSE(touch_both_ways("node-1", "node-10"));
}

TEST(Hiding, ALinkTouchesItsEndsAndWhatEndsThere) {
  EXPECT_TRUE(touch_both_ways("node-1→etcd-2", "node-1"));
  EXPECT_TRUE(touch_both_ways("node-1→etcd-2", "etcd-2"));
  EXPECT_TRUE(touch_both_ways("node-1→etcd-2", "etcd-2→node-1"));
  EXPECT_TRUE(touch_both_ways("node-1→etcd-2", "etcd-3→etcd-2"));
  EXPECT_FALSE(touch_both_ways("node-1→etcd-2", "node-2→etcd-1"));
  EXPECT_FALSE(touch_both_ways("node-1→etcd-2", "etcd-1"));
}

TEST(Hiding, ClientsAreNotInCommon) {
  EXPECT_FALSE(touch_both_ways("clients→node-1", "clients→node-2"));
  EXPECT_FALSE(touch_both_ways("clients→node-1", "clients"));
  EXPECT_FALSE(touch_both_ways("clients", "the cluster"));
  EXPECT_TRUE(touch_both_ways("clients→node-1", "clients→node-1"));
}

TEST(Hiding, WhatIsDoneToManyTouchesEachOfThem) {
  EXPECT_TRUE(touch_both_ways("the cluster", "node-3"));
  EXPECT_TRUE(touch_both_ways("the cluster", "etcd-1→etcd-2"));
  EXPECT_TRUE(touch_both_ways("the cluster", "the cluster"));
  EXPECT_TRUE(touch_both_ways("the cluster", "servers"));
  EXPECT_TRUE(touch_both_ways("servers", "clients→node-1"));
  EXPECT_FALSE(touch_both_ways("servers", "etcd-1→etcd-2"));
  EXPECT_TRUE(touch_both_ways("etcd", "node-1→etcd-2"));
  EXPECT_FALSE(touch_both_ways("etcd", "node-1"));
  EXPECT_FALSE(touch_both_ways("etcd", "servers"));
}

TEST(Hiding, NothingTouchesNoTarget) {
  EXPECT_FALSE(touch_both_ways("", "node-1"));
  EXPECT_FALSE(touch_both_ways("", ""));
}

TEST(Hiding, OnlyWhatGoesOverLinksCanHideAFault) {
  const std::set<FaultKind> hidden{FaultKind::isolate,   FaultKind::halves,     FaultKind::ring,
                                   FaultKind::cut,       FaultKind::one_way,    FaultKind::latency,
                                   FaultKind::bandwidth, FaultKind::reset,      FaultKind::refuse,
                                   FaultKind::hang,      FaultKind::slow_reader};
  for (int i = 0; i <= static_cast<int>(FaultKind::slow_reader); ++i) {
    const auto kind = static_cast<FaultKind>(i);
    EXPECT_EQ(can_be_hidden(kind), hidden.contains(kind)) << name(kind);
  }
}

}  // namespace
}  // namespace dcount::sim
