#include "server/api/server.h"

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "server/api/context.h"
#include "server/api/routes.h"
#include "server/http/server.h"
#include "server/store/rocks_store.h"

namespace dcount::api {
namespace {

// Of the 10 s that a stop may take; the rest is for closing the store.
constexpr std::chrono::milliseconds drain_time{9000};

/// Connections cost descriptors: as many as we may have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

struct Server::Impl {
  explicit Impl(ServerSettings settings) : settings(std::move(settings)) {}
  ~Impl() {
    if (stop_event >= 0) close(stop_event);
  }

  std::string open_engine() {
    store::RocksOptions rocks;
    rocks.directory = settings.data_directory;
    rocks.node = settings.node;
    rocks.write_buffer_bytes = settings.write_buffer_bytes;
    auto store = store::open_rocks_store(rocks);
    if (!store) return store.error().message;

    engine::EngineOptions options;
    options.idempotency_records_max = settings.idempotency_records_max;
    options.idempotency_keep_ms = std::chrono::milliseconds(settings.idempotency_time).count();
    engine.emplace(std::move(*store), clock, options);
    engine->on_failure([this] { request_stop(); });
    if (const auto started = engine->start(); !started) return started.error().message;
    return {};
  }

  std::string open_http() {
    const std::string spool_directory = settings.data_directory + "/spool";
    // What an earlier process was sending or receiving when it died is nobody's any more.
    std::error_code ignored;
    std::filesystem::remove_all(spool_directory, ignored);
    std::filesystem::create_directories(spool_directory, ignored);

    context.emplace(Context{.engine = *engine,
                            .keys = {settings.idempotency_time, settings.idempotency_records_max},
                            .ids = ids,
                            .count_max = static_cast<std::int64_t>(settings.count_max),
                            .cors = !settings.cors_origin.empty(),
                            .dispatchers = {}});
    for (std::size_t i = 0; i < settings.threads; ++i) {
      context->dispatchers.push_back(std::make_unique<Dispatcher>(*engine));
    }
    const OperationsContext operations{*engine, [this] { return http->statistics(); }, draining};
    http::ServerOptions options;
    options.host = settings.host;
    options.port = settings.port;
    options.loops = settings.threads;
    options.spool_directory = spool_directory;
    options.cors_origin = settings.cors_origin;
    http.emplace(std::move(options), make_routes(*context, operations, clock, spool_directory));
    return http->start();
  }

  void request_stop() noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(stop_event, &one, sizeof one);
  }

  const ServerSettings settings;
  const int stop_event = eventfd(0, EFD_CLOEXEC);
  std::atomic<bool> draining = false;
  engine::SystemClock clock;
  IdSource ids;
  // In the order of their lives: what is below uses what is above.
  std::optional<engine::Engine> engine;
  std::optional<Context> context;
  std::optional<http::Server> http;
};

Server::Server(ServerSettings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}

Server::~Server() {
  if (impl_->http) impl_->http->drain(std::chrono::milliseconds(0));
  if (impl_->engine) impl_->engine->stop();
  // A cut connection may have left Responders here, and they must not outlive the HTTP server.
  impl_->context.reset();
}

std::string Server::start() {
  raise_descriptor_limit();
  if (auto wrong = impl_->open_engine(); !wrong.empty()) return wrong;
  return impl_->open_http();
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
  impl_->engine->stop();
  return failed ? 1 : 0;
}

void Server::request_stop() noexcept { impl_->request_stop(); }

}  // namespace dcount::api
