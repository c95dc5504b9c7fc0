// Sequences and items in chaos (chaos.h), judged by what clients saw.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "server/core/item_values.h"
#include "server/core/reservation.h"
#include "server/core/sequence.h"
#include "tests/engine/chaos.h"

namespace dcount::engine {
namespace {

using core::Code;
using Numbers = std::vector<std::int64_t>;

core::Idempotency key_of(const Chaos& chaos) {
  return {"key" + std::to_string(chaos.operations.size()), "f", 1'000'000'000};
}

Numbers numbers_of(const Operation& operation) {
  Numbers numbers;
  if (operation.outcome.code != Code::ok) return numbers;
  if (const auto* drawn = std::get_if<core::NumbersOutcome>(&operation.outcome.value)) {
    for (const auto& run : drawn->runs) {
      for (std::int64_t i = 0; i < run.count; ++i) numbers.push_back(run.first + run.step * i);
    }
  }
  return numbers;
}

template <class Body>
std::vector<const Operation*> operations_on(const Chaos& chaos, const std::string& name) {
  std::vector<const Operation*> found;
  for (const Operation& operation : chaos.operations) {
    const auto* body = std::get_if<Body>(&operation.command.body);
    if (body != nullptr && body->name == name) found.push_back(&operation);
  }
  return found;
}

void expect_distinct_and_in_one_piece(const std::vector<const Operation*>& draws) {
  std::set<std::int64_t> seen;
  for (const Operation* draw : draws) {
    const Numbers numbers = numbers_of(*draw);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      ASSERT_TRUE(seen.insert(numbers[i]).second) << numbers[i] << " was handed out twice";
      ASSERT_EQ(numbers[i], numbers[0] + static_cast<std::int64_t>(i));
    }
  }
}

/// A number that was drawn after another had been handed out is greater.
void expect_real_time_order(std::vector<const Operation*> draws) {
  std::erase_if(draws, [](const Operation* draw) { return numbers_of(*draw).empty(); });
  std::ranges::sort(draws, {}, [](const Operation* draw) { return numbers_of(*draw).front(); });
  int latest_invoked = 0;
  for (const Operation* draw : draws) {
    ASSERT_GT(draw->completed, latest_invoked)
        << numbers_of(*draw).front() << " was handed out before a smaller one was asked for";
    latest_invoked = std::max(latest_invoked, draw->invoked);
  }
}

// ---- draws

core::Command invent_draws(Chaos& chaos) {
  const std::int64_t count = 1 + chaos.draw(4);
  if (chaos.operations.empty()) {
    core::Definition definition;
    definition.mode = core::SequenceMode::cached;
    definition.cache = 5;
    return {core::DefineSequence{"cached", definition, {}}, key_of(chaos)};
  }
  switch (chaos.draw(4)) {
    case 0:
      return {core::Draw{"forward", count, {}, {}}, {}};
    case 1:
      return {core::Draw{"reverse", count, {}, {}}, key_of(chaos)};
    case 2:
      return {core::Draw{"cached", count, {}, {}}, key_of(chaos)};
    default:
      return {core::Draw{"cached", count, {}, {}}, {}};
  }
}

void draws_hold_with(std::uint64_t seed) {
  Chaos chaos(seed, invent_draws);
  chaos.run(3000);
  ASSERT_TRUE(chaos.quiet()) << "every operation is answered once the faults have ended";

  const auto forward = operations_on<core::Draw>(chaos, "forward");
  const auto cached = operations_on<core::Draw>(chaos, "cached");
  expect_distinct_and_in_one_piece(forward);
  expect_real_time_order(forward);
  expect_distinct_and_in_one_piece(cached);
  for (int server = 0; server < 3; ++server) {
    auto here = cached;
    // A retry may have been answered elsewhere first: only what was never retried is one server's.
    std::erase_if(here, [&](const Operation* draw) {
      return draw->server != server || draw->command.idempotency.has_value();
    });
    expect_real_time_order(here);
  }
  // Every draw from reverse was retried with its key until it was answered: no number is missing.
  std::set<std::int64_t> reverse;
  std::int64_t drawn = 0;
  for (const Operation* draw : operations_on<core::Draw>(chaos, "reverse")) {
    for (const std::int64_t number : numbers_of(*draw)) reverse.insert(number);
    drawn += std::get<core::Draw>(draw->command.body).count;
  }
  ASSERT_GT(drawn, 100) << "the run has shown something";
  ASSERT_EQ(static_cast<std::int64_t>(reverse.size()), drawn);
  ASSERT_EQ(*reverse.begin(), std::numeric_limits<std::int64_t>::max() - drawn + 1);
}

TEST(Chaos, NoNumberIsHandedOutTwiceAndOrderHolds) { for_each_seed(40, draws_hold_with); }

// ---- gapless

std::string token_of_some_reservation(Chaos& chaos) {
  std::vector<std::string> tokens;
  for (const Operation* reserve : operations_on<core::Reserve>(chaos, "g")) {
    if (reserve->outcome.code == Code::created) {
      tokens.push_back(std::get<core::Reserve>(reserve->command.body).token);
    }
  }
  return tokens.empty()
             ? "none"
             : tokens[static_cast<std::size_t>(chaos.draw(static_cast<int>(tokens.size())))];
}

core::Command invent_gapless(Chaos& chaos) {
  if (chaos.operations.empty()) {
    core::Definition definition;
    definition.mode = core::SequenceMode::gapless;
    return {core::DefineSequence{"g", definition, {}}, key_of(chaos)};
  }
  switch (chaos.draw(5)) {
    case 0:
      return {core::Draw{"g", 1 + chaos.draw(3), {}, {}}, key_of(chaos)};
    case 1:
      return {core::Confirm{"g", token_of_some_reservation(chaos)}, key_of(chaos)};
    case 2:
      return {core::Release{"g", token_of_some_reservation(chaos)}, key_of(chaos)};
    default:
      return {core::Reserve{"g", "t" + std::to_string(chaos.operations.size()),
                            100 + 400 * chaos.draw(20)},
              key_of(chaos)};
  }
}

void gapless_holds_with(std::uint64_t seed) {
  Chaos chaos(seed, invent_gapless);
  chaos.run(3000);
  ASSERT_TRUE(chaos.quiet());

  std::multiset<std::int64_t> all;
  for (const Operation* draw : operations_on<core::Draw>(chaos, "g")) {
    for (const std::int64_t number : numbers_of(*draw)) all.insert(number);
  }
  std::set<std::string> confirmed;  // confirming is repeatable: a token counts once
  for (const Operation* confirm : operations_on<core::Confirm>(chaos, "g")) {
    const auto* outcome = std::get_if<core::ReservationOutcome>(&confirm->outcome.value);
    if (confirm->outcome.code != Code::ok || !confirmed.insert(outcome->token).second) continue;
    all.insert(outcome->number);
  }
  ASSERT_GT(all.size(), 60u) << "the run has shown something";
  std::uint64_t drawn = 0;
  std::int64_t open = 0;
  std::int64_t free = 0;
  chaos.load([&](const Entry& entry) {
    if (entry.key == "sequence/g") {
      const auto head = core::decode_sequence(*entry.value);
      drawn = head.drawn;
      open -= head.open;
      free -= head.free;
    } else if (entry.key.starts_with("free/g/")) {
      all.insert(std::stoll(entry.value->substr(4)));
      ++free;
    } else if (entry.key.starts_with("reservation/g/")) {
      const auto reservation = core::decode_reservation(*entry.value);
      if (reservation.state != core::Reservation::State::open) return;
      all.insert(reservation.number);
      ++open;
    }
  });
  EXPECT_EQ(open, 0) << "the head counts the reservations";
  EXPECT_EQ(free, 0) << "the head counts the free numbers";
  ASSERT_EQ(all.size(), drawn) << "every number is handed out, reserved or free, and only once";
  std::int64_t expected = 1;
  for (const std::int64_t number : all) ASSERT_EQ(number, expected++);
}

TEST(Chaos, AGaplessSequenceLosesNoNumber) { for_each_seed(12, gapless_holds_with); }

// ---- items

core::Command invent_items(Chaos& chaos) {
  if (chaos.draw(4) == 0) return {core::CountItems{"t"}, {}};
  core::AddItems add;
  const std::string unique = "u" + std::to_string(chaos.operations.size());
  for (const char* tenant : {"t", "u"}) {
    core::TenantItems items{tenant, {unique}};
    for (int i = chaos.draw(5); i > 0; --i)
      items.ids.push_back("i" + std::to_string(chaos.draw(80)));
    add.tenants.push_back(std::move(items));
  }
  core::Command command{std::move(add), {}};
  if (chaos.draw(2) == 0) command.idempotency = key_of(chaos);
  return command;
}

/// The ids of one tenant that had been acknowledged, or only asked for, before some moment.
std::set<std::string> ids_of(const Chaos& chaos, bool acknowledged, int before) {
  std::set<std::string> ids;
  for (const Operation& operation : chaos.operations) {
    const auto* add = std::get_if<core::AddItems>(&operation.command.body);
    if (add == nullptr) continue;
    const Code code = operation.outcome.code;
    const bool counts = acknowledged ? code == Code::ok && operation.completed < before
                                     : code != Code::unavailable && operation.invoked < before;
    if (counts) ids.insert(add->tenants[0].ids.begin(), add->tenants[0].ids.end());
  }
  return ids;
}

void items_hold_with(std::uint64_t seed) {
  Chaos chaos(seed, invent_items);
  chaos.run(3000);
  ASSERT_TRUE(chaos.quiet());

  std::map<std::string, std::set<std::string>> stored;
  std::map<std::string, std::int64_t> counted;
  chaos.load([&](const Entry& entry) {
    if (entry.key.starts_with("items/")) {
      counted[entry.key.substr(6)] = core::decode_tenant_head(*entry.value).count;
    } else if (entry.key.starts_with("item/")) {
      const std::string tenant = entry.key.substr(5, entry.key.find('/', 5) - 5);
      core::ItemChunkReader ids(*entry.value);
      while (const auto id = ids.next()) {
        ASSERT_TRUE(stored[tenant].insert(std::string(*id)).second) << *id << " is stored twice";
      }
    }
  });
  constexpr int end = std::numeric_limits<int>::max();
  const auto sure = ids_of(chaos, true, end);
  const auto possible = ids_of(chaos, false, end);
  ASSERT_GT(sure.size(), 200u) << "the run has shown something";
  for (const auto& [tenant, ids] : stored) {
    EXPECT_EQ(counted[tenant], static_cast<std::int64_t>(ids.size()));
  }
  ASSERT_TRUE(std::ranges::includes(stored["t"], sure)) << "an acknowledged item is lost";
  ASSERT_TRUE(std::ranges::includes(possible, stored["t"])) << "an item came from nowhere";
  for (const std::string& id : possible) {
    if (!id.starts_with('u')) continue;
    ASSERT_EQ(stored["t"].contains(id), stored["u"].contains(id)) << id << ": applied in part";
  }
  for (const Operation& operation : chaos.operations) {
    const bool read = std::holds_alternative<core::CountItems>(operation.command.body);
    if (!read || operation.outcome.code != Code::ok) continue;
    const auto count =
        static_cast<std::size_t>(std::get<core::ItemsOutcome>(operation.outcome.value).count);
    ASSERT_GE(count, ids_of(chaos, true, operation.invoked).size()) << "a stale count";
    ASSERT_LE(count, ids_of(chaos, false, operation.completed).size());
  }
}

TEST(Chaos, ItemsCountOnceAndRequestsApplyAsAWhole) { for_each_seed(8, items_hold_with); }

}  // namespace
}  // namespace dcount::engine
