#include "tests/scenario/live_commands.h"

#include <rapidcheck/state.h>

#include <algorithm>

namespace dcount::test {
namespace {

constexpr int counters = 4;
constexpr int tenants = 2;
constexpr int ids = 12;
constexpr std::int64_t reservation_s = 24 * 3600;

/// One case's view of the processes: its own names, and what the service told it.
struct Service {
  const Processes& processes;
  std::vector<client::Client>& clients;
  std::string name;                 ///< of this case
  std::vector<std::string> tokens;  ///< of reservations, as the model counts them
  std::int64_t keys = 0;

  std::string fresh_key() { return name + "-" + std::to_string(++keys); }
  client::Client& at(unsigned server) { return clients[server % clients.size()]; }
  std::string strict() const { return name + "-strict"; }
  std::string gapless() const { return name + "-gapless"; }
  std::string tenant(int i) const { return name + "-t" + std::to_string(i); }
};

std::string id(int i) { return "k" + std::to_string(i); }

/// Either way, at most so far.
rc::Gen<std::int64_t> any_delta(std::int64_t most) {
  return rc::gen::suchThat(rc::gen::inRange(-most, most + 1), [](auto n) { return n != 0; });
}

using Base = rc::state::Command<LiveModel, Service>;

/// A result that must be there.
template <class T>
T told(client::Result<T> result) {
  if (!result)
    RC_FAIL(std::string(client::name(result.error().kind)) + ": " + result.error().detail);
  return std::move(*result);
}

template <class T>
void refused(const client::Result<T>& result, client::ErrorKind kind) {
  RC_ASSERT(!result);
  RC_ASSERT(result.error().kind == kind);
}

struct Command : Base {
  /// Of the processes, which one is asked.
  unsigned server = *rc::gen::inRange(0u, 8u);
};

struct OfCounter : Command {
  int counter = *rc::gen::inRange(0, counters);

  void show(std::ostream& out, const std::string& what) const {
    out << what << " " << id(counter) << " at " << server;
  }
};

struct Create : OfCounter {
  std::int64_t n = *rc::gen::inRange(-3, 4);
  bool bounded = *rc::gen::arbitrary<bool>();
  std::int64_t min = *rc::gen::inRange(-8, -2);
  std::int64_t max = *rc::gen::inRange(3, 9);

  void apply(LiveModel& model) const override {
    ModelCounter fresh{n, {}, {}};
    if (bounded) fresh = {n, min, max};
    model.counters.emplace(counter, fresh);
  }
  void run(const LiveModel& model, Service& service) const override {
    client::CounterOptions options;
    if (bounded) options.min = min, options.max = max;
    const auto found = model.counters.find(counter);
    const auto made =
        told(service.at(server).create_counter(service.name, id(counter), n, options));
    RC_ASSERT(made.created == (found == model.counters.end()));
    RC_ASSERT(made.counter.n == (made.created ? n : found->second.n));
  }
  void show(std::ostream& out) const override {
    OfCounter::show(out, "create");
    out << " with " << n;
    if (bounded) out << " in " << min << ".." << max;
  }
};

/// With `again` under the same key once more, after a crash of the server if so drawn: what was
/// acknowledged is answered again and not done again.
struct Add : OfCounter {
  std::int64_t delta = *any_delta(6);
  bool saturate = *rc::gen::arbitrary<bool>();
  bool create = *rc::gen::arbitrary<bool>();
  bool again = *rc::gen::weightedElement<bool>({{4, false}, {1, true}});
  bool crash = again && *rc::gen::weightedElement<bool>({{30, false}, {1, true}});

  void apply(LiveModel& model) const override { model.step(counter, delta, saturate, create); }
  void run(const LiveModel& model, Service& service) const override {
    const Stepped expected = LiveModel(model).step(counter, delta, saturate, create);
    client::CounterOptions options;
    options.create = create;
    options.on_limit = saturate ? client::OnLimit::saturate : client::OnLimit::reject;
    options.idempotency_key = service.fresh_key();
    for (int i = 0; i <= (again ? 1 : 0); ++i) {
      if (i > 0 && crash) crash_and_run(service);
      const auto added = service.at(server + static_cast<unsigned>(i))
                             .add(service.name, id(counter), delta, options);
      compare(added, expected, i > 0);
    }
  }
  void show(std::ostream& out) const override {
    OfCounter::show(out, "add");
    out << ' ' << delta << (saturate ? ", saturating" : "") << (create ? ", creating" : "")
        << (again ? ", twice" : "") << (crash ? " with a crash between" : "");
  }

 private:
  void crash_and_run(Service& service) const {
    const std::size_t which = server % service.clients.size();
    service.processes.kill(which);
    const std::string wrong = service.processes.run(which);
    if (!wrong.empty()) RC_FAIL(wrong);
  }
  static void compare(const client::Result<client::Added>& added, const Stepped& expected,
                      bool replayed) {
    switch (expected.how) {
      case Step::missing:
        return refused(added, client::ErrorKind::not_found);
      case Step::refused:
        refused(added, client::ErrorKind::conflict);
        if (!replayed) RC_ASSERT(added.error().value == expected.n);
        return;
      case Step::done:
        RC_ASSERT(told(added).n == expected.n);
        RC_ASSERT(added->applied == expected.applied);
        RC_ASSERT(added->replayed == replayed);
    }
  }
};

struct Get : OfCounter {
  void run(const LiveModel& model, Service& service) const override {
    const auto got = service.at(server).get(service.name, id(counter));
    const auto found = model.counters.find(counter);
    if (found == model.counters.end()) return refused(got, client::ErrorKind::not_found);
    RC_ASSERT(told(got).n == found->second.n);
  }
  void show(std::ostream& out) const override { OfCounter::show(out, "get"); }
};

struct Reset : OfCounter {
  void apply(LiveModel& model) const override {
    if (const auto found = model.counters.find(counter); found != model.counters.end()) {
      found->second.n = 0;
    }
  }
  void run(const LiveModel& model, Service& service) const override {
    const auto reset = service.at(server).reset(service.name, id(counter));
    if (!model.counters.contains(counter)) return refused(reset, client::ErrorKind::not_found);
    RC_ASSERT(told(reset).n == 0);
  }
  void show(std::ostream& out) const override { OfCounter::show(out, "reset"); }
};

struct Remove : OfCounter {
  void apply(LiveModel& model) const override { model.counters.erase(counter); }
  void run(const LiveModel& model, Service& service) const override {
    RC_ASSERT(told(service.at(server).remove(service.name, id(counter))) ==
              model.counters.contains(counter));
  }
  void show(std::ostream& out) const override { OfCounter::show(out, "remove"); }
};

struct Batch : Command {
  std::vector<std::pair<int, std::int64_t>> operations = *rc::gen::resize(
      6, rc::gen::nonEmpty(rc::gen::container<std::vector<std::pair<int, std::int64_t>>>(
             rc::gen::pair(rc::gen::inRange(0, counters), any_delta(3)))));

  void apply(LiveModel& model) const override { model.batch(operations); }
  void run(const LiveModel& model, Service& service) const override {
    LiveModel after = model;
    const auto wrong = after.batch(operations);
    std::vector<client::Operation> asked;
    for (const auto& [counter, n] : operations) {
      asked.push_back({service.name + "/" + id(counter), n, false});
    }
    const auto done = service.at(server).batch(asked);
    if (wrong) {
      RC_ASSERT(!done);
      RC_ASSERT(done.error().index == static_cast<std::int64_t>(*wrong));
      return;
    }
    std::map<int, std::int64_t> last;
    for (std::size_t i = 0; i < operations.size(); ++i) {
      last[operations[i].first] = told(done).at(i).n;
    }
    for (const auto& [counter, n] : last) RC_ASSERT(n == after.counters.at(counter).n);
  }
  void show(std::ostream& out) const override {
    out << "batch " << rc::toString(operations) << " at " << server;
  }
};

struct Draw : Command {
  std::int64_t count = *rc::gen::inRange(1, 5);

  void apply(LiveModel& model) const override { model.drawn += count; }
  void run(const LiveModel& model, Service& service) const override {
    const auto numbers = told(service.at(server).draw(service.strict(), count)).numbers;
    std::vector<std::int64_t> expected;
    for (std::int64_t i = 1; i <= count; ++i) expected.push_back(model.drawn + i);
    RC_ASSERT(numbers == expected);
  }
  void show(std::ostream& out) const override { out << "draw " << count << " at " << server; }
};

struct Reserve : Command {
  void apply(LiveModel& model) const override {
    model.reservations.emplace_back(model.take_gapless(), LiveModel::Settled::open);
  }
  void run(const LiveModel& model, Service& service) const override {
    const auto made = told(service.at(server).reserve(service.gapless(), reservation_s));
    service.tokens.push_back(made.token);
    RC_ASSERT(made.number == LiveModel(model).take_gapless());
  }
  void show(std::ostream& out) const override { out << "reserve at " << server; }
};

struct Settle : Command {
  std::size_t which = *rc::gen::inRange<std::size_t>(0, 6);
  bool confirm = *rc::gen::arbitrary<bool>();

  LiveModel::Settled how() const {
    return confirm ? LiveModel::Settled::confirmed : LiveModel::Settled::released;
  }
  void checkPreconditions(const LiveModel& model) const override {
    RC_PRE(which < model.reservations.size());
  }
  void apply(LiveModel& model) const override { model.settle(which, how()); }
  void run(const LiveModel& model, Service& service) const override {
    const std::string& token = service.tokens.at(which);
    const auto settled = confirm ? service.at(server).confirm(service.gapless(), token)
                                 : service.at(server).release(service.gapless(), token);
    if (!LiveModel(model).settle(which, how())) {
      return refused(settled, client::ErrorKind::conflict);
    }
    RC_ASSERT(told(settled) == model.reservations.at(which).first);
  }
  void show(std::ostream& out) const override {
    out << (confirm ? "confirm" : "release") << " reservation " << which << " at " << server;
  }
};

struct DrawGapless : Command {
  std::int64_t count = *rc::gen::inRange(1, 4);

  void apply(LiveModel& model) const override {
    for (std::int64_t i = 0; i < count; ++i) model.take_gapless();
  }
  void run(const LiveModel& model, Service& service) const override {
    LiveModel after = model;
    std::vector<std::int64_t> expected;
    for (std::int64_t i = 0; i < count; ++i) expected.push_back(after.take_gapless());
    RC_ASSERT(told(service.at(server).draw(service.gapless(), count)).numbers == expected);
  }
  void show(std::ostream& out) const override {
    out << "draw " << count << " of the gapless one at " << server;
  }
};

struct AddItems : Command {
  std::vector<std::pair<int, int>> items = *rc::gen::resize(
      8, rc::gen::nonEmpty(rc::gen::container<std::vector<std::pair<int, int>>>(
             rc::gen::pair(rc::gen::inRange(0, tenants), rc::gen::inRange(0, ids)))));

  void apply(LiveModel& model) const override { model.add_items(items); }
  void run(const LiveModel& model, Service& service) const override {
    std::vector<client::Item> asked;
    for (const auto& [tenant, item] : items) asked.push_back({id(item), service.tenant(tenant)});
    RC_ASSERT(told(service.at(server).add_items(asked)).added == LiveModel(model).add_items(items));
  }
  void show(std::ostream& out) const override {
    out << "items " << rc::toString(items) << " at " << server;
  }
};

struct Items : Command {
  int tenant = *rc::gen::inRange(0, tenants);

  void run(const LiveModel& model, Service& service) const override {
    const auto found = model.items.find(tenant);
    std::set<std::string> expected;
    if (found != model.items.end()) {
      for (const int item : found->second) expected.insert(id(item));
    }
    const std::string name = service.tenant(tenant);
    RC_ASSERT(told(service.at(server).count_items(name)) ==
              static_cast<std::int64_t>(expected.size()));
    const auto listed = told(service.at(server).list_items(name)).items;
    RC_ASSERT(std::set(listed.begin(), listed.end()) == expected);
    RC_ASSERT(listed.size() == expected.size());
  }
  void show(std::ostream& out) const override { out << "items of " << tenant << " at " << server; }
};

struct Crash : Command {
  void run(const LiveModel&, Service& service) const override {
    const std::size_t which = server % service.clients.size();
    service.processes.kill(which);
    const std::string wrong = service.processes.run(which);
    if (!wrong.empty()) RC_FAIL(wrong);
  }
  void show(std::ostream& out) const override { out << "crash of " << server; }
};

using Any = std::shared_ptr<const Base>;

rc::Gen<Any> any_command(const LiveModel&) {
  const auto usual =
      rc::state::gen::execOneOfWithArgs<Create, Add, Add, Get, Reset, Remove, Batch, Draw, Reserve,
                                        Settle, DrawGapless, AddItems, Items>();
  const auto crash = rc::state::gen::execOneOfWithArgs<Crash>();
  return rc::gen::weightedOneOf<Any>({{100, usual()}, {1, crash()}});
}

}  // namespace

bool behaves_like_the_model(const Bounded& bounds, const Processes& processes) {
  std::vector<client::Client> clients;
  for (const client::Endpoint& endpoint : processes.endpoints) {
    client::ClientOptions options;
    options.endpoints = {endpoint};
    clients.emplace_back(options);
  }
  std::int64_t cases = 0;
  const bool as_expected = holds(bounds, [&] {
    Service service{processes, clients, "c" + std::to_string(++cases), {}, 0};
    client::SequenceDefinition gapless;
    gapless.mode = client::SequenceMode::gapless;
    told(service.at(0).define_sequence(service.strict(), {}));
    told(service.at(0).define_sequence(service.gapless(), gapless));
    rc::state::check(LiveModel(), service, any_command);
  });
  std::cerr << cases << " cases\n";
  return as_expected;
}

}  // namespace dcount::test
