// Counters: increments, reads, resets, batches over several of them.
#include <set>

#include "sim/scenario/workload.h"

namespace dcount::sim {
namespace {

/// Counters in a batch, at most.
constexpr std::uint64_t batch_keys_max = 4;

class Counters final : public Workload {
 public:
  Counters(const WorkloadSpec& spec, std::size_t number)
      : spec_(spec), collection_("cnt" + std::to_string(number + 1)) {}

  client::Result<void> prepare(client::Client& client) override {
    client::CounterOptions options;
    options.min = spec_.min;
    options.max = spec_.max;
    for (std::int64_t i = 0; i < *spec_.keys; ++i) {
      const auto created = client.create_counter(collection_, id(i), 0, options);
      if (!created) return created.error();
      version_ = created->counter.version;
    }
    return {};
  }

  Json keys() const override {
    Json keys = Json::array();
    for (std::int64_t i = 0; i < *spec_.keys; ++i) {
      Json& key = keys.emplace_back(
          Json{{"key", key_of(i)}, {"kind", "counter"}, {"initial", 0}, {"version", version_}});
      if (spec_.min) key["min"] = *spec_.min;
      if (spec_.max) key["max"] = *spec_.max;
    }
    return keys;
  }

  void operate(Worker& worker) override {
    double choice = worker.random().between(0.0, 1.0);
    const std::int64_t counter = any(worker);
    if ((choice -= *spec_.reads) < 0) {
      read(worker, counter);
    } else if ((choice -= *spec_.resets) < 0) {
      reset(worker, counter);
    } else if ((choice -= *spec_.batches) < 0) {
      batch(worker);
    } else {
      add(worker, counter);
    }
  }

  void operate_each(Worker& worker) override {
    if (*spec_.resets > 0) reset(worker, any(worker));
    if (*spec_.batches > 0) batch(worker);
  }

  bool read_finally(Worker& worker) override {
    bool all = true;
    for (std::int64_t i = 0; i < *spec_.keys; ++i) all &= read(worker, i);
    return all;
  }

 private:
  static std::string id(std::int64_t counter) { return "k" + std::to_string(counter + 1); }
  std::string key_of(std::int64_t counter) const { return collection_ + "/" + id(counter); }
  std::int64_t any(Worker& worker) const {
    return static_cast<std::int64_t>(
        worker.random().below(static_cast<std::uint64_t>(*spec_.keys)));
  }
  std::int64_t delta(Worker& worker) const {
    if (*spec_.deltas == Deltas::one) return 1;
    const std::int64_t drawn = worker.random().between(std::int64_t{-4}, std::int64_t{8});
    return drawn == 0 ? 9 : drawn;
  }

  bool read(Worker& worker, std::int64_t counter) {
    const std::string key = key_of(counter);
    return worker
        .note(
            {.function = "read", .key = key},
            [&] { return worker.client().get(collection_, id(counter)); },
            [](const client::CounterState& state) {
              return Completed{.value = std::to_string(state.n), .version = state.version};
            })
        .has_value();
  }

  void reset(Worker& worker, std::int64_t counter) {
    const std::string key = key_of(counter);
    client::CounterOptions options;
    options.idempotency_key = worker.fresh_id();
    worker.note(
        {.function = "reset", .key = key, .id = options.idempotency_key},
        [&] { return worker.client().reset(collection_, id(counter), options); },
        [](const client::CounterState& state) {
          return Completed{.value = std::to_string(state.n), .version = state.version};
        });
  }

  void add(Worker& worker, std::int64_t counter) {
    const std::string key = key_of(counter);
    const std::int64_t n = delta(worker);
    client::CounterOptions options;
    options.idempotency_key = worker.fresh_id();
    worker.note(
        {.function = "add", .key = key, .value = std::to_string(n), .id = options.idempotency_key},
        [&] { return worker.client().add(collection_, id(counter), n, options); },
        [&](const client::Added& added) {
          if (!*spec_.returned) return Completed{};
          return Completed{.value = std::to_string(added.n), .version = added.version};
        });
  }

  void batch(Worker& worker) {
    std::set<std::int64_t> counters;
    const std::uint64_t size = 1 + worker.random().below(batch_keys_max);
    for (std::uint64_t i = 0; i < size; ++i) counters.insert(any(worker));
    std::vector<client::Operation> operations;
    Json asked = Json::array();
    for (const std::int64_t counter : counters) {
      operations.push_back({key_of(counter), delta(worker), false});
      asked.push_back({operations.back().counter, operations.back().n});
    }
    const std::string key = worker.fresh_id();
    worker.note(
        {.function = "batch", .value = asked.dump(), .id = key},
        [&] { return worker.client().batch(operations, key); },
        [&](const std::vector<client::Added>& results) {
          Json told = Json::array();
          for (std::size_t i = 0; i < results.size() && i < operations.size(); ++i) {
            told.push_back({operations[i].counter, results[i].n, results[i].version});
          }
          return Completed{.value = told.dump()};
        });
  }

  const WorkloadSpec spec_;
  const std::string collection_;
  std::int64_t version_ = 1;  // after their creation
};

}  // namespace

std::unique_ptr<Workload> make_counters(const WorkloadSpec& spec, std::size_t number) {
  return std::make_unique<Counters>(spec, number);
}

}  // namespace dcount::sim
