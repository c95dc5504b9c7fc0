#include "sim/world/shrink.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace dcount::world {
namespace {

using Places = std::vector<std::size_t>;

Places first(std::size_t count) {
  Places places(count);
  std::iota(places.begin(), places.end(), std::size_t{0});
  return places;
}

TEST(Shrink, OnlyWhatIsNeededIsLeft) {
  const auto fails = [](const Places& some) {
    return std::ranges::count(some, 17u) > 0 && std::ranges::count(some, 91u) > 0;
  };
  EXPECT_EQ(shrink(first(200), 1000, fails), (Places{17, 91}));
}

TEST(Shrink, NothingIsLeftWhenItFailsAnyhow) {
  EXPECT_EQ(shrink(first(50), 1000, [](const Places&) { return true; }), Places{});
}

TEST(Shrink, AsksNoMoreOftenThanItMay) {
  std::size_t asked = 0;
  const auto fails = [&](const Places& some) {
    ++asked;
    return std::ranges::count(some, 3u) > 0;
  };
  const Places left = shrink(first(200), 4, fails);
  EXPECT_EQ(asked, 4u);
  EXPECT_EQ(std::ranges::count(left, 3u), 1);
}

TEST(Shrink, WhatCannotBeLeftOutStays) {
  EXPECT_EQ(shrink(first(9), 1000, [](const Places& some) { return some.size() == 9; }), first(9));
}

}  // namespace
}  // namespace dcount::world
