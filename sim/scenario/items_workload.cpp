// Items: distinct ids of tenants, some of them added by several clients.
#include "sim/scenario/workload.h"

namespace dcount::sim {
namespace {

/// How many ids clients have in common.
constexpr std::uint64_t shared_ids = 200;
/// Of requests, those over two tenants.
constexpr double over_two = 0.2;

class Items final : public Workload {
 public:
  Items(const WorkloadSpec& spec, std::size_t number)
      : spec_(spec), name_("ten" + std::to_string(number + 1) + "-") {}

  client::Result<void> prepare(client::Client&) override { return {}; }

  Json keys() const override {
    Json keys = Json::array();
    for (std::int64_t i = 0; i < *spec_.tenants; ++i) {
      keys.push_back({{"key", tenant(i)}, {"kind", "items"}});
    }
    return keys;
  }

  void operate(Worker& worker) override {
    if (worker.random().chance(*spec_.reads)) {
      count(worker, any(worker));
    } else {
      add(worker);
    }
  }

  bool read_finally(Worker& worker) override {
    bool all = true;
    for (std::int64_t i = 0; i < *spec_.tenants; ++i) {
      all &= count(worker, tenant(i)) && members(worker, tenant(i));
    }
    return all;
  }

 private:
  std::string tenant(std::int64_t i) const { return name_ + std::to_string(i + 1); }
  std::string any(Worker& worker) const {
    return tenant(static_cast<std::int64_t>(
        worker.random().below(static_cast<std::uint64_t>(*spec_.tenants))));
  }

  void add(Worker& worker) {
    const std::string tenants[] = {any(worker), any(worker)};
    const bool two = tenants[0] != tenants[1] && worker.random().chance(over_two);
    std::vector<client::Item> items;
    Json asked = Json::array();
    const std::int64_t size = worker.random().between(std::int64_t{1}, *spec_.batch_max);
    for (std::int64_t i = 0; i < size; ++i) {
      const bool shared = worker.random().chance(*spec_.doubles);
      const std::string id = shared ? "shared-" + std::to_string(worker.random().below(shared_ids))
                                    : worker.fresh_id();
      items.push_back({id, tenants[two ? i % 2 : 0]});
      if (two) {
        asked.push_back({items.back().tenant, id});
      } else {
        asked.push_back(id);
      }
    }
    const std::string key = worker.fresh_id();
    worker.note(
        {.function = "items",
         .key = two ? std::string_view() : std::string_view(tenants[0]),
         .value = asked.dump(),
         .id = key},
        [&] { return worker.client().add_items(items, key); },
        [](const client::AddedItems&) { return Completed{}; });
  }

  bool count(Worker& worker, const std::string& tenant) {
    return worker
        .note(
            {.function = "count", .key = tenant},
            [&] { return worker.client().count_items(tenant); },
            [](std::int64_t count) { return Completed{.value = std::to_string(count)}; })
        .has_value();
  }

  bool members(Worker& worker, const std::string& tenant) {
    return worker
        .note(
            {.function = "members", .key = tenant}, [&] { return all_of(worker.client(), tenant); },
            [](const std::vector<std::string>& ids) {
              return Completed{.value = Json(ids).dump()};
            })
        .has_value();
  }

  static client::Result<std::vector<std::string>> all_of(client::Client& client,
                                                         const std::string& tenant) {
    std::vector<std::string> ids;
    std::string cursor;
    do {
      auto page = client.list_items(tenant, client::list_limit_max, cursor);
      if (!page) return page.error();
      for (std::string& id : page->items) ids.push_back(std::move(id));
      cursor = page->next;
    } while (!cursor.empty());
    return ids;
  }

  const WorkloadSpec spec_;
  const std::string name_;
};

}  // namespace

std::unique_ptr<Workload> make_items(const WorkloadSpec& spec, std::size_t number) {
  return std::make_unique<Items>(spec, number);
}

}  // namespace dcount::sim
