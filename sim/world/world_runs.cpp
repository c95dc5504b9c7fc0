#include "sim/world/world_runs.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>

#include "sim/world/schedule.h"
#include "sim/world/shrink.h"
#include "sim/world/world.h"

namespace dcount::world {
namespace {

using Clock = std::chrono::steady_clock;

thread_local std::uint64_t seed_running = 0;

/// What aborts says no seed: this does.
void on_abort(int) {
  char text[64];
  const int size = std::snprintf(text, sizeof text, "dcount world: aborted in seed %llu\n",
                                 static_cast<unsigned long long>(seed_running));
  if (size > 0) static_cast<void>(!::write(2, text, static_cast<std::size_t>(size)));
}

class TellSeedOnAbort {
 public:
  TellSeedOnAbort() {
    struct sigaction action = {};
    action.sa_handler = on_abort;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(SIGABRT, &action, &before_);
  }
  ~TellSeedOnAbort() { ::sigaction(SIGABRT, &before_, nullptr); }

 private:
  struct sigaction before_ = {};
};

bool is_rocks(const WorldOptions& options, std::uint64_t seed) {
  if (options.engine != Engine::mixed) return options.engine == Engine::rocks;
  return options.rocks_every > 0 && seed % options.rocks_every == 0;
}

bool is_failure(WorldVerdict verdict) {
  return verdict == WorldVerdict::invalid || verdict == WorldVerdict::stuck;
}

Schedule schedule_of(const WorldOptions& options, std::uint64_t seed) {
  seed_running = seed;
  return draw_schedule(seed, is_rocks(options, seed), options.operations);
}

std::string command_for(const WorldOptions& options, std::uint64_t seed, const std::string& keep) {
  std::string command = "dcount sim world --seed " + std::to_string(seed) + " --runs 1";
  if (options.operations != WorldOptions{}.operations) {
    command += " --operations " + std::to_string(options.operations);
  }
  if (options.engine == Engine::etcd) command += " --engine etcd";
  if (options.engine == Engine::rocks) command += " --engine rocks";
  if (options.engine == Engine::mixed && options.rocks_every != WorldOptions{}.rocks_every) {
    command += is_rocks(options, seed) ? " --engine rocks" : " --engine etcd";
  }
  return command + " --keep " + keep + " --trace";
}

class Runs {
 public:
  explicit Runs(const WorldOptions& options) : options_(options) {
    report_.first_seed = options.seed;
  }

  WorldReport run(const std::function<void(const WorldProgress&)>& progress) {
    const TellSeedOnAbort tell;
    const auto began = Clock::now();
    std::size_t threads = options_.threads;
    if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
    threads = std::max<std::size_t>(1, std::min(threads, options_.runs));
    std::vector<std::thread> workers;
    running_ = threads;
    for (std::size_t i = 0; i < threads; ++i) workers.emplace_back([this, began] { work(began); });
    tell_until_done(progress);
    for (std::thread& worker : workers) worker.join();
    report_.seconds = std::chrono::duration<double>(Clock::now() - began).count();
    sort_findings();
    if (failed_) explain(progress);
    return std::move(report_);
  }

 private:
  void tell_until_done(const std::function<void(const WorldProgress&)>& progress) {
    std::unique_lock lock(mutex_);
    while (running_ > 0) {
      wake_.wait_for(lock, std::chrono::milliseconds(100), [this] { return running_ == 0; });
      if (!progress) continue;
      const WorldProgress so_far{report_.runs, failures_, false};
      lock.unlock();
      progress(so_far);
      lock.lock();
    }
  }

  void sort_findings() {
    auto& findings = report_.findings;
    std::ranges::sort(findings, {}, [](const WorldFinding& one) {
      return std::pair(!is_failure(one.verdict), one.seed);
    });
    if (findings.size() > world_findings_max) findings.resize(world_findings_max);
  }

  void work(Clock::time_point began) {
    while (true) {
      if (options_.time_max.count() > 0 && Clock::now() - began >= options_.time_max) break;
      if (found_ && !options_.go_on) break;
      const std::size_t number = next_++;
      if (number >= options_.runs) break;
      one(options_.seed + number);
    }
    const std::lock_guard lock(mutex_);
    if (--running_ == 0) wake_.notify_all();
  }

  void one(std::uint64_t seed) {
    Schedule schedule = schedule_of(options_, seed);
    if (!options_.keep.empty()) {
      schedule = only(schedule, parse_keep(options_.keep, schedule.events.size()));
    }
    const bool trace = options_.trace && seed == options_.seed;
    RunResult result = run_schedule(schedule, options_, trace);
    const std::lock_guard lock(mutex_);
    ++report_.runs;
    ++report_.verdicts[result.verdict];
    report_.operations += result.operations.all;
    report_.operations_ok += result.operations.ok;
    report_.operations_unknown += result.operations.unknown;
    report_.virtual_seconds += static_cast<double>(result.virtual_time) / second;
    for (const auto& [kind, count] : result.faults) {
      report_.faults[kind].begun += count.begun;
      report_.faults[kind].effects += count.effects;
    }
    if (trace) report_.trace = std::move(result.trace);
    if (result.verdict != WorldVerdict::valid) {
      report_.findings.push_back({seed, result.verdict, result.judge, result.witness});
    }
    if (!is_failure(result.verdict)) return;
    ++failures_;
    found_ = true;
    if (failed_ && failed_->first <= seed) return;
    failed_ = {seed, std::move(result)};
  }

  /// The failure of the smallest seed, with as little around it as can be.
  void explain(const std::function<void(const WorldProgress&)>& progress) {
    const std::uint64_t seed = failed_->first;
    const Schedule whole = schedule_of(options_, seed);
    std::vector<std::size_t> places = parse_keep(options_.keep, whole.events.size());
    const auto run = [&](const std::vector<std::size_t>& some, bool trace) {
      return run_schedule(only(whole, some), options_, trace);
    };
    const WorldVerdict verdict = failed_->second.verdict;
    if (options_.shrink) {
      places = shrink(std::move(places), options_.shrink_runs_max, [&](const auto& fewer) {
        if (progress) progress({report_.runs, failures_, true});
        return run(fewer, false).verdict == verdict;
      });
    }
    const RunResult least = run(places, true);
    WorldFailure failure;
    failure.seed = seed;
    failure.verdict = least.verdict;
    failure.judge = least.judge;
    failure.witness = least.witness;
    failure.trace = least.trace;
    failure.events_drawn = whole.events.size();
    failure.events_left = places.size();
    failure.keep = to_keep(places);
    for (const std::size_t place : places) {
      failure.schedule.push_back(to_text(whole.events[place], whole));
    }
    failure.reproduce = command_for(options_, seed, failure.keep);
    report_.first_failure = std::move(failure);
  }

  const WorldOptions& options_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> found_ = false;
  std::mutex mutex_;  // guards all below
  std::condition_variable wake_;
  std::size_t running_ = 0;
  std::size_t failures_ = 0;
  std::optional<std::pair<std::uint64_t, RunResult>> failed_;
  WorldReport report_;
};

}  // namespace

const char* to_string(WorldVerdict verdict) {
  switch (verdict) {
    case WorldVerdict::valid:
      return "valid";
    case WorldVerdict::unknown:
      return "unknown";
    case WorldVerdict::invalid:
      return "invalid";
    case WorldVerdict::stuck:
      return "stuck";
  }
  return "";
}

WorldReport run_worlds(const WorldOptions& options,
                       const std::function<void(const WorldProgress&)>& progress) {
  return Runs(options).run(progress);
}

int exit_code(const WorldReport& report) {
  if (report.first_failure) return 1;
  return report.verdicts.contains(WorldVerdict::valid) ? 0 : 2;
}

}  // namespace dcount::world
