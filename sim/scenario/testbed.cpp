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
  if (options.packages) {
    auto& more = cluster.server.more_options;
    more.insert(more.end(), {"--replicas", std::to_string(replicas_of(options.cluster))});
    cluster.server.environment["DCOUNT_HASTE"] = "1";
  }
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
  Part part;
  if (what == "member") {
    part.kind = Part::Kind::member;
  } else if (what == "mirror") {
    part.kind = Part::Kind::mirror;
  } else if (what != "server") {
    return error("'" + target + "' is no process");
  }
  if (part.kind == Part::Kind::member && which == "leader") {
    auto leader = cluster_.etcd().wait_for_leader(std::chrono::seconds(5));
    if (!leader) return leader.error();
    part.index = *leader;
    return part;
  }
  std::size_t number = 0;
  std::from_chars(which.data(), which.data() + which.size(), number);
  const std::size_t count = part.kind == Part::Kind::server   ? cluster_.servers()
                            : part.kind == Part::Kind::member ? cluster_.etcd().size()
                                                              : mirrors_.size();
  if (number < 1 || number > count) return error("there is no '" + target + "'");
  part.index = number - 1;
  return part;
}

std::string Testbed::name(const Part& part) const {
  switch (part.kind) {
    case Part::Kind::server:
      return cluster_.server(part.index).name();
    case Part::Kind::member:
      return cluster_.etcd().member(part.index).name();
    case Part::Kind::mirror:
      break;
  }
  return mirrors_.at(part.index).name();
}

const Process* Testbed::process(const Part& part) const {
  switch (part.kind) {
    case Part::Kind::server:
      return cluster_.server(part.index).process();
    case Part::Kind::member:
      return cluster_.etcd().member(part.index).process();
    case Part::Kind::mirror:
      break;
  }
  return mirrors_.at(part.index).process();
}

void Testbed::kill(const Part& part) {
  switch (part.kind) {
    case Part::Kind::server:
      return cluster_.server(part.index).kill();
    case Part::Kind::member:
      return cluster_.etcd().kill(part.index);
    case Part::Kind::mirror:
      process(part)->kill();
  }
}

void Testbed::stop(const Part& part) {
  switch (part.kind) {
    case Part::Kind::server:
      cluster_.server(part.index).stop();
      return;
    case Part::Kind::member:
      cluster_.etcd().stop(part.index);
      return;
    case Part::Kind::mirror:
      process(part)->stop(server_stop_time);
  }
}

void Testbed::pause(const Part& part) {
  if (part.kind == Part::Kind::member) return cluster_.etcd().pause(part.index);
  process(part)->pause();
}

void Testbed::resume(const Part& part) {
  if (part.kind == Part::Kind::member) return cluster_.etcd().resume(part.index);
  process(part)->resume();
}

Result<void> Testbed::start_mirror(MirrorSettings settings) {
  settings.directory = options_.directory;
  settings.program = options_.programs.dcount;
  settings.name = "mirror-" + std::to_string(mirrors_.size() + 1);
  mirrors_.emplace_back(std::move(settings));
  return mirrors_.back().launch();
}

bool Testbed::running(const Part& part) const {
  const Process* found = process(part);
  return found != nullptr && found->running();
}

bool Testbed::stopped(const Part& part) const {
  return running(part) && state_of(process(part)->pid()) == 'T';
}

Result<void> Testbed::launch(const Part& part) {
  switch (part.kind) {
    case Part::Kind::server:
      return cluster_.server(part.index).launch();
    case Part::Kind::member:
      return cluster_.etcd().start(part.index);
    case Part::Kind::mirror:
      break;
  }
  return mirrors_.at(part.index).launch();
}

Result<faulty::FaultyState> Testbed::control(std::size_t server, const Json& command) {
  return faulty::ask(socket_of(sockets_, cluster_.server(server).name()), command);
}

Result<void> Testbed::launch_all() {
  for (std::size_t i = 0; i < cluster_.etcd().size(); ++i) {
    if (auto started = launch({Part::Kind::member, i}); !started) return started;
  }
  for (std::size_t i = 0; i < cluster_.servers(); ++i) {
    if (auto started = launch({Part::Kind::server, i}); !started) return started;
  }
  for (MirrorProcess& mirror : mirrors_) {
    if (auto started = mirror.launch(); !started) return started;
  }
  return {};
}

std::string Testbed::stop() {
  std::string wrong;
  for (const MirrorProcess& mirror : mirrors_) mirror.process()->kill();  // it loses nothing
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
  for (const auto& file : std::filesystem::directory_iterator(options_.directory, ignored)) {
    if (file.path().extension() != ".log") continue;  // of mirrors
    std::filesystem::copy_file(file.path(), logs / file.path().filename(),
                               std::filesystem::copy_options::overwrite_existing, ignored);
  }
  std::filesystem::remove_all(options_.directory, ignored);
}

}  // namespace dcount::sim
