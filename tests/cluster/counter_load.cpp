#include "tests/cluster/counter_load.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "tests/cluster/cluster.h"

namespace dcount::test {
namespace {

std::string id_of(std::size_t counter) { return "k" + std::to_string(counter); }

void expect_each_number_once(std::vector<client::Added> answers, const std::string& id) {
  std::sort(answers.begin(), answers.end(), [](auto& a, auto& b) { return a.n < b.n; });
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto expected = static_cast<std::int64_t>(i) + 1;
    if (answers[i].n == expected && answers[i].version == expected + 1) continue;
    ADD_FAILURE() << id << ": the answer in place " << expected << " is n=" << answers[i].n
                  << " version=" << answers[i].version;
    return;
  }
}

}  // namespace

CounterLoad::CounterLoad(const sim::LocalCluster& servers, CounterLoadOptions options)
    : servers_(servers),
      options_(options),
      collection_(fresh_name("load")),
      answers_(options.counters) {
  client::Client client(over(servers_));
  for (std::size_t i = 0; i < options_.counters; ++i) {
    const auto made = client.create_counter(collection_, id_of(i));
    if (!made) throw std::runtime_error("no counter for the load: " + made.error().detail);
  }
  for (std::size_t i = 0; i < options_.clients; ++i) threads_.emplace_back([this, i] { run(i); });
}

CounterLoad::~CounterLoad() { stop(); }

void CounterLoad::run(std::size_t index) {
  client::ClientOptions options = over(servers_, index);
  options.answer_time = options_.answer_time;
  options.retry_time = options_.retry_time;
  client::Client client(std::move(options));
  for (std::size_t counter = index; !stop_; ++counter) {
    counter %= options_.counters;
    const auto began = std::chrono::steady_clock::now();
    const auto added = client.add(collection_, id_of(counter));
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - began);
    const std::lock_guard lock(mutex_);
    longest_ = std::max(longest_, took);
    if (added) {
      answers_[counter].push_back(*added);
      ++acknowledged_;
    } else {
      errors_.push_back(added.error());
    }
  }
}

bool CounterLoad::goes_on(std::int64_t more) const {
  const std::int64_t goal = acknowledged_ + more;
  return eventually([&] { return acknowledged_ >= goal; });
}

void CounterLoad::stop() {
  stop_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void CounterLoad::expect_exact() {
  stop();
  for (const auto& error : errors_) {
    ADD_FAILURE() << "a client saw " << client::name(error.kind) << " (" << error.status
                  << "): " << error.detail;
  }
  for (std::size_t i = 0; i < answers_.size(); ++i) {
    expect_each_number_once(answers_[i], id_of(i));
    const auto sum = static_cast<std::int64_t>(answers_[i].size());
    for (std::size_t server = 0; server < servers_.servers(); ++server) {
      client::Client client(over(servers_, server));
      const auto state = client.get(collection_, id_of(i));
      ASSERT_TRUE(state) << state.error().detail;
      EXPECT_EQ(state->n, sum) << id_of(i) << ": acknowledged";
      EXPECT_EQ(state->version, sum + 1) << id_of(i) << ": as many changes, and its creation";
    }
  }
  std::printf("%lld additions, each once; the slowest call took %lld ms\n",
              static_cast<long long>(acknowledged_), static_cast<long long>(longest_.count()));
}

}  // namespace dcount::test
