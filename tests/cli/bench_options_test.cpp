// Which options of `dcount bench` make sense together.
#include "cli/bench_options.h"

#include <gtest/gtest.h>

#include <functional>

namespace dcount::cli::bench {
namespace {

TEST(BenchOptions, TheDefaultsAreFine) { EXPECT_EQ(check(BenchOptions{}), ""); }

TEST(BenchOptions, DurationsHaveUnits) {
  EXPECT_EQ(parse_duration("5s"), Seconds(5));
  EXPECT_EQ(parse_duration("250ms"), Seconds(0.25));
  EXPECT_EQ(parse_duration("2m"), Seconds(120));
  EXPECT_EQ(parse_duration("1.5"), Seconds(1.5));
  for (const char* wrong : {"", "s", "-1s", "5x", "5 s", "inf", "nan", "25000m"}) {
    EXPECT_EQ(parse_duration(wrong), std::nullopt) << wrong;
  }
}

TEST(BenchOptions, WhatMakesNoSenseIsNamed) {
  struct Case {
    const char* named;
    std::function<void(BenchOptions&)> change;
  };
  const Case cases[] = {
      {"--connections", [](BenchOptions& o) { o.connections = 0; }},
      {"--connections", [](BenchOptions& o) { o.connections = connections_max + 1; }},
      {"--threads", [](BenchOptions& o) { o.connections = 2, o.threads = 3; }},
      {"--pipeline", [](BenchOptions& o) { o.pipeline = 0; }},
      {"--keys", [](BenchOptions& o) { o.keys = 0; }},
      {"--batch", [](BenchOptions& o) { o.batch = batch_ops_max + 1; }},
      {"--by", [](BenchOptions& o) { o.by = 0; }},
      {"--collection", [](BenchOptions& o) { o.collection = "a/b"; }},
      {"--protocol", [](BenchOptions& o) { o.protocol = "ftp"; }},
      {"--duration", [](BenchOptions& o) { o.duration = "soon"; }},
      {"--duration", [](BenchOptions& o) { o.duration = "0s"; }},
      {"--warmup", [](BenchOptions& o) { o.warmup = "x"; }},
      {"--requests", [](BenchOptions& o) { o.requests = 5, o.duration = "1s"; }},
      {"--batch", [](BenchOptions& o) { o.protocol = "redis", o.batch = 2; }},
      {"--keyed", [](BenchOptions& o) { o.read = o.keyed = true; }},
      {"--target", [](BenchOptions& o) { o.target = "/no/method"; }},
      {"--target", [](BenchOptions& o) { o.target = "GET /a\r\nHost: b"; }},
      {"--target", [](BenchOptions& o) { o.target = "GET /a", o.read = true; }},
      {"--verify", [](BenchOptions& o) { o.verify = o.read = true; }},
      {"--verify", [](BenchOptions& o) { o.draw = "forward", o.verify = true; }},
      {"--draw", [](BenchOptions& o) { o.draw = "a b"; }},
      {"--draw", [](BenchOptions& o) { o.draw = "forward", o.items = true; }},
      {"--draw", [](BenchOptions& o) { o.draw = "forward", o.keys = 2; }},
      {"--draw", [](BenchOptions& o) { o.draw = "forward", o.target = "GET /a"; }},
      {"--batch", [](BenchOptions& o) { o.draw = "forward", o.batch = batch_numbers_max + 1; }},
      {"--batch", [](BenchOptions& o) { o.items = true, o.batch = batch_items_max + 1; }},
      {"--items", [](BenchOptions& o) { o.items = true, o.protocol = "redis"; }},
      {"--items", [](BenchOptions& o) { o.items = true, o.by = 2; }},
      {"--preload", [](BenchOptions& o) { o.items = o.preload = true; }},
  };
  for (const Case& c : cases) {
    BenchOptions options;
    c.change(options);
    EXPECT_NE(check(options).find(c.named), std::string::npos) << c.named << ": " << check(options);
  }
}

TEST(BenchOptions, NumbersAndItemsHaveBatchesOfTheirOwnSizes) {
  BenchOptions options;
  options.draw = "forward";
  options.batch = batch_numbers_max;
  EXPECT_EQ(check(options), "");
  options.protocol = "redis";
  EXPECT_EQ(check(options), "");
  options = BenchOptions{};
  options.items = options.verify = options.keyed = true;
  options.batch = batch_items_max;
  EXPECT_EQ(check(options), "");
}

}  // namespace
}  // namespace dcount::cli::bench
