#include "server/nodes/prober.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace dcount::nodes {
namespace {

constexpr std::size_t answer_bytes_max = 4096;

std::string host_of(const Peer& peer) { return split_address(peer.internal).host; }
int port_of(const Peer& peer) { return split_address(peer.internal).port; }

}  // namespace

HostAndPort split_address(const std::string& address) {
  const auto colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
  return {host, std::atoi(port.c_str())};
}

Prober::Target::Target(Peer whom, const ProberOptions& options)
    : peer(std::move(whom)), client(host_of(peer), port_of(peer)), due(Steady::now()) {
  httplib::Headers headers;
  if (!options.node.empty()) headers.emplace("X-Dcount-From", options.node);
  if (!options.secret.empty()) headers.emplace("Authorization", "Bearer " + options.secret);
  client.set_default_headers(std::move(headers));
  client.set_keep_alive(true);
  client.set_tcp_nodelay(true);
  client.set_connection_timeout(options.connect_time);
  client.set_read_timeout(options.read_time);
  client.set_write_timeout(options.read_time);
}

Prober::Prober(const engine::Clock& clock, Tell tell, ProberOptions options)
    : clock_(clock), tell_(std::move(tell)), options_(options) {}

Prober::~Prober() { stop(); }

void Prober::set_peers(const std::vector<Peer>& peers) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  std::erase_if(targets_, [&](const auto& target) {
    if (std::ranges::count(peers, target->peer) > 0) return false;
    target->wanted = false;
    if (target->busy) target->client.stop();
    return true;
  });
  for (const Peer& peer : peers) {
    const auto is_same = [&](const auto& target) { return target->peer == peer; };
    if (std::ranges::none_of(targets_, is_same)) {
      targets_.push_back(std::make_shared<Target>(peer, options_));
    }
  }
  while (threads_.size() < std::min(targets_.size(), options_.threads_max)) {
    threads_.emplace_back([this] { work(); });
  }
  wake_.notify_all();
}

void Prober::stop() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& target : targets_) {
      target->wanted = false;
      if (target->busy) target->client.stop();
    }
    threads.swap(threads_);
    wake_.notify_all();
  }
  for (std::thread& thread : threads) thread.join();
}

void Prober::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    std::shared_ptr<Target> next;
    for (const auto& target : targets_) {
      if (!target->busy && (next == nullptr || target->due < next->due)) next = target;
    }
    if (next == nullptr) {
      wake_.wait(lock);
      continue;
    }
    if (next->due > Steady::now()) {
      const auto due = next->due;  // a copy: the target may go while we wait
      wake_.wait_until(lock, due);
      continue;
    }
    next->busy = true;
    next->due = Steady::now() + options_.interval;
    lock.unlock();
    const Probe probe = ask(*next);
    lock.lock();
    const bool wanted = next->wanted;
    lock.unlock();
    if (wanted) tell_(probe);
    lock.lock();
    next->busy = false;
    wake_.notify_one();  // whoever waits knows nothing of this one's time
  }
}

Probe Prober::ask(Target& target) {
  Probe probe;
  probe.peer = target.peer;
  std::string body;
  const auto deadline = Steady::now() + options_.connect_time + options_.read_time;
  const std::int64_t sent_ms = clock_.now().unix_ms;
  const auto answer = target.client.Get("/capi/ping", [&](const char* bytes, std::size_t count) {
    body.append(bytes, count);
    return body.size() <= answer_bytes_max && Steady::now() < deadline;
  });
  const std::int64_t received_ms = clock_.now().unix_ms;
  if (!answer || answer->status != 200) return probe;
  const auto told = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!told.is_object() || !told.contains("node") || told["node"] != target.peer.name ||
      !told.contains("unix_ms") || !told["unix_ms"].is_number_integer()) {
    return probe;  // another process has the address now
  }
  probe.answered = true;
  probe.clock = clock_offset(sent_ms, received_ms, told["unix_ms"].get<std::int64_t>());
  return probe;
}

}  // namespace dcount::nodes
