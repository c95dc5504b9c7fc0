#include "server/api/server.h"

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "server/api/advertised.h"
#include "server/api/context.h"
#include "server/api/nodes.h"
#include "server/api/open_store.h"
#include "server/api/packages.h"
#include "server/api/routes.h"
#include "server/http/server.h"
#include "server/keys/authority.h"
#include "server/keys/key_ring.h"
#include "server/keys/shared_secret.h"
#include "server/nodes/directory_lock.h"
#include "server/nodes/identity.h"
#include "server/packages/package_service.h"

namespace dcount::api {
namespace {

// Of the 10 s that a stop may take; the rest is for closing the store.
constexpr std::chrono::milliseconds drain_time{9000};

// How far the feed of one server of a cluster may be behind another's.
constexpr std::chrono::milliseconds tail_ahead_time{3000};

// Each of the other nodes needs one.
constexpr std::size_t internal_connections_max = 1000;

/// Connections cost descriptors: as many as we may have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

struct Server::Impl {
  Impl(ServerSettings settings, Edges edges)
      : settings(std::move(settings)), edges(std::move(edges)) {}
  ~Impl() {
    if (stop_event >= 0) close(stop_event);
  }

  /// Before anything in the data directory is touched.
  std::string open_identity() {
    auto lock = nodes::DirectoryLock::take(settings.data_directory);
    if (!lock) return lock.error().message;
    directory_lock.emplace(std::move(*lock));
    auto own = nodes::load_identity(settings.data_directory);
    if (!own) return own.error().message;
    identity = std::move(*own);
    return {};
  }

  std::string open_engine() {
    auto store =
        edges.open_store ? edges.open_store(settings, identity) : open_store(settings, identity);
    if (!store) return store.error().message;

    engine::EngineOptions options;
    options.idempotency_records_max = settings.idempotency_records_max;
    options.idempotency_keep_ms = std::chrono::milliseconds(settings.idempotency_time).count();
    tails::TailLimits limits;
    limits.tails_max = settings.tails_max;
    if (settings.store != "rocks") limits.ahead = tail_ahead_time;
    if (edges.change_options) edges.change_options(options, limits);
    engine.emplace(std::move(*store), clock, options);
    engine->on_failure([this] { request_stop(); });
    tails.emplace(*engine, settings.threads, limits);
    if (const auto started = engine->start(); !started) return started.error().message;
    key_ring.emplace(*engine);
    if (!key_ring->look_now()) return "the engine has stopped";
    authority.emplace(*key_ring, keys::Authority::Options{settings.require_key, {}});
    return {};
  }

  /// What an earlier process was sending or receiving when it died is nobody's any more.
  void clear_spool() {
    std::error_code ignored;
    std::filesystem::remove_all(spool_directory, ignored);
    std::filesystem::create_directories(spool_directory, ignored);
  }

  void make_nodes() {
    nodes::NodeServiceOptions options;
    options.name = settings.node;
    options.leases = settings.store != "rocks";
    options.prober.secret = settings.cluster_secret;
    options.on_tick = [this] { key_ring->look(); };
    options.disk_use = [this] { return packages ? disk_use() : core::DiskUse{}; };
    nodes.emplace(*engine, clock, std::move(options));
  }

  std::string open_packages() {
    const std::string& prefix = settings.accel_prefix;
    if (!prefix.empty() && (prefix.front() != '/' || prefix.back() != '/')) {
      return "--accel-prefix begins and ends with '/', as nginx's location does: " + prefix;
    }
    packages::PackageOptions options;
    options.directory = settings.data_directory + "/packages";
    options.node = settings.node;
    options.secret = settings.cluster_secret;
    options.replicas = settings.replicas;
    options.repair.on_mended = [](const packages::RepairReport& report) {
      std::fprintf(stderr, "dcount: packages were not as they should be: %s\n",
                   report.summary().c_str());
    };
    package_settings.bytes_max = std::uint64_t{settings.package_mib_max} << 20;
    options.upload.bytes_max = package_settings.bytes_max;
    if (edges.change_packages) edges.change_packages(options);
    packages.emplace(
        *engine, clock, [this] { return nodes->snapshot(); }, std::move(options), edges.blob_files);
    package_settings.accel_prefix = settings.accel_prefix;
    return packages->open();
  }

  /// What is free in steps, so that not every moment has something new to tell.
  core::DiskUse disk_use() {
    constexpr std::int64_t step = std::int64_t{64} << 20;
    const auto blobs = packages->blobs().figures();
    const auto free = packages->blobs().free_bytes();
    return {.packages = static_cast<std::int64_t>(blobs.blobs),
            .bytes = static_cast<std::int64_t>(blobs.bytes),
            .free_bytes = free ? static_cast<std::int64_t>(*free) / step * step : -1};
  }

  std::string open_internal_http() {
    http::ServerOptions listener;
    listener.host = settings.internal_listen.host;
    listener.port = settings.internal_listen.port;
    listener.spool_directory = spool_directory;
    listener.limits.connections_max = internal_connections_max;
    listener.gate = keys::secret_gate(settings.cluster_secret);
    listener.limits.service_workers = 2;
    auto routes = make_internal_routes(settings.node, DCOUNT_VERSION, clock);
    add_internal_package_routes(routes, *packages, package_settings);
    internal_http.emplace(std::move(listener), std::move(routes));
    std::string wrong = internal_http->start();
    return wrong.empty() ? wrong : "--internal-listen: " + wrong;
  }

  std::string open_http() {
    context.emplace(Context{.engine = *engine,
                            .keys = {settings.idempotency_time, settings.idempotency_records_max},
                            .ids = ids,
                            .count_max = static_cast<std::int64_t>(settings.count_max),
                            .servers = [this] { return nodes->known_count(); },
                            .cors = !settings.cors_origin.empty(),
                            .key_ring = &*key_ring,
                            .dispatchers = {}});
    for (std::size_t i = 0; i < settings.threads; ++i) {
      context->dispatchers.push_back(std::make_unique<Dispatcher>(*engine));
    }
    const OperationsContext operations{.engine = *engine,
                                       .http_statistics = [this] { return http->statistics(); },
                                       .tails = tails->figures(),
                                       .joined = joined,
                                       .draining = draining,
                                       .packages = [this] { return packages->figures(); }};
    http::ServerOptions options;
    options.host = settings.host;
    options.port = settings.port;
    options.loops = settings.threads;
    options.spool_directory = spool_directory;
    options.cors_origin = settings.cors_origin;
    options.gate = authority->gate();
    auto routes = make_routes(*context, operations, *nodes, clock, spool_directory, *tails,
                              {settings.tail_deflate, settings.tail_origins});
    add_package_routes(routes, *context, *packages, package_settings);
    if (edges.change_routes) edges.change_routes(routes);
    http.emplace(std::move(options), std::move(routes));
    return http->start();
  }

  /// Only now there are addresses to tell.
  void join_cluster() {
    packages->start();
    nodes->start(advertised_addresses(settings, http->port(), internal_http->port()),
                 DCOUNT_VERSION);
    joined = true;
  }

  void request_stop() noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(stop_event, &one, sizeof one);
  }

  const ServerSettings settings;
  const Edges edges;
  const std::string spool_directory = settings.data_directory + "/spool";
  const int stop_event = eventfd(0, EFD_CLOEXEC);
  std::atomic<bool> joined = false;
  std::atomic<bool> draining = false;
  const engine::SystemClock system_clock;
  const engine::Clock& clock = edges.clock != nullptr ? *edges.clock : system_clock;
  IdSource ids;
  std::string identity;
  // In the order of their lives: what is below uses what is above.
  std::optional<nodes::DirectoryLock> directory_lock;
  std::optional<keys::KeyRing> key_ring;  // the engine's visits may use it to its end
  std::optional<keys::Authority> authority;
  std::optional<engine::Engine> engine;
  std::optional<tails::Tails> tails;
  std::optional<nodes::NodeService> nodes;
  PackageSettings package_settings;
  std::optional<packages::PackageService> packages;
  std::optional<http::Server> internal_http;
  std::optional<Context> context;
  std::optional<http::Server> http;
};

Server::Server(ServerSettings settings, Edges edges)
    : impl_(std::make_unique<Impl>(std::move(settings), std::move(edges))) {}

Server::~Server() {
  if (impl_->http) impl_->http->drain(std::chrono::milliseconds(0));
  if (impl_->packages) impl_->packages->stop();
  if (impl_->nodes) impl_->nodes->stop();
  if (impl_->engine) impl_->engine->stop();
  // A cut connection may have left Responders here, and they must not outlive the HTTP server.
  impl_->context.reset();
}

std::string Server::start() {
  raise_descriptor_limit();
  if (auto wrong = impl_->open_identity(); !wrong.empty()) return wrong;
  if (auto wrong = impl_->open_engine(); !wrong.empty()) return wrong;
  impl_->clear_spool();
  impl_->make_nodes();
  if (auto wrong = impl_->open_packages(); !wrong.empty()) return wrong;
  if (auto wrong = impl_->open_internal_http(); !wrong.empty()) return wrong;
  if (auto wrong = impl_->open_http(); !wrong.empty()) return wrong;
  impl_->join_cluster();
  return {};
}

std::uint16_t Server::port() const { return impl_->http->port(); }

int Server::wait() {
  std::uint64_t count = 0;
  while (read(impl_->stop_event, &count, sizeof count) < 0 && errno == EINTR) {
  }
  const bool failed = impl_->engine->status() == engine::Engine::Status::failed;
  if (failed) {
    std::fprintf(stderr, "dcount: the store has failed, stopping: %s\n",
                 impl_->engine->failure().c_str());
  }
  impl_->draining = true;
  impl_->http->drain(drain_time);
  impl_->packages->stop();
  impl_->nodes->stop();
  impl_->engine->stop();
  return failed ? 1 : 0;
}

void Server::request_stop() noexcept { impl_->request_stop(); }

}  // namespace dcount::api
