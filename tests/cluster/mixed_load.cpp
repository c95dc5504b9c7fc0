#include "tests/cluster/mixed_load.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include "tests/cluster/cluster.h"

namespace dcount::test {
namespace {

constexpr std::size_t counters = 5;
constexpr std::int64_t cache = 20;
constexpr std::int64_t reservation_s = 600;  // none expires while the test runs

std::string counter_of(std::uint64_t choice) { return "k" + std::to_string(choice % counters); }

std::string wrong(const std::string& what, const client::ClientError& error) {
  return what + ": " + std::string(client::name(error.kind)) + " (" + std::to_string(error.status) +
         "): " + error.detail;
}

void define(client::Client& client, const std::string& name, client::SequenceMode mode) {
  client::SequenceDefinition definition;
  definition.mode = mode;
  if (mode == client::SequenceMode::cached) definition.cache = cache;
  const auto defined = client.define_sequence(name, definition);
  if (!defined) throw std::runtime_error(wrong(name, defined.error()));
}

void expect_distinct(std::vector<std::int64_t> numbers, const std::string& what) {
  std::sort(numbers.begin(), numbers.end());
  const auto twice = std::adjacent_find(numbers.begin(), numbers.end());
  EXPECT_EQ(twice, numbers.end()) << what << ": " << *twice << " was handed out twice";
}

void expect_no_hole(std::vector<std::int64_t> numbers, const std::string& what) {
  std::sort(numbers.begin(), numbers.end());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] == static_cast<std::int64_t>(i) + 1) continue;
    ADD_FAILURE() << what << ": in place " << i + 1 << " stands " << numbers[i];
    return;
  }
}

}  // namespace

MixedLoad::MixedLoad(const sim::LocalCluster& servers, std::size_t clients)
    : servers_(servers), name_(fresh_name("mixed")) {
  client::Client client(over(servers_));
  define(client, name_ + "-strict", client::SequenceMode::strict);
  define(client, name_ + "-cached", client::SequenceMode::cached);
  define(client, name_ + "-gapless", client::SequenceMode::gapless);
  for (std::size_t i = 0; i < clients; ++i) threads_.emplace_back([this, i] { run(i); });
}

MixedLoad::~MixedLoad() { stop(); }

void MixedLoad::stop() {
  stop_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

bool MixedLoad::goes_on(std::int64_t more) const {
  const std::int64_t goal = acknowledged_ + more;
  return eventually([&] { return acknowledged_ >= goal; });
}

void MixedLoad::run(std::size_t index) {
  client::Client client(over(servers_, index));
  std::mt19937_64 random(index);
  for (int i = 0; !stop_; ++i) {
    const std::string operation = name_ + "-" + std::to_string(index) + "-" + std::to_string(i);
    const std::string error = operate(client, random(), operation);
    if (error.empty()) {
      ++acknowledged_;
    } else {
      const std::lock_guard lock(mutex_);
      account_.errors.push_back(operation + ": " + error);
    }
  }
}

std::string MixedLoad::operate(client::Client& client, std::uint64_t choice,
                               const std::string& operation) {
  const std::uint64_t more = choice / 7;
  switch (choice % 7) {
    case 0:
      return batch(client, more, operation);
    case 1:
      return draw(client, name_ + "-strict", 1 + static_cast<std::int64_t>(more % 3),
                  account_.strict, operation);
    case 2:
      return draw(client, name_ + "-cached", 1 + static_cast<std::int64_t>(more % 3),
                  account_.cached, operation);
    case 3:
      return invoice(client, more % 3 != 0, operation);
    case 4:
      return add_items(client, operation);
    default:
      return add(client, more, operation);
  }
}

std::string MixedLoad::add(client::Client& client, std::uint64_t choice,
                           const std::string& operation) {
  client::CounterOptions options;
  options.create = true;
  options.idempotency_key = operation;
  const std::int64_t n = static_cast<std::int64_t>(choice % 9) - 3;
  const std::string counter = counter_of(choice / 9);
  const auto added = client.add(name_, counter, n, options);
  if (!added) return wrong("add", added.error());
  const std::lock_guard lock(mutex_);
  account_.counters[counter] += n;
  return "";
}

std::string MixedLoad::batch(client::Client& client, std::uint64_t choice,
                             const std::string& operation) {
  std::vector<client::Operation> operations;
  for (std::int64_t n : {5, -2, 1}) {
    operations.push_back({name_ + "/" + counter_of(choice++), n, true});
  }
  const auto done = client.batch(operations, operation);
  if (!done) return wrong("batch", done.error());
  const std::lock_guard lock(mutex_);
  for (const auto& one : operations) {
    account_.counters[one.counter.substr(name_.size() + 1)] += one.n;
  }
  return "";
}

std::string MixedLoad::draw(client::Client& client, const std::string& sequence, std::int64_t count,
                            std::vector<std::int64_t>& into, const std::string& operation) {
  const auto drawn = client.draw(sequence, count, operation);
  if (!drawn) return wrong("draw of " + sequence, drawn.error());
  const std::lock_guard lock(mutex_);
  into.insert(into.end(), drawn->numbers.begin(), drawn->numbers.end());
  return "";
}

std::string MixedLoad::invoice(client::Client& client, bool keep, const std::string& operation) {
  const std::string sequence = name_ + "-gapless";
  const auto reserved = client.reserve(sequence, reservation_s, operation + "-reserve");
  if (!reserved) return wrong("reserve", reserved.error());
  if (!keep) {
    const auto released = client.release(sequence, reserved->token, operation + "-release");
    return released ? "" : wrong("release", released.error());
  }
  const auto confirmed = client.confirm(sequence, reserved->token, operation + "-confirm");
  if (!confirmed) return wrong("confirm", confirmed.error());
  const std::lock_guard lock(mutex_);
  account_.confirmed.push_back(*confirmed);
  return "";
}

// One id is the operation's own, one many others add, too.
std::string MixedLoad::add_items(client::Client& client, const std::string& operation) {
  const std::string shared = "shared-" + operation.substr(operation.rfind('-'));
  const auto added = client.add_items({{operation, name_}, {shared, name_}}, operation);
  if (!added) return wrong("items", added.error());
  const std::lock_guard lock(mutex_);
  account_.items.insert({operation, shared});
  return "";
}

void MixedLoad::expect_exact() {
  stop();
  for (const auto& error : account_.errors) ADD_FAILURE() << "a client saw an error: " << error;
  expect_distinct(account_.strict, "strict");
  expect_no_hole(account_.strict, "strict, all answers of which arrived");
  expect_distinct(account_.cached, "cached");
  // What was released came back: drawn until as many are confirmed as there are numbers.
  client::Client last(over(servers_));
  for (bool more = true; more;) {
    const auto state = last.get_sequence(name_ + "-gapless");
    ASSERT_TRUE(state) << state.error().detail;
    EXPECT_EQ(state->reserved, 0) << "every reservation was settled";
    more = state->free.value_or(0) > 0 && !testing::Test::HasFailure();
    if (more) {
      EXPECT_EQ(invoice(last, true, fresh_name(name_ + "-last-")), "");
    }
  }
  expect_no_hole(account_.confirmed, "gapless");
  for (std::size_t server = 0; server < servers_.servers(); ++server) {
    client::Client client(over(servers_, server));
    for (const auto& [counter, sum] : account_.counters) {
      const auto state = client.get(name_, counter);
      ASSERT_TRUE(state) << state.error().detail;
      EXPECT_EQ(state->n, sum) << counter;
    }
    const auto count = client.count_items(name_);
    ASSERT_TRUE(count) << count.error().detail;
    EXPECT_EQ(*count, static_cast<std::int64_t>(account_.items.size()));
  }
  std::printf(
      "%lld operations, all accounted for: %zu strict, %zu cached, %zu gapless, %zu items\n",
      static_cast<long long>(acknowledged_), account_.strict.size(), account_.cached.size(),
      account_.confirmed.size(), account_.items.size());
}

}  // namespace dcount::test
