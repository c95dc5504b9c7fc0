#include "sim/scenario/testbed.h"

#include <stdlib.h>

#include <charconv>
#include <fstream>

namespace dcount::sim {
namespace {

Error error(std::string message) { return Error{Certainty::definite, std::move(message)}; }

/// A socket's path has 107 bytes at most, so they are not with the data.
std::filesystem::path make_socket_directory() {
  std::string name = (std::filesystem::temp_directory_path() / "dcount-XXXXXX").string();
  return mkdtemp(name.data()) == nullptr ? "" : name;
}

std::string socket_of(const std::filesystem::path& sockets, const std::string& server) {
  return (sockets / server).string();
}

/// The letter of /proc/<pid>/stat: 'T' when it is stopped.
char state_of(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(stat, line);
  const auto end_of_name = line.rfind(')');
  return end_of_name == std::string::npos || end_of_name + 2 >= line.size() ? '?'
                                                                            : line[end_of_name + 2];
}

LocalClusterOptions cluster_options(const TestbedOptions& options, ClusterLinks& links,
                                    const std::filesystem::path& sockets) {
  LocalClusterOptions cluster;
  cluster.directory = options.directory;
  cluster.servers = static_cast<std::size_t>(options.cluster.servers);
  cluster.etcd.members = options.cluster.engine == EngineKind::etcd
                             ? static_cast<std::size_t>(options.cluster.members)
                             : 0;
  cluster.wiring = &links;
  cluster.server.binary = options.faulty ? options.programs.faulty : options.programs.dcount;
  if (options.faulty && cluster.server.binary.empty()) {
    cluster.server.binary = faulty_beside_this_program();
  }
  cluster.server.more_options = options.cluster.server_options;
  if (!options.cluster.plant.empty()) {
    cluster.server.environment["DCOUNT_PLANT"] = options.cluster.plant;
  }
  if (options.faulty) {
    cluster.each_server = [sockets](ServerOptions& server) {
      server.environment["DCOUNT_CONTROL"] = socket_of(sockets, server.name);
    };
  }
  return cluster;
}

}  // namespace

std::filesystem::path faulty_beside_this_program() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / "dcount-faulty";
}

Testbed::Testbed(TestbedOptions options, std::unique_ptr<ClusterLinks> links)
    : options_(std::move(options)),
      sockets_(options_.faulty ? make_socket_directory() : ""),
      links_(std::move(links)),
      cluster_(cluster_options(options_, *links_, sockets_)) {}

Testbed::~Testbed() {
  std::error_code ignored;
  if (!sockets_.empty()) std::filesystem::remove_all(sockets_, ignored);
}

Result<std::unique_ptr<Testbed>> Testbed::start(const TestbedOptions& options) {
  const bool etcd = options.cluster.engine == EngineKind::etcd;
  auto links =
      ClusterLinks::make({.directory = options.directory,
                          .servers = static_cast<std::size_t>(options.cluster.servers),
                          .members = etcd ? static_cast<std::size_t>(options.cluster.members) : 0,
                          .seed = options.seed});
  if (!links) return links.error();
  std::unique_ptr<Testbed> testbed(new Testbed(options, std::move(*links)));
  if (auto started = testbed->cluster_.start(); !started) return started.error();
  const auto urls = testbed->links_->client_urls();
  for (std::size_t i = 0; i < urls.size(); ++i) {
    auto endpoints = client::parse_endpoints(urls[i]);
    if (!endpoints) return error(endpoints.error().detail);
    testbed->servers_.push_back({testbed->cluster_.server(i).name(), endpoints->front()});
  }
  return testbed;
}

Result<Part> Testbed::find(const std::string& target) {
  const auto colon = target.find(':');
  const std::string what = target.substr(0, colon);
  const std::string which = colon == std::string::npos ? "" : target.substr(colon + 1);
  Part part{.is_server = what == "server"};
  if (what != "server" && what != "member") return error("'" + target + "' is no process");
  if (!part.is_server && which == "leader") {
    auto leader = cluster_.etcd().wait_for_leader(std::chrono::seconds(5));
    if (!leader) return leader.error();
    part.index = *leader;
    return part;
  }
  std::size_t number = 0;
  std::from_chars(which.data(), which.data() + which.size(), number);
  const std::size_t count = part.is_server ? cluster_.servers() : cluster_.etcd().size();
  if (number < 1 || number > count) return error("there is no '" + target + "'");
  part.index = number - 1;
  return part;
}

std::string Testbed::name(const Part& part) const {
  return part.is_server ? cluster_.server(part.index).name()
                        : cluster_.etcd().member(part.index).name();
}

const Process* Testbed::process(const Part& part) const {
  return part.is_server ? cluster_.server(part.index).process()
                        : cluster_.etcd().member(part.index).process();
}

bool Testbed::running(const Part& part) const {
  const Process* found = process(part);
  return found != nullptr && found->running();
}

bool Testbed::stopped(const Part& part) const {
  return running(part) && state_of(process(part)->pid()) == 'T';
}

Result<void> Testbed::launch(const Part& part) {
  return part.is_server ? cluster_.server(part.index).launch() : cluster_.etcd().start(part.index);
}

Result<faulty::FaultyState> Testbed::control(std::size_t server, const Json& command) {
  return faulty::ask(socket_of(sockets_, cluster_.server(server).name()), command);
}

Result<void> Testbed::launch_all() {
  for (std::size_t i = 0; i < cluster_.etcd().size(); ++i) {
    if (auto started = launch({.is_server = false, .index = i}); !started) return started;
  }
  for (std::size_t i = 0; i < cluster_.servers(); ++i) {
    if (auto started = launch({.is_server = true, .index = i}); !started) return started;
  }
  return {};
}

std::string Testbed::stop() {
  std::string wrong;
  for (std::size_t i = 0; i < cluster_.servers(); ++i) {
    const auto how = cluster_.server(i).stop();
    if (how && *how != ProcessExit{}) {
      wrong += (wrong.empty() ? "" : ", ") + cluster_.server(i).name() + ": " + how->text();
    }
  }
  // Nobody needs etcd's data any more.
  for (std::size_t i = 0; i < cluster_.etcd().size(); ++i) cluster_.etcd().kill(i);
  return wrong;
}

void Testbed::keep_only_logs(const std::filesystem::path& logs) {
  std::error_code ignored;
  std::filesystem::create_directories(logs, ignored);
  for (const ClusterPart& part : cluster_.parts()) {
    std::filesystem::copy_file(part.log, logs / (part.name + ".log"),
                               std::filesystem::copy_options::overwrite_existing, ignored);
  }
  std::filesystem::remove_all(options_.directory, ignored);
}

}  // namespace dcount::sim
