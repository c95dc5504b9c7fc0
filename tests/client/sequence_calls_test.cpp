// Sequences and reservations, asked of a fake server.
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "client/client.h"
#include "client/decode_sequence.h"
#include "tests/client/fake_clock.h"
#include "tests/client/fake_server.h"

namespace dcount::client {
namespace {

constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();
using Numbers = std::vector<std::int64_t>;

class SequenceCalls : public testing::Test {
 protected:
  static ClientOptions options_for(const test::FakeServer& server, Clock& clock) {
    ClientOptions options;
    options.endpoints = {server.endpoint()};
    options.clock = &clock;
    return options;
  }
  void define(const std::string& name, const SequenceDefinition& definition) {
    ASSERT_TRUE(client.define_sequence(name, definition));
  }

  test::FakeServer server;
  test::FakeClock clock;
  Client client{options_for(server, clock)};
};

TEST_F(SequenceCalls, NumbersComeInOrderByPost) {
  EXPECT_EQ(client.draw("forward")->numbers, Numbers{1});
  auto drawn = client.draw("forward", 3);
  ASSERT_TRUE(drawn);
  EXPECT_EQ(drawn->numbers, (Numbers{2, 3, 4}));
  EXPECT_EQ(drawn->wraps, 0);
  EXPECT_GT(drawn->version, 0);
  EXPECT_EQ(server.seen().back().method, "POST");
  EXPECT_EQ(server.seen().back().target, "/v2/forward?count=3");
}

TEST_F(SequenceCalls, GreatestNumbersAreExact) {
  EXPECT_EQ(client.draw("reverse", 2)->numbers, (Numbers{highest, highest - 1}));
}

TEST_F(SequenceCalls, WrapWithinACallIsTold) {
  define("pair", {.max = 2, .cycle = true});
  auto drawn = client.draw("pair", 5);
  ASSERT_TRUE(drawn);
  EXPECT_EQ(drawn->numbers, (Numbers{1, 2, 1, 2, 1}));
  EXPECT_EQ(drawn->wraps, 2);
}

TEST_F(SequenceCalls, ExhaustedSequenceIsAConflict) {
  define("three", {.max = 3});
  auto drawn = client.draw("three", 4);
  ASSERT_FALSE(drawn);
  EXPECT_EQ(drawn.error().kind, ErrorKind::conflict);
  EXPECT_EQ(drawn.error().code, "exhausted");
  EXPECT_EQ(client.draw("three", 3)->numbers, (Numbers{1, 2, 3}));
  EXPECT_EQ(client.get_sequence("three")->next, std::nullopt);
}

TEST_F(SequenceCalls, LostAnswerDrawsTheSameNumbersAgain) {
  define("pair", {.max = 2, .cycle = true});
  server.fail_next({.lose_answer = true});
  auto drawn = client.draw("pair", 3);
  ASSERT_TRUE(drawn);
  EXPECT_EQ(drawn->numbers, (Numbers{1, 2, 1}));
  EXPECT_EQ(drawn->wraps, 1);
  EXPECT_TRUE(drawn->replayed);
  EXPECT_EQ(client.draw("pair")->numbers, Numbers{2});
}

TEST_F(SequenceCalls, OwnKeyDrawsTheSameNumbers) {
  EXPECT_EQ(client.draw("forward", 2, "mine")->numbers, (Numbers{1, 2}));
  EXPECT_EQ(client.draw("forward", 2, "mine")->numbers, (Numbers{1, 2}));
}

TEST_F(SequenceCalls, OnlyWhatIsGivenIsDefined) {
  define("plain", {});
  EXPECT_EQ(server.seen().back().body, "{}");
  define("all", {.start = highest,
                 .increment = -3,
                 .min = std::numeric_limits<std::int64_t>::min(),
                 .max = highest,
                 .cycle = false,
                 .mode = SequenceMode::cached,
                 .cache = 50});
  EXPECT_EQ(nlohmann::json::parse(server.seen().back().body),
            nlohmann::json::parse(R"({"start":9223372036854775807,"increment":-3,
              "min":-9223372036854775808,"max":9223372036854775807,"cycle":false,
              "mode":"cached","cache":50})"));
}

TEST_F(SequenceCalls, SecondDefinitionIsTheSameOrAConflict) {
  EXPECT_TRUE(client.define_sequence("s", {.max = 9})->created);
  EXPECT_FALSE(client.define_sequence("s", {.max = 9})->created);
  EXPECT_EQ(client.define_sequence("s", {.max = 8}).error().code, "definition_differs");
  EXPECT_EQ(client.define_sequence("forward", {}).error().code, "fixed_sequence");
}

TEST_F(SequenceCalls, DefinitionWithoutSenseNamesItsFault) {
  auto defined = client.define_sequence("s", {.increment = 0});
  ASSERT_FALSE(defined);
  EXPECT_EQ(defined.error().kind, ErrorKind::bad_request);
  EXPECT_EQ(defined.error().fault, "increment_zero");
}

TEST_F(SequenceCalls, StateIsAsItWasDefined) {
  define("s", {.start = 5, .increment = -2, .min = -7, .max = 6, .cycle = true});
  ASSERT_TRUE(client.draw("s"));
  auto state = client.get_sequence("s");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->name, "s");
  EXPECT_EQ(state->mode, SequenceMode::strict);
  EXPECT_EQ(state->start, 5);
  EXPECT_EQ(state->increment, -2);
  EXPECT_EQ(state->min, -7);
  EXPECT_EQ(state->max, 6);
  EXPECT_TRUE(state->cycle);
  EXPECT_EQ(state->next, 3);
  EXPECT_EQ(state->gap_max, std::nullopt);
  EXPECT_EQ(client.get_sequence("none").error().kind, ErrorKind::not_found);
}

TEST_F(SequenceCalls, PagesOfTheListJoinWithoutGapOrRepeat) {
  for (char c = 'a'; c < 'f'; ++c) define(std::string("s") + c, {.mode = SequenceMode::gapless});
  std::string names;
  std::string cursor;
  do {
    auto page = client.list_sequences(3, cursor);
    ASSERT_TRUE(page);
    for (auto& sequence : page->sequences) names += sequence.name + " ";
    cursor = page->next;
  } while (!cursor.empty());
  EXPECT_EQ(names, "forward reverse sa sb sc sd se ");
}

TEST_F(SequenceCalls, RemovedSequenceIsGone) {
  define("s", {});
  EXPECT_TRUE(*client.remove_sequence("s"));
  EXPECT_FALSE(*client.remove_sequence("s"));
  EXPECT_FALSE(client.draw("s"));
}

TEST_F(SequenceCalls, ReleasedNumberIsReservedAgain) {
  define("invoices", {.mode = SequenceMode::gapless});
  auto first = client.reserve("invoices", 60);
  ASSERT_TRUE(first);
  EXPECT_EQ(server.seen().back().body, R"({"ttl":60})");
  EXPECT_EQ(first->number, 1);
  EXPECT_GT(first->expires_ms, 1'700'000'000'000);
  EXPECT_EQ(client.reserve("invoices")->number, 2);
  EXPECT_EQ(client.get_sequence("invoices")->reserved, 2);
  EXPECT_EQ(*client.release("invoices", first->token), 1);
  EXPECT_EQ(client.get_sequence("invoices")->free, 1);
  EXPECT_EQ(client.reserve("invoices")->number, 1);
}

TEST_F(SequenceCalls, ReservationIsSettledOneWayOnly) {
  define("invoices", {.mode = SequenceMode::gapless});
  std::string token = client.reserve("invoices")->token;
  EXPECT_EQ(*client.confirm("invoices", token), 1);
  EXPECT_EQ(*client.confirm("invoices", token), 1);
  EXPECT_EQ(client.release("invoices", token).error().code, "confirmed");
  EXPECT_EQ(client.confirm("invoices", "unknown").error().kind, ErrorKind::not_found);
  token = client.reserve("invoices")->token;
  server.expire_reservations();
  EXPECT_EQ(client.confirm("invoices", token).error().code, "expired");
  EXPECT_EQ(client.confirm("invoices", token).error().status, 410);
}

TEST_F(SequenceCalls, LostReservationIsFoundAgainByItsKey) {
  define("invoices", {.mode = SequenceMode::gapless});
  server.fail_next({.lose_answer = true});
  auto reservation = client.reserve("invoices");
  ASSERT_TRUE(reservation);
  EXPECT_TRUE(reservation->replayed);
  EXPECT_EQ(client.reserve("invoices")->number, 2);
}

TEST_F(SequenceCalls, OnlyGaplessSequencesReserve) {
  EXPECT_EQ(client.reserve("forward").error().code, "not_gapless");
}

TEST_F(SequenceCalls, BodyThatIsNotDcountsIsAProtocolError) {
  for (const char* body : {"<html>", "{}", "[1.5]", "[9223372036854775808]", "[null]"}) {
    server.fail_next({.status = 200, .raw_body = body});
    auto drawn = client.draw("forward");
    ASSERT_FALSE(drawn) << body;
    EXPECT_EQ(drawn.error().kind, ErrorKind::protocol);
    EXPECT_EQ(drawn.error().certainty, Certainty::unknown);
  }
}

TEST(DecodeSequence, NumbersMayComeAsStrings) {
  EXPECT_EQ(decode_numbers(R"(["9223372036854775807",-9223372036854775808])"),
            (Numbers{highest, std::numeric_limits<std::int64_t>::min()}));
}

TEST(DecodeSequence, StateOfEveryModeIsWhole) {
  const std::string head = R"({"name":"s","start":1,"increment":1,"min":1,"max":9,"cycle":false,)";
  auto cached = decode_sequence(head + R"("mode":"cached","next":7,"cache":50,"gap_max":150})");
  ASSERT_TRUE(cached);
  EXPECT_EQ(cached->cache, 50);
  EXPECT_EQ(cached->gap_max, 150);
  auto gapless = decode_sequence(head + R"("mode":"gapless","next":null,"reserved":2,"free":3})");
  ASSERT_TRUE(gapless);
  EXPECT_EQ(gapless->next, std::nullopt);
  EXPECT_EQ(gapless->reserved, 2);
  EXPECT_EQ(gapless->free, 3);
  EXPECT_FALSE(decode_sequence(head + R"("mode":"wild"})"));
}

}  // namespace
}  // namespace dcount::client
