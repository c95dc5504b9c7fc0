// `dcount sequence`, with the real binary against a fake server.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/client/fake_server.h"
#include "tests/support/run_dcount.h"

namespace dcount::test {
namespace {

class SequenceCommand : public testing::Test {
 protected:
  Ran run(std::vector<std::string> arguments, RunOptions options = {}) {
    options.environment.try_emplace("DCOUNT_SERVER", server.url());
    options.environment.try_emplace("DCOUNT_RETRY_TIME", "0");
    arguments.insert(arguments.begin(), "sequence");
    return place.run(arguments, options);
  }
  Json json(std::vector<std::string> arguments) {
    arguments.push_back("--json");
    return Json::parse(run(arguments).out);
  }

  FakeServer server;
  Workplace place;
};

TEST_F(SequenceCommand, NextPrintsOneNumberALine) {
  EXPECT_EQ(run({"next", "forward"}).out, "1\n");
  Ran ran = run({"next", "forward", "--count", "3"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out, "2\n3\n4\n");
  EXPECT_EQ(ran.err, "");
}

TEST_F(SequenceCommand, GreatestNumberIsExact) {
  EXPECT_EQ(run({"next", "reverse"}).out, "9223372036854775807\n");
  EXPECT_EQ(json({"next", "reverse"})["numbers"], Json::parse("[9223372036854775806]"));
}

TEST_F(SequenceCommand, NegativeNumbersAreValues) {
  run({"create", "down", "--start", "-1", "--increment", "-2", "--min", "-9", "--max=-1"});
  EXPECT_EQ(run({"next", "down", "--count", "3"}).out, "-1\n-3\n-5\n");
}

TEST_F(SequenceCommand, WhatIsNoIntegerIsAUsageError) {
  std::size_t before = server.seen().size();
  for (const char* n : {"0x5", "5.0", "five", "9223372036854775808", ""}) {
    EXPECT_EQ(run({"next", "forward", "--count", n}).status, 2) << n;
    EXPECT_EQ(run({"create", "s", "--start", n}).status, 2) << n;
    EXPECT_EQ(run({"reserve", "s", "--ttl", n}).status, 2) << n;
  }
  EXPECT_EQ(run({"create", "s", "--mode", "wild"}).status, 2);
  EXPECT_EQ(server.seen().size(), before);
}

TEST_F(SequenceCommand, BeginningAgainIsTold) {
  run({"create", "pair", "--max", "2", "--cycle"});
  Ran ran = run({"next", "pair", "--count", "3"});
  EXPECT_EQ(ran.out, "1\n2\n1\n");
  EXPECT_EQ(ran.err, "pair has begun again\n");
  EXPECT_EQ(json({"next", "pair", "--count", "4"})["wraps"], 2);
}

TEST_F(SequenceCommand, ExhaustedIsAConflict) {
  run({"create", "one", "--max", "1"});
  Ran ran = run({"next", "one", "--count", "2"});
  EXPECT_EQ(ran.status, 4);
  EXPECT_EQ(ran.out, "");
  EXPECT_NE(ran.err.find("exhausted"), std::string::npos);
  EXPECT_EQ(run({"next", "one"}).out, "1\n");
  EXPECT_NE(run({"show", "one"}).out.find("next       exhausted"), std::string::npos);
  EXPECT_TRUE(json({"show", "one"})["next"].is_null());
}

TEST_F(SequenceCommand, UnknownOutcomePrintsTheKeyThatDrawsTheSameNumbers) {
  server.fail_next({.lose_answer = true});
  Ran ran = run({"next", "forward", "--count", "2", "--json"});
  EXPECT_EQ(ran.status, 8);
  auto key = Json::parse(ran.err)["error"]["idempotency_key"].get<std::string>();
  EXPECT_EQ(run({"next", "forward", "--count", "2", "--idempotency-key", key}).out, "1\n2\n");
  EXPECT_EQ(run({"next", "forward"}).out, "3\n");
}

TEST_F(SequenceCommand, CreateTakesEveryPartOfADefinition) {
  Ran ran = run({"create", "s", "--start", "5", "--increment", "2", "--min", "1", "--max", "99",
                 "--cycle", "--mode", "cached", "--cache", "50"});
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out, "s\n");
  EXPECT_EQ(Json::parse(server.seen().back().body),
            Json::parse(R"({"start":5,"increment":2,"min":1,"max":99,"cycle":true,
                            "mode":"cached","cache":50})"));
  EXPECT_EQ(json({"show", "s"})["gap_max"], 50);
}

TEST_F(SequenceCommand, SameDefinitionAgainIsNoError) {
  EXPECT_EQ(json({"create", "s", "--max", "9"})["created"], true);
  Ran ran = run({"create", "s", "--max", "9"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out, "s\n");
  EXPECT_EQ(ran.err, "s was there already, with this definition\n");
  EXPECT_EQ(run({"create", "s", "--max", "8"}).status, 4);
  EXPECT_EQ(run({"create", "forward"}).status, 4);
}

TEST_F(SequenceCommand, DefinitionWithoutSenseNamesItsFault) {
  Ran ran = run({"create", "s", "--increment", "0"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.err.find("increment_zero"), std::string::npos) << ran.err;
  EXPECT_EQ(Json::parse(run({"create", "s", "--increment", "0", "--json"}).err)["error"]["fault"],
            "increment_zero");
}

TEST_F(SequenceCommand, ShowIsALineForEachMember) {
  run({"create", "invoices", "--mode", "gapless", "--max", "99"});
  run({"reserve", "invoices"});
  EXPECT_EQ(run({"show", "invoices"}).out,
            "name       invoices\n"
            "mode       gapless\n"
            "start      1\n"
            "increment  1\n"
            "min        1\n"
            "max        99\n"
            "cycle      no\n"
            "next       2\n"
            "wraps      0\n"
            "version    1\n"
            "reserved   1\n"
            "free       0\n");
  EXPECT_EQ(run({"show", "none"}).status, 3);
}

TEST_F(SequenceCommand, ListIsATableForPeople) {
  run({"create", "s", "--max", "9"});
  EXPECT_EQ(run({"list"}).out,
            "NAME     MODE                   NEXT  INCREMENT  MIN                  MAX  CYCLE\n"
            "forward  strict                    1          1    1  9223372036854775807  yes\n"
            "reverse  strict  9223372036854775807         -1    1  9223372036854775807  yes\n"
            "s        strict                    1          1    1                    9  no\n");
  EXPECT_EQ(Json::parse(run({"list", "--json", "--limit", "1"}).out)["name"], "forward");
}

TEST_F(SequenceCommand, DeleteSaysWhetherThereWasOne) {
  run({"create", "s"});
  EXPECT_EQ(run({"delete", "s"}).out, "deleted s\n");
  EXPECT_EQ(run({"delete", "s"}).out, "there was no sequence s\n");
  EXPECT_EQ(json({"delete", "s"})["deleted"], false);
}

TEST_F(SequenceCommand, ReservedNumberIsConfirmedOrComesBack) {
  run({"create", "invoices", "--mode", "gapless"});
  Ran ran = run({"reserve", "invoices", "--ttl", "60"});
  EXPECT_EQ(ran.out, "1 token-1\n");
  EXPECT_NE(ran.err.find("before 2027-01-15T08:00:00Z"), std::string::npos) << ran.err;
  EXPECT_EQ(server.seen().back().body, R"({"ttl":60})");
  Json second = json({"reserve", "invoices"});
  EXPECT_EQ(second["number"], 2);
  EXPECT_EQ(second["expires"], 1'800'000'000'002);
  EXPECT_EQ(run({"release", "invoices", "token-1"}).out, "1\n");
  EXPECT_EQ(run({"confirm", "invoices", "token-2"}).out, "2\n");
  EXPECT_EQ(json({"confirm", "invoices", "token-2"})["state"], "confirmed");
  EXPECT_EQ(run({"next", "invoices"}).out, "1\n");
}

TEST_F(SequenceCommand, EveryEndOfAReservationHasItsExitCode) {
  run({"create", "invoices", "--mode", "gapless"});
  run({"reserve", "invoices"});
  run({"confirm", "invoices", "token-1"});
  EXPECT_EQ(run({"release", "invoices", "token-1"}).status, 4);
  EXPECT_EQ(run({"confirm", "invoices", "unknown"}).status, 3);
  run({"reserve", "invoices"});
  server.expire_reservations();
  EXPECT_EQ(run({"confirm", "invoices", "token-2"}).status, 3);
  EXPECT_EQ(run({"reserve", "forward"}).status, 4);
}

TEST_F(SequenceCommand, EmptyNameIsAUsageError) {
  EXPECT_EQ(run({"next", ""}).status, 2);
  EXPECT_EQ(run({"show", ""}).status, 2);
  EXPECT_EQ(run({"reserve", ""}).status, 2);
  EXPECT_EQ(run({"confirm", "s", ""}).status, 2);
  EXPECT_TRUE(server.seen().empty());
}

TEST_F(SequenceCommand, SlipsSayWhatWasMeant) {
  EXPECT_NE(run({"nxet", "forward"}).err.find("did you mean 'next'?"), std::string::npos);
  EXPECT_NE(run({"create", "s", "--incremnt", "1"}).err.find("'--increment'"), std::string::npos);
  EXPECT_NE(place.run({"reserve", "s"}).err.find("'dcount sequence reserve'"), std::string::npos);
}

}  // namespace
}  // namespace dcount::test
