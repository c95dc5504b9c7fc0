#include "tests/check/random_history.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <set>

#include "sim/check/words.h"

namespace dcount::check {
namespace {

/// An operation on its way: asked, done, answered, in this order and at random moments.
struct Running {
  HistoryBuilder::Handle handle = 0;
  std::vector<Call> calls;
  std::vector<Answer> answers;
  std::vector<std::vector<std::int64_t>> lists;  ///< that calls and answers point into
  std::vector<Outcome> outcomes;
  bool busy = false;
  bool done = false;
};

/// Runs processes at random; `ask` begins an operation, `act` does it and fills in its answers.
class Stage {
 public:
  using Ask = std::function<void(Running&, std::uint32_t process)>;
  using Act = std::function<void(Running&, std::uint32_t process)>;
  Stage(Random& random, HistoryBuilder& builder, std::size_t processes, double unknown)
      : random_(random), builder_(builder), running_(processes), unknown_(unknown) {}

  void run(std::size_t operations, const Ask& ask, const Act& act) {
    std::size_t begun = 0;
    for (std::size_t busy = 0; begun < operations || busy > 0;) {
      auto process = static_cast<std::uint32_t>(random_.below(running_.size()));
      Running& running = running_[process];
      if (!running.busy) {
        if (begun == operations) continue;
        running = Running{.busy = true};
        ask(running, process);
        running.handle = running.calls.size() == 1 ? builder_.invoke(process, running.calls[0])
                                                   : builder_.invoke(process, running.calls);
        ++begun, ++busy;
      } else if (!running.done && random_.chance(0.7)) {
        act(running, process);
        running.done = true;
      } else if (running.done || random_.chance(unknown_)) {
        end(running, process);
        --busy;
      }
      haunt(act);
    }
  }

 private:
  void end(Running& running, std::uint32_t process) {
    running.busy = false;
    if (!running.done || random_.chance(unknown_)) {
      // It may still happen.
      if (!running.done && random_.chance(0.5)) ghosts_.push_back({running, process});
      builder_.complete(running.handle, Outcome::unknown, std::span<const Answer>());
      return;
    }
    Outcome outcome = running.outcomes.empty() ? Outcome::ok : running.outcomes[0];
    builder_.complete(running.handle, outcome, running.answers);
  }
  void haunt(const Act& act) {
    if (ghosts_.empty() || !random_.chance(0.2)) return;
    act(ghosts_.back().first, ghosts_.back().second);
    ghosts_.pop_back();
  }

  Random& random_;
  HistoryBuilder& builder_;
  std::vector<Running> running_;
  std::vector<std::pair<Running, std::uint32_t>> ghosts_;
  const double unknown_;
};

struct Counter {
  bool there = true;
  std::int64_t n = 0;
  std::int64_t version = 1;
};

enum class Bug { none_at_all, lost, twice, stale, half, told_wrong, version_wrong, kinds };

class Counters {
 public:
  Counters(Random& random, const CounterMix& mix)
      : random_(random), mix_(mix), counters_(mix.keys), old_(mix.keys) {
    for (Counter& counter : counters_) {
      counter.there = mix.facts.exists;
      counter.n = mix.facts.initial;
      counter.version = mix.facts.version == none ? (mix.facts.exists ? 1 : 0) : mix.facts.version;
    }
    old_ = counters_;
    bugs_.resize(mix.operations * 2, Bug::none_at_all);
    if (!random.chance(mix.wrong)) return;
    for (std::size_t i = 1 + random.below(3); i > 0; --i) {
      bugs_[random.below(mix.operations)] =
          static_cast<Bug>(1 + random.below(static_cast<std::size_t>(Bug::kinds) - 1));
    }
  }

  void ask(Running& running) {
    Function function = random_.one_of(mix_.functions);
    if (function == Function::add && random_.chance(mix_.batches)) {
      for (std::uint32_t key = 0; key < mix_.keys; ++key) {
        running.calls.push_back(
            {.key = key, .function = Function::add, .argument = random_.one_of(mix_.deltas)});
      }
      return;
    }
    Call call{.key = static_cast<std::uint32_t>(random_.below(mix_.keys)), .function = function};
    if (function == Function::add) {
      call.argument = random_.one_of(mix_.deltas);
      call.creates = random_.chance(mix_.creates);
    }
    if (function == Function::create) call.argument = random_.one_of(mix_.firsts);
    running.calls.push_back(call);
  }

  void act(Running& running) {
    Bug bug = bugs_[acts_++];
    running.answers.resize(running.calls.size());
    running.outcomes.assign(running.calls.size(), Outcome::ok);
    if (bug != Bug::stale && random_.chance(0.5)) old_ = counters_;
    for (std::size_t i = 0; i < running.calls.size(); ++i) {
      const Call& call = running.calls[i];
      Counter& counter = counters_[call.key];
      Counter before = counter;
      if (bug == Bug::stale) counter = old_[call.key];
      Answer& answer = running.answers[i];
      running.outcomes[i] = count(call, counter, answer);
      if (running.outcomes[i] == Outcome::fail && i == 0 && running.calls.size() > 1) {
        running.answers.assign(running.calls.size(), Answer{});
        return;  // a batch that is refused does nothing; its answers say nothing
      }
      bool blind = call.function == Function::add && random_.chance(mix_.blind);
      if (bug == Bug::lost || (bug == Bug::half && i > 0)) counter = before;
      Answer unheard;
      if (bug == Bug::twice) count(call, counter, unheard);
      if (bug == Bug::stale && call.function == Function::read) counter = before;
      bool says = answer.result != none && call.function != Function::remove;
      if (bug == Bug::told_wrong && says) ++answer.result;
      if (bug == Bug::version_wrong) answer.version += 1;
      if (!mix_.versions) answer.version = none;
      if (answer.refused && answer.result == none) answer.version = none;
      if (blind && !answer.refused && answer.applied == none) answer.result = answer.version = none;
    }
  }

 private:
  Outcome count(const Call& call, Counter& counter, Answer& answer);
  Outcome add(const Call& call, Counter& counter, Answer& answer);

  Random& random_;
  const CounterMix& mix_;
  std::vector<Counter> counters_;
  std::vector<Counter> old_;
  std::vector<Bug> bugs_;  ///< for each act in turn
  std::size_t acts_ = 0;
};

Outcome Counters::add(const Call& call, Counter& counter, Answer& answer) {
  if (!counter.there) {
    if (!call.creates) return Outcome::fail;
    counter = {true, 0, counter.version + 1};
  }
  std::int64_t n = counter.n + call.argument;
  bool over = call.argument > 0 && n > mix_.facts.max;
  bool under = call.argument < 0 && n < mix_.facts.min;
  if (over || under) {
    if (!mix_.facts.saturates) {
      answer.refused = true;
      answer.result = counter.n;
      answer.version = counter.version;
      return Outcome::fail;
    }
    n = over ? std::max(counter.n, mix_.facts.max) : std::min(counter.n, mix_.facts.min);
    answer.applied = n - counter.n;
  }
  counter = {true, n, counter.version + 1};
  answer.result = n;
  answer.version = counter.version;
  return Outcome::ok;
}

Outcome Counters::count(const Call& call, Counter& counter, Answer& answer) {
  switch (call.function) {
    case Function::add:
      return add(call, counter, answer);
    case Function::reset:
      if (!counter.there) return Outcome::fail;
      counter = {true, 0, counter.version + 1};
      answer.result = 0;
      break;
    case Function::remove:
      answer.result = counter.there ? 1 : 0;
      if (counter.there) counter = {false, 0, counter.version + 1};
      if (answer.result == 0) return Outcome::ok;
      break;
    case Function::create:
      if (!counter.there) counter = {true, call.argument, counter.version + 1};
      answer.result = counter.n;
      break;
    default:
      if (!counter.there) return Outcome::ok;
      answer.result = counter.n;
  }
  answer.version = counter.version;
  return Outcome::ok;
}

}  // namespace

History make_counters(Random& random, const CounterMix& mix) {
  HistoryBuilder builder;
  for (std::size_t i = 0; i < mix.keys; ++i) builder.key("c/" + std::to_string(i), mix.facts);
  Counters counters(random, mix);
  Stage(random, builder, mix.processes, mix.unknown)
      .run(
          mix.operations, [&](Running& running, std::uint32_t) { counters.ask(running); },
          [&](Running& running, std::uint32_t) { counters.act(running); });
  return builder.take();
}

namespace {

class Draws {
 public:
  Draws(Random& random, const DrawMix& mix, const HistoryBuilder& builder)
      : random_(random), mix_(mix), builder_(builder), next_(mix.facts.start) {
    if (random.chance(mix.wrong)) wrong_at_ = random.below(mix.operations);
  }

  void ask(Running& running, std::uint32_t process) {
    bool gapless = mix_.facts.mode == KeyFacts::Mode::gapless;
    Call call{.function = Function::next};
    auto held = held_.find(process);
    // A process settles only what it was told that it has.
    const auto& operations = builder_.history().operations;
    bool told = last_.count(process) > 0 && operations[last_[process]].outcome == Outcome::ok;
    if (held != held_.end() && !told) {
      held_.erase(held);
      held = held_.end();
    }
    last_[process] = static_cast<std::uint32_t>(operations.size());
    if (gapless && held != held_.end() && random_.chance(0.7)) {
      call.function = random_.chance(0.5) ? Function::confirm : Function::release;
      call.argument = held->second;
      held_.erase(held);
    } else if (gapless && random_.chance(0.6)) {
      call.function = Function::reserve;
    } else {
      call.argument =
          1 + static_cast<std::int64_t>(random_.below(static_cast<std::size_t>(mix_.count_max)));
    }
    running.calls.push_back(call);
  }

  void act(Running& running, std::uint32_t process) {
    bool wrong = wrong_at_-- == 0;
    const Call& call = running.calls[0];
    running.answers.resize(1);
    Answer& answer = running.answers[0];
    auto& list = running.lists.emplace_back();
    std::set<std::int64_t> before = taken_;
    std::int64_t next = next_;
    if (call.function == Function::next) {
      for (std::int64_t i = 0; i < call.argument; ++i) list.push_back(take());
      answer.list = list;
    } else if (call.function == Function::reserve) {
      answer.result = take();
      held_[process] = answer.result;  // for when it is told
    } else {
      if (call.function == Function::release) taken_.erase(call.argument);
      answer.result = call.argument;
    }
    if (!wrong) return;
    switch (random_.below(3)) {
      case 0:  // taken, and forgotten
        taken_ = before;
        next_ = next;
        break;
      case 1:  // one is skipped
        take();
        break;
      default:
        if (!list.empty()) list.back() += 1;
        answer.list = list;
    }
  }

 private:
  std::int64_t take() {
    if (mix_.facts.mode == KeyFacts::Mode::gapless) {
      std::int64_t number = mix_.facts.start;
      while (taken_.count(number) > 0) ++number;
      taken_.insert(number);
      return number;
    }
    if (next_ > mix_.facts.max) next_ = mix_.facts.min;
    std::int64_t number = next_;
    next_ += mix_.facts.increment;
    return number;
  }

  Random& random_;
  const DrawMix& mix_;
  const HistoryBuilder& builder_;
  std::map<std::uint32_t, std::uint32_t> last_;  ///< each process's operation
  std::int64_t next_;
  std::set<std::int64_t> taken_;
  std::map<std::uint32_t, std::int64_t> held_;
  std::size_t wrong_at_ = std::numeric_limits<std::size_t>::max();
};

class Tenants {
 public:
  Tenants(Random& random, const ItemMix& mix) : random_(random), mix_(mix), tenants_(mix.tenants) {
    if (random.chance(mix.wrong)) {
      for (int i = 0; i < 3; ++i) wrong_.insert(random.below(mix.operations));
    }
  }

  void ask(Running& running) {
    auto key = static_cast<std::uint32_t>(random_.below(mix_.tenants));
    running.lists.reserve(8);
    if (random_.chance(0.4)) {
      running.calls.push_back(
          {.key = key, .function = random_.chance(0.5) ? Function::count : Function::members});
      return;
    }
    bool all = random_.chance(0.3);
    for (std::uint32_t tenant = 0; tenant < mix_.tenants; ++tenant) {
      if (!all && tenant != key) continue;
      auto& list = running.lists.emplace_back();
      for (std::size_t i = 1 + random_.below(2); i > 0; --i) {
        list.push_back(static_cast<std::int64_t>(random_.below(mix_.ids)));
      }
      running.calls.push_back({.key = tenant, .function = Function::items, .list = list});
    }
  }

  void act(Running& running) {
    bool wrong = wrong_.count(acts_++) > 0;
    std::size_t kind = random_.below(3);
    running.answers.resize(running.calls.size());
    for (std::size_t i = 0; i < running.calls.size(); ++i) {
      const Call& call = running.calls[i];
      Answer& answer = running.answers[i];
      std::set<std::int64_t>& tenant = tenants_[call.key];
      if (call.function == Function::items) {
        std::size_t before = tenant.size();
        std::set<std::int64_t> old = tenant;
        // The list may have moved with the operation: its own copy is what counts.
        tenant.insert(running.lists[i].begin(), running.lists[i].end());
        if (mix_.says_new) answer.result = static_cast<std::int64_t>(tenant.size() - before);
        if (wrong && kind == 0 && i + 1 == running.calls.size()) tenant = old;
        if (wrong && kind == 1) tenant.erase(running.lists[i][0]);
        continue;
      }
      auto& list = running.lists.emplace_back(tenant.begin(), tenant.end());
      if (wrong && !list.empty()) list.pop_back();
      answer.result = static_cast<std::int64_t>(list.size());
      if (call.function == Function::members) {
        answer.result = none;
        answer.list = list;
      }
    }
  }

 private:
  Random& random_;
  const ItemMix& mix_;
  std::vector<std::set<std::int64_t>> tenants_;
  std::set<std::size_t> wrong_;  ///< acts
  std::size_t acts_ = 0;
};

}  // namespace

History make_draws(Random& random, const DrawMix& mix) {
  HistoryBuilder builder;
  builder.key("numbers", mix.facts);
  Draws draws(random, mix, builder);
  Stage(random, builder, mix.processes, mix.unknown)
      .run(
          mix.operations,
          [&](Running& running, std::uint32_t process) { draws.ask(running, process); },
          [&](Running& running, std::uint32_t process) { draws.act(running, process); });
  return builder.take();
}

History make_items(Random& random, const ItemMix& mix) {
  HistoryBuilder builder;
  for (std::size_t i = 0; i < mix.tenants; ++i) {
    builder.key("tenant-" + std::to_string(i), {.kind = KeyFacts::Kind::items});
  }
  for (std::size_t i = 0; i < mix.ids; ++i)
    builder.name(std::string(1, static_cast<char>('a' + i)));
  Tenants tenants(random, mix);
  Stage(random, builder, mix.processes, mix.unknown)
      .run(
          mix.operations, [&](Running& running, std::uint32_t) { tenants.ask(running); },
          [&](Running& running, std::uint32_t) { tenants.act(running); });
  return builder.take();
}

std::string text_of(const History& history) {
  std::string text;
  for (const Operation& operation : history.operations) {
    text += "  " + history.keys[operation.key] + ": " + told(history, operation);
    if (operation.group != 0) text += " in batch " + std::to_string(operation.group);
    if (operation.creates) text += " (creates)";
    text += "\n";
  }
  return text;
}

std::uint64_t seed_of(std::string_view test) {
  const char* given = std::getenv("CHECK_SEED");
  std::uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::cout << test << ": CHECK_SEED=" << seed << std::endl;
  return seed;
}

}  // namespace dcount::check
