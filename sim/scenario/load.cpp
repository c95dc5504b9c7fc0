#include "sim/scenario/load.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace dcount::sim {
namespace {

using Clock = std::chrono::steady_clock;

/// What is asked when all is healed, and was not answered, is asked again.
constexpr client::Duration late_answer_time{2'000};
constexpr client::Duration late_retry_time{5'000};

/// How long a client of a closed loop waits after an operation that nobody answered.
constexpr std::chrono::milliseconds unanswered_pause{5};

client::Duration milliseconds(double seconds) {
  return client::Duration(static_cast<std::int64_t>(seconds * 1000));
}

}  // namespace

struct Load::Group {
  Workload* workload = nullptr;
  double rate = 0;
  std::int64_t operations = 0;
  std::atomic<std::int64_t> taken = 0;
  Clock::time_point began;
  std::vector<std::unique_ptr<Worker>> workers;
  std::mutex mutex;  // guards nothing: stop wakes those who wait for their time
  std::condition_variable stopped;
};

Load::Load(const std::vector<WorkloadSpec>& specs,
           const std::vector<std::unique_ptr<Workload>>& workloads,
           std::vector<ServerPlace> servers, Recorder& recorder, std::uint64_t seed)
    : specs_(specs),
      workloads_(workloads),
      servers_(std::move(servers)),
      recorder_(recorder),
      random_(seed) {
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    const WorkloadSpec& spec = specs_[i];
    Group& group = *groups_.emplace_back(std::make_unique<Group>());
    group.workload = workloads_[i].get();
    group.rate = *spec.rate;
    group.operations = spec.operations.value_or(std::numeric_limits<std::int64_t>::max());
    for (std::int64_t client = 0; client < *spec.clients; ++client) {
      group.workers.push_back(std::make_unique<Worker>(
          worker_options(spec, *workloads_[i], static_cast<std::size_t>(client)), recorder_));
    }
  }
}

Load::~Load() { stop(); }

WorkerOptions Load::worker_options(const WorkloadSpec& spec, const Workload& workload,
                                   std::size_t client) {
  WorkerOptions options;
  options.number = client;
  options.client.api_key = workload.api_key(client);
  options.process = next_process_++;
  options.seed = random_.next();
  options.client.answer_time = milliseconds(*spec.answer_s);
  options.client.connect_time = options.client.answer_time;
  options.client.retry_time = milliseconds(*spec.retry_s);
  options.client.keyed = *spec.keyed;
  options.client.endpoints.clear();
  if (*spec.reach == Reach::home) {
    const ServerPlace& home = servers_[client % servers_.size()];
    options.client.endpoints.push_back(home.endpoint);
    options.node = home.name;
  } else {
    for (const ServerPlace& server : servers_) {
      options.client.endpoints.push_back(server.endpoint);
    }
    options.client.first_endpoint = client;
    if (servers_.size() == 1) options.node = servers_.front().name;
  }
  return options;
}

void Load::start() {
  for (auto& group : groups_) {
    group->began = Clock::now();
    for (auto& worker : group->workers) {
      ++running_;
      threads_.emplace_back([this, &group = *group, &worker = *worker] {
        run(group, worker);
        --running_;
      });
    }
  }
}

void Load::run(Group& group, Worker& worker) {
  while (!stop_) {
    const std::int64_t number = group.taken++;
    if (number >= group.operations) return;
    if (group.rate > 0) {
      const auto due = group.began +
                       std::chrono::duration_cast<Clock::duration>(
                           std::chrono::duration<double>(static_cast<double>(number) / group.rate));
      std::unique_lock lock(group.mutex);
      if (group.stopped.wait_until(lock, due, [this] { return stop_.load(); })) return;
      const auto late = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - due);
      late_ms_ = std::max<std::int64_t>(late_ms_, late.count());
    }
    group.workload->operate(worker);
    if (group.rate == 0 && !worker.answered()) {  // else a server that is down fills the journal
      std::unique_lock lock(group.mutex);
      group.stopped.wait_for(lock, unanswered_pause, [this] { return stop_.load(); });
    }
  }
}

void Load::stop() {
  stop_ = true;
  for (auto& group : groups_) {
    { const std::lock_guard lock(group->mutex); }
    group->stopped.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

WorkerOptions Load::late_options(const ServerPlace& server) {
  WorkerOptions options;
  options.process = next_process_++;
  options.node = server.name;
  options.client.endpoints = {server.endpoint};
  options.client.answer_time = late_answer_time;
  options.client.retry_time = late_retry_time;
  return options;
}

void Load::operate_each() {
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    if (specs_[i].operations) continue;
    WorkerOptions options = late_options(servers_.front());
    options.seed = random_.next();
    options.client.api_key = workloads_[i]->api_key(options.number);
    Worker worker(std::move(options), recorder_);
    workloads_[i]->operate_each(worker);
  }
}

std::string Load::read_finally(std::chrono::milliseconds at_most) {
  const auto end = Clock::now() + at_most;
  std::string missing;
  for (const ServerPlace& server : servers_) {
    Worker worker(late_options(server), recorder_);
    for (auto& group : groups_) {
      bool read = group->workload->read_finally(worker);
      while (!read && Clock::now() < end) read = group->workload->read_finally(worker);
      if (!read) missing += (missing.empty() ? "" : ", ") + server.name;
    }
  }
  return missing.empty() ? "" : "final reads were not answered by " + missing;
}

}  // namespace dcount::sim
