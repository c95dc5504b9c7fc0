#include "sim/faulty/faulty_edges.h"

#include <rocksdb/env.h>

#include <utility>

#include "server/api/open_store.h"
#include "server/packages/package_service.h"
#include "sim/faulty/answer_plants.h"
#include "sim/faulty/cluster_plants.h"
#include "sim/faulty/embedded_plants.h"
#include "sim/faulty/faulty_file_system.h"
#include "sim/faulty/package_plants.h"

namespace dcount::faulty {

using nlohmann::json;

namespace {

constexpr std::string_view disk_names[] = {"healthy", "full", "fail_sync", "none"};

constexpr std::chrono::milliseconds hasty_repair_period{500};
constexpr std::chrono::milliseconds hasty_repair_grace{10'000};

Error refuse(const std::string& why) { return {Certainty::definite, why}; }

}  // namespace

FaultyEdges::FaultyEdges(const Plant* plant, std::string control, bool haste)
    : plant_(plant),
      control_path_(std::move(control)),
      haste_(haste),
      files_(std::make_shared<FaultyFileSystem>()),
      env_(rocksdb::NewCompositeEnv(files_)),
      early_(planted("package-ack-early") ? acknowledge_early() : nullptr) {}

FaultyEdges::~FaultyEdges() { control_.reset(); }

api::Edges FaultyEdges::edges() {
  packages::BlobFiles* files = &blob_files_;
  if (early_) files = early_.get();
  return {.clock = &clock_,
          .open_store = [this](const auto& settings,
                               const auto& identity) { return open_store(settings, identity); },
          .blob_files = files,
          .change_packages =
              [this](packages::PackageOptions& options) {
                if (!haste_) return;
                options.repair.period = hasty_repair_period;
                options.repair.grace = hasty_repair_grace;
                options.upload.register_within = hasty_repair_grace / 2;
              },
          .change_routes = [this](http::RouteTable& routes) { change_routes(routes); }};
}

// ---- the plant

Result<std::unique_ptr<store::Store>> FaultyEdges::open_store(const api::ServerSettings& settings,
                                                              const std::string& identity) {
  const bool embedded = settings.store == "rocks";
  if (!embedded) disk_ = Disk::none;
  if (plant_ != nullptr && !(embedded ? plant_->embedded : plant_->cluster)) {
    return refuse("the planted bug '" + std::string(plant_->name) + "' is none of " +
                  (embedded ? "the embedded engine" : "a cluster's"));
  }
  if (!control_path_.empty()) {
    auto control =
        ControlServer::open(control_path_, [this](const json& command) { return answer(command); });
    if (!control) return control.error();
    control_ = std::move(*control);
  }
  return embedded ? open_rocks(settings) : open_etcd(settings, identity);
}

Result<std::unique_ptr<store::Store>> FaultyEdges::open_rocks(const api::ServerSettings& settings) {
  store::RocksOptions options = api::rocks_options(settings);
  options.env = env_.get();
  auto store = store::open_rocks_store(options);
  if (!store) return store;
  if (planted("lost-acknowledged")) return lose_acknowledged(std::move(*store));
  if (planted("block-not-durable")) return use_blocks_early(std::move(*store));
  if (planted("half-items")) return halve_items(std::move(*store));
  if (planted("uncommitted-read")) return slow_commits(std::move(*store), commit_longer);
  return store;
}

Result<std::unique_ptr<store::Store>> FaultyEdges::open_etcd(const api::ServerSettings& settings,
                                                             const std::string& identity) {
  const auto options = api::etcd_options(settings, identity);
  if (!options) return options.error();
  auto store = store::make_etcd_store(*options);
  if (planted("twice-on-leader-change")) return apply_lost_twice(std::move(store));
  if (planted("no-fence")) return leave_fence_out(std::move(store), *options);
  if (planted("no-guard-on-refusal")) return leave_guards_out(std::move(store));
  if (planted("uncommitted-read")) return slow_commits(std::move(store), commit_longer);
  return store;
}

void FaultyEdges::change_routes(http::RouteTable& routes) const {
  if (planted("stale-read")) cache_answers(routes);
  if (planted("double-apply")) forget_keys_with_connections(routes);
  if (planted("uncommitted-read")) show_uncommitted(routes);
  if (planted("tail-gap-on-reconnect")) forget_cursors(routes);
}

// ---- the control socket

json FaultyEdges::answer(const json& command) {
  const auto done = obey(command);
  if (!done) return {{"ok", false}, {"error", done.error().message}};
  return state();
}

Result<void> FaultyEdges::obey(const json& command) {
  if (command.size() != 1) return refuse("a command is one of clock, disk, packages and get");
  const std::string& name = command.begin().key();
  const json& order = command.begin().value();
  if (name == "clock") return set_clock(order);
  if (name == "disk") return set_disk(order);
  if (name == "packages") return set_packages(order);
  if (name != "get" || order != "state") return refuse("unknown command: " + command.dump());
  return {};
}

Result<void> FaultyEdges::set_clock(const json& order) {
  if (order == "heal") {
    clock_.heal();
    return {};
  }
  const bool jumps = order.is_object() && order.size() == 1 && order.contains("jump_ms") &&
                     order["jump_ms"].is_number_integer();
  const bool drifts = order.is_object() && order.size() == 1 && order.contains("drift_ppm") &&
                      order["drift_ppm"].is_number();
  if (jumps) {
    clock_.jump(order["jump_ms"].get<std::int64_t>());
  } else if (drifts) {
    clock_.drift(order["drift_ppm"].get<double>());
  } else {
    return refuse(R"(a clock takes {"jump_ms":N}, {"drift_ppm":N} or "heal")");
  }
  return {};
}

Result<void> FaultyEdges::set_disk(const json& order) {
  if (disk_ == Disk::none) return refuse("this server's data are in etcd, not on its disk");
  Disk disk = Disk::healthy;
  if (order == "full") {
    disk = Disk::full;
  } else if (order == "fail_sync") {
    disk = Disk::fail_sync;
  } else if (order != "heal") {
    return refuse(R"(a disk takes "full", "fail_sync" or "heal")");
  }
  files_->fail_writes(disk == Disk::full);
  files_->fail_syncs(disk == Disk::fail_sync);
  disk_ = disk;
  return {};
}

Result<void> FaultyEdges::set_packages(const json& order) {
  if (order != "full" && order != "heal") return refuse(R"(packages take "full" or "heal")");
  blob_files_.fill(order == "full");
  return {};
}

json FaultyEdges::state() const {
  return {{"ok", true},
          {"clock_offset_ms", clock_.offset_ms()},
          {"clock_drift_ppm", clock_.drift_ppm()},
          {"disk", disk_names[static_cast<std::size_t>(disk_.load())]},
          {"packages", blob_files_.full() ? "full" : "healthy"},
          {"plant", plant_ == nullptr ? "" : plant_->name}};
}

}  // namespace dcount::faulty
