// `dcount cluster up | status | logs | restart | down`: a cluster on this machine, of real
// processes, for development and for trying what happens when some of them are killed.
//
// The one that runs `up` is the parent of all others, and they end with it. Whoever looks from
// another terminal finds it by the lock in the directory, and the rest in the state beside it.
#include "cli/cluster_command.h"

#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "cli/cluster_status.h"
#include "cli/cluster_up.h"
#include "sim/cluster_lock.h"
#include "sim/cluster_state.h"
#include "sim/restart_requests.h"

namespace dcount::cli {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

constexpr seconds stop_time{60};
constexpr seconds kill_time{10};
constexpr seconds restart_time{40};

/// Where the cluster is; a relative one counts from here, today.
struct Place {
  std::string directory = ".dcount/cluster";
  std::string absolute() const { return fs::absolute(directory).lexically_normal().string(); }
};

struct NamedPart : Place {
  std::string name;
};

struct DownOptions : Place {
  bool remove_data = false;
};

ExitCode nothing_runs(const std::string& directory, Context& context) {
  return context.output.fail(ExitCode::not_found, "no cluster runs in " + directory);
}

/// All that have a log, in the order of their names.
std::vector<std::string> logs_in(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (fs::is_regular_file(entry.path() / "log", ignored)) {
      names.push_back(entry.path().filename());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

ExitCode run_logs(const NamedPart& part, Context& context) {
  const std::string directory = part.absolute();
  std::vector<std::string> names = logs_in(directory);
  if (!part.name.empty()) {
    if (std::find(names.begin(), names.end(), part.name) == names.end()) {
      std::string known;
      for (const auto& name : names) known += (known.empty() ? "; there is " : ", ") + name;
      return context.output.fail(ExitCode::not_found,
                                 "no log of " + part.name + " in " + directory + known);
    }
    names = {part.name};
  }
  for (const auto& name : names) {
    std::ifstream file(fs::path(directory) / name / "log");
    for (std::string line; context.output.good() && std::getline(file, line);) {
      if (context.output.json()) {
        context.output.document({{"name", name}, {"line", line}});
      } else {
        context.output.line(part.name.empty() ? name + " | " + line : line);
      }
    }
  }
  return ExitCode::ok;
}

ExitCode run_restart(const NamedPart& part, Context& context) {
  const std::string directory = part.absolute();
  if (!sim::ClusterLock::holder(directory)) return nothing_runs(directory, context);
  const auto state = sim::read_state(directory);
  if (!state || state->find(part.name) == nullptr) {
    return context.output.fail(ExitCode::not_found, "no process of the cluster is called '" +
                                                        part.name +
                                                        "'; 'dcount cluster status' lists them");
  }
  const auto answer = sim::RestartRequests(directory).ask(part.name, restart_time);
  if (!answer) return context.output.fail(ExitCode::error, answer.error().message);
  const auto now = sim::read_state(directory);
  const auto* started = now ? now->find(part.name) : nullptr;
  const pid_t pid = started != nullptr ? started->process.pid : -1;
  if (context.output.json()) {
    context.output.document({{"name", part.name}, {"pid", pid}});
  } else {
    context.output.line(part.name + " runs again, as process " + std::to_string(pid));
  }
  return ExitCode::ok;
}

/// Ends the one that runs the cluster, and whatever of it should be left.
bool stop_all(const std::string& directory, const sim::ProcessIdentity& holder) {
  sim::send_signal(holder, SIGTERM);
  if (!sim::wait_gone(holder, stop_time)) sim::send_signal(holder, SIGKILL);
  bool stopped = sim::wait_gone(holder, kill_time);
  const auto state = sim::read_state(directory);
  if (!state) return stopped;
  for (const auto& part : state->parts) {
    sim::send_signal(part.process, SIGKILL);
    stopped = sim::wait_gone(part.process, kill_time) && stopped;
  }
  return stopped;
}

/// Only what a cluster has put there: somebody may have said --dir with a directory of theirs.
void remove_cluster(const std::string& directory) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    const std::string name = entry.path().filename();
    const bool part = name.starts_with("etcd-") || name.starts_with("node-");
    if (part || name == "up" || name == "restart" || name.starts_with("state.json")) {
      fs::remove_all(entry.path(), ignored);
    }
  }
  fs::remove(fs::path(directory) / "lock", ignored);
  fs::remove(directory, ignored);  // unless something else is in it
}

ExitCode run_down(const DownOptions& options, Context& context) {
  const std::string directory = options.absolute();
  const auto holder = sim::ClusterLock::holder(directory);
  if (holder && !stop_all(directory, *holder)) {
    return context.output.fail(ExitCode::error,
                               "not everything has stopped; see 'dcount cluster "
                               "status'");
  }
  bool removed = false;
  if (options.remove_data && fs::exists(fs::path(directory) / "lock")) {
    const auto lock = sim::ClusterLock::take(directory);
    if (!lock) return context.output.fail(ExitCode::conflict, lock.error().message);
    remove_cluster(directory);
    removed = true;
  }
  if (context.output.json()) {
    context.output.document(
        {{"directory", directory}, {"stopped", holder.has_value()}, {"data_removed", removed}});
  } else {
    context.output.line((holder ? "stopped" : "no cluster ran in " + directory) +
                        (removed  ? "; the data are removed"
                         : holder ? "; the data stay in " + directory
                                  : ""));
  }
  return ExitCode::ok;
}

void add_place(CLI::App& command, Place& place) {
  command.add_option("--dir", place.directory, "Where the cluster's data, logs and state are")
      ->type_name("DIR")
      ->capture_default_str();
}

void add_up(CLI::App& group, Context& context) {
  struct Arguments : Place {
    ClusterUpOptions up;
  };
  auto [command, arguments] = add_action<Arguments>(
      group, context, "up",
      "Start a cluster here; comes back with its data and ports where one has been",
      {"dcount cluster up", "dcount cluster up --servers 1 --etcd 1 --dir /tmp/small",
       "eval \"$(dcount cluster up --detach | grep ^export)\""},
      [](const Arguments& given, Context& to) {
        ClusterUpOptions up = given.up;
        up.directory = given.absolute();
        return cluster_up(up, to);
      });
  add_place(command, arguments);
  const CLI::Range count(std::size_t{0}, cluster_parts_max);
  command.add_option("--servers", arguments.up.servers, "How many servers [3, or as last time]")
      ->check(count)
      ->type_name("N");
  command
      .add_option("--etcd", arguments.up.etcd,
                  "How many etcd members [3, or as last time]; 0: one server, with rocks")
      ->check(count)
      ->type_name("N");
  command.add_flag("--detach", arguments.up.detach,
                   "Leave it running in the background, once it is ready");
}

}  // namespace

void add_cluster(CLI::App& app, Context& context) {
  CLI::App& group = add_command(app, "cluster", "A cluster on this machine, to develop and to try",
                                {"dcount cluster up", "dcount cluster status"});
  add_up(group, context);

  auto [status, status_place] = add_action<Place>(
      group, context, "status", "What runs, what is ready, who leads", {"dcount cluster status"},
      [](const Place& place, Context& to) { return cluster_status(place.absolute(), to); });
  add_place(status, status_place);

  auto [logs, logs_part] =
      add_action<NamedPart>(group, context, "logs", "What the processes have logged",
                            {"dcount cluster logs", "dcount cluster logs node-2"}, run_logs);
  logs.add_option("name", logs_part.name, "Only of this process");
  add_place(logs, logs_part);

  auto [restart, restart_part] = add_action<NamedPart>(
      group, context, "restart",
      "Start a process again that was killed, or stop and start it: same port, same data",
      {"dcount cluster restart node-2"}, run_restart);
  restart.add_option("name", restart_part.name, "The process")->required()->check(is_given);
  add_place(restart, restart_part);

  auto [down, down_options] = add_action<DownOptions>(
      group, context, "down", "Stop the cluster; its data stay",
      {"dcount cluster down", "dcount cluster down --remove-data"}, run_down);
  down.add_flag("--remove-data", down_options.remove_data, "And remove data, logs and ports");
  add_place(down, down_options);
}

}  // namespace dcount::cli
