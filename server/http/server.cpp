// Puts the pieces together, see server.h.
#include "server/http/server.h"

#include <atomic>
#include <thread>
#include <vector>

#include "server/http/acceptor.h"
#include "server/http/connection_set.h"
#include "server/http/event_loop.h"
#include "server/http/service_lane.h"

namespace dcount::http {
namespace {

std::string make_cors_fields(const std::string& origin) {
  if (origin.empty()) return {};
  return "Access-Control-Allow-Origin: " + origin +
         "\r\nAccess-Control-Expose-Headers: ETag, Location, X-Request-Id, Retry-After, "
         "Idempotent-Replayed, Idempotency-Window\r\nVary: Origin\r\n";
}

}  // namespace

struct Server::Impl {
  Impl(ServerOptions given, RouteTable given_routes);
  ~Impl();

  void deal(ConnectionSet::Arrival arrival);
  void drain(std::chrono::milliseconds patience);

  const ServerOptions options;
  const RouteTable routes;
  const std::string cors_fields;
  ConnectionTotals totals;
  ServiceLane services;
  Spooler spooler;
  std::vector<std::unique_ptr<EventLoop>> loops;
  std::vector<std::unique_ptr<ConnectionSet>> sets;
  std::unique_ptr<Acceptor> acceptor;
  std::size_t next_set = 0;
  std::vector<std::thread> threads;
};

Server::Impl::Impl(ServerOptions given, RouteTable given_routes)
    : options(std::move(given)),
      routes(std::move(given_routes)),
      cors_fields(make_cors_fields(options.cors_origin)),
      services(options.limits) {
  for (std::size_t i = 0; i < std::max<std::size_t>(options.loops, 1); ++i) {
    loops.push_back(std::make_unique<EventLoop>(i));
    sets.push_back(std::make_unique<ConnectionSet>(*loops[i], routes, options.limits, services,
                                                   spooler, options.spool_directory, cors_fields,
                                                   options.gate, totals));
  }
  acceptor = std::make_unique<Acceptor>(
      *loops[0], options.limits, totals,
      [this](ConnectionSet::Arrival arrival) { deal(std::move(arrival)); });
}

Server::Impl::~Impl() {
  drain(std::chrono::milliseconds(0));
  services.stop();
  spooler.stop();
}

void Server::Impl::deal(ConnectionSet::Arrival arrival) {
  const std::size_t index = next_set++ % sets.size();
  if (index == 0) return sets[0]->adopt(std::move(arrival));  // the acceptor's own loop
  auto shared = std::make_shared<ConnectionSet::Arrival>(std::move(arrival));
  loops[index]->post([set = sets[index].get(), shared] { set->adopt(std::move(*shared)); });
}

void Server::Impl::drain(std::chrono::milliseconds patience) {
  if (threads.empty()) return;
  // The other loops' turn comes after the last connection was dealt to them.
  loops[0]->post([this] {
    acceptor->close();
    for (std::size_t i = 0; i < loops.size(); ++i)
      loops[i]->post([set = sets[i].get()] { set->drain(); });
  });
  totals.wait_until_none(patience);
  for (std::size_t i = 0; i < loops.size(); ++i)
    loops[i]->post([this, i] {
      if (i == 0) acceptor->close();
      sets[i]->cut();
      loops[i]->impl().stop();
    });
  for (std::thread& thread : threads) thread.join();
  threads.clear();
}

Server::Server(ServerOptions options, RouteTable routes)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(routes))) {}
Server::~Server() = default;

std::string Server::start() {
  Impl& it = *impl_;
  if (std::string error = it.acceptor->listen(it.options.host, it.options.port); !error.empty())
    return error;
  it.services.start();
  it.spooler.start();
  for (std::size_t i = 0; i < it.loops.size(); ++i) {
    it.loops[i]->post([&it, i] {
      it.sets[i]->start();
      if (i == 0) it.acceptor->start();
    });
    it.threads.emplace_back([&it, i] { it.loops[i]->impl().run(); });
  }
  return {};
}

std::uint16_t Server::port() const { return impl_->acceptor->port(); }
std::size_t Server::loops() const { return impl_->loops.size(); }

void Server::drain(std::chrono::milliseconds patience) { impl_->drain(patience); }

Statistics Server::statistics() const {
  Statistics sum;
  for (const Route& route : impl_->routes.routes()) {
    RouteStatistics statistics;
    statistics.method = route.method;
    statistics.pattern = route.pattern;
    sum.routes.push_back(std::move(statistics));
  }
  for (const auto& set : impl_->sets) set->counters.add_to(sum);
  sum.connections_open = impl_->totals.open.load();
  sum.connections_accepted = impl_->totals.accepted.load();
  sum.connections_refused = impl_->totals.refused.load();
  return sum;
}

}  // namespace dcount::http
