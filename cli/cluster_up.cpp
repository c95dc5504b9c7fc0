#include "cli/cluster_up.h"

#include <signal.h>

#include <set>
#include <thread>

#include "cli/interruption.h"
#include "sim/cluster_lock.h"
#include "sim/cluster_state.h"
#include "sim/local_cluster.h"
#include "sim/restart_requests.h"

namespace dcount::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t usual_count = 3;
constexpr milliseconds between_looks{50};
constexpr seconds background_start_time{60};
constexpr seconds background_stop_time{30};

/// How many of each there are to be.
struct Counts {
  std::size_t servers = usual_count;
  std::size_t etcd = usual_count;
};

Counts counts_of(const ClusterUpOptions& options) {
  Counts counts;
  if (const auto last = sim::read_state(options.directory)) {
    counts = {last->servers(), last->etcd_members()};
  }
  return {options.servers.value_or(counts.servers), options.etcd.value_or(counts.etcd)};
}

/// What people need to use it; the same for `up` and `up --detach`.
void show(const sim::ClusterState& state, Context& context) {
  if (context.output.json()) {
    context.output.document(sim::to_json(state));
  } else {
    Table table{.columns = {"NAME", "PID", "URL", "LOG"}, .right = {false, true}};
    for (const auto& part : state.parts) {
      table.rows.push_back({part.name, std::to_string(part.process.pid), part.url, part.log});
    }
    context.output.table(table);
    if (const auto urls = state.server_urls(); !urls.empty()) {
      context.output.line("dcount --server " + urls + " counter add views home --create");
      context.output.line("export DCOUNT_SERVER=" + urls);
    }
  }
  (void)context.output.flush();  // whoever waits for it waits at the other end of a pipe
}

/// The loop of a cluster that runs: says who has ended, and starts again what it is asked to.
class Watch {
 public:
  Watch(sim::LocalCluster& cluster, sim::ClusterState state, Context& context)
      : cluster_(cluster),
        state_(std::move(state)),
        requests_(state_.directory),
        context_(context) {}

  void until_interrupted() {
    while (!interrupted()) {
      tell_who_ended();
      for (const auto& name : requests_.open()) restart(name);
      std::this_thread::sleep_for(between_looks);
    }
  }

 private:
  void tell_who_ended() {
    for (const auto& part : cluster_.parts()) {
      const auto how = part.process->exit();
      if (!how || !told_.insert(part.process->pid()).second) continue;
      context_.output.note(part.name + " has ended: " + how->text() +
                           " (log: " + part.log.string() +
                           "); to start it again: dcount cluster restart " + part.name);
    }
  }

  void restart(const std::string& name) {
    const auto restarted = cluster_.restart(name);
    state_ = sim::state_of(cluster_, state_.directory, state_);
    (void)sim::write_state(state_);
    if (restarted) {
      context_.output.note(name + " runs again, as process " +
                           std::to_string(state_.find(name)->process.pid));
    }
    requests_.answer(name, restarted ? "" : restarted.error().message);
  }

  sim::LocalCluster& cluster_;
  sim::ClusterState state_;
  sim::RestartRequests requests_;
  Context& context_;
  std::set<pid_t> told_;
};

ExitCode cannot_lock(const std::string& directory, const std::string& message, Context& context) {
  if (!sim::ClusterLock::holder(directory)) return context.output.fail(ExitCode::error, message);
  return context.output.fail(ExitCode::conflict, message + "; 'dcount cluster down' ends it");
}

ExitCode run_here(const std::string& directory, Counts counts, Context& context) {
  auto lock = sim::ClusterLock::take(directory);
  if (!lock) return cannot_lock(directory, lock.error().message, context);
  sim::RestartRequests(directory).clear();
  // Until all is ready Ctrl-C just ends this process: its children end with it, and nobody has
  // been told of anything yet.
  sim::LocalCluster cluster({.directory = directory,
                             .servers = counts.servers,
                             .etcd = {.members = counts.etcd},
                             .server = {}});
  if (auto started = cluster.start(); !started) {
    return context.output.fail(ExitCode::error, started.error().message);
  }
  const auto state = sim::state_of(cluster, directory);
  const GracefulInterruption graceful;
  if (auto written = sim::write_state(state); !written) {
    return context.output.fail(ExitCode::error, written.error().message);
  }
  show(state, context);
  context.output.note("Ctrl-C stops it; the data stay in " + directory);
  Watch(cluster, state, context).until_interrupted();
  cluster.stop();
  return ExitCode::ok;
}

/// The same command without --detach, as a process that stays when this one ends.
Result<sim::Process> start_in_background(const std::string& directory, Counts counts,
                                         const std::filesystem::path& log) {
  std::error_code error;
  std::filesystem::create_directories(log.parent_path(), error);
  if (!error) std::filesystem::remove(log, error);
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return Error{Certainty::definite, "cannot write " + log.string()};
  return sim::Process::start(
      {.program = self.string(),
       .arguments = {"cluster", "up", "--dir", directory, "--servers",
                     std::to_string(counts.servers), "--etcd", std::to_string(counts.etcd)},
       .log = log,
       .dies_with_parent = false});
}

ExitCode run_detached(const std::string& directory, Counts counts, Context& context) {
  if (const auto holder = sim::ClusterLock::holder(directory)) {
    return cannot_lock(directory, "a cluster runs in " + directory, context);
  }
  const auto log = std::filesystem::path(directory) / "up" / "log";
  auto process = start_in_background(directory, counts, log);
  if (!process) return context.output.fail(ExitCode::error, process.error().message);
  const GracefulInterruption graceful;
  const auto deadline = std::chrono::steady_clock::now() + background_start_time;
  for (;;) {
    const auto state = sim::read_state(directory);
    if (state && state->supervisor.pid == process->pid() && runs(state->supervisor)) {
      process->release();
      show(*state, context);
      if (!context.output.json()) context.output.note("to stop it: dcount cluster down");
      return ExitCode::ok;
    }
    if (process->wait(between_looks)) {
      std::string why = sim::end_of_log(log, 2000);
      if (why.starts_with("dcount: ")) why.erase(0, 8);
      return context.output.fail(ExitCode::error, why);
    }
    const bool late = std::chrono::steady_clock::now() > deadline;
    if (!late && !interrupted()) continue;
    process->stop(background_stop_time);
    if (!late) return ExitCode::interrupted;
    return context.output.fail(ExitCode::error, "not ready in time; see " + log.string());
  }
}

}  // namespace

ExitCode cluster_up(const ClusterUpOptions& options, Context& context) {
  const Counts counts = counts_of(options);
  if (counts.servers + counts.etcd == 0) {
    return context.output.fail(ExitCode::usage, "--servers 0 --etcd 0 is no cluster");
  }
  if (counts.etcd == 0 && counts.servers > 1) {
    return context.output.fail(ExitCode::usage,
                               "servers without etcd know nothing of each other: --etcd 0 is for "
                               "--servers 1");
  }
  return options.detach ? run_detached(options.directory, counts, context)
                        : run_here(options.directory, counts, context);
}

}  // namespace dcount::cli
