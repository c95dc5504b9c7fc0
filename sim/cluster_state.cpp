#include "sim/cluster_state.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

namespace dcount::sim {
namespace {

using Json = nlohmann::ordered_json;

std::filesystem::path state_file(const std::filesystem::path& directory) {
  return directory / "state.json";
}

ClusterState::Part part_from(const Json& json) {
  return {.name = json.at("name"),
          .is_server = json.at("kind") == "server",
          .process = {json.at("pid").get<pid_t>(), json.at("began").get<std::uint64_t>()},
          .url = json.at("url"),
          .log = json.at("log"),
          .directory = json.at("directory")};
}

}  // namespace

std::string ClusterState::server_urls() const {
  std::string urls;
  for (const auto& part : parts) {
    if (part.is_server) urls += (urls.empty() ? "" : ",") + part.url;
  }
  return urls;
}

const ClusterState::Part* ClusterState::find(const std::string& name) const {
  const auto at =
      std::find_if(parts.begin(), parts.end(), [&](const Part& part) { return part.name == name; });
  return at != parts.end() ? &*at : nullptr;
}

std::size_t ClusterState::servers() const {
  return static_cast<std::size_t>(
      std::count_if(parts.begin(), parts.end(), [](const Part& part) { return part.is_server; }));
}

ClusterState state_of(const LocalCluster& cluster, const std::filesystem::path& directory,
                      const ClusterState& before) {
  ClusterState state{.supervisor = identify(::getpid()).value_or(ProcessIdentity{}),
                     .directory = directory.string()};
  for (const auto& part : cluster.parts()) {
    const auto* last = before.find(part.name);
    ProcessIdentity process = last != nullptr ? last->process : ProcessIdentity{};
    // Only of one that runs: the number of another could be somebody else's by now.
    if (part.process != nullptr && part.process->running()) {
      process = identify(part.process->pid()).value_or(process);
    }
    state.parts.push_back({.name = part.name,
                           .is_server = part.is_server,
                           .process = process,
                           .url = part.url,
                           .log = part.log.string(),
                           .directory = part.directory.string()});
  }
  return state;
}

Json to_json(const ClusterState& state) {
  Json parts = Json::array();
  for (const auto& part : state.parts) {
    parts.push_back({{"name", part.name},
                     {"kind", part.is_server ? "server" : "etcd"},
                     {"pid", part.process.pid},
                     {"began", part.process.began},
                     {"url", part.url},
                     {"log", part.log},
                     {"directory", part.directory}});
  }
  return {{"directory", state.directory},
          {"pid", state.supervisor.pid},
          {"began", state.supervisor.began},
          {"server", state.server_urls()},
          {"processes", parts}};
}

Result<void> write_state(const ClusterState& state) {
  const auto file = state_file(state.directory);
  const auto part = file.string() + ".part";
  std::error_code error;
  if (std::ofstream(part) << to_json(state).dump(2) << "\n" << std::flush) {
    std::filesystem::rename(part, file, error);
  } else {
    error = std::make_error_code(std::errc::io_error);
  }
  if (!error) return {};
  return Error{Certainty::definite, "cannot write " + file.string() + ": " + error.message()};
}

std::optional<ClusterState> read_state(const std::filesystem::path& directory) {
  std::ifstream file(state_file(directory));
  const Json json = Json::parse(file, nullptr, false);
  try {
    ClusterState state{
        .supervisor = {json.at("pid").get<pid_t>(), json.at("began").get<std::uint64_t>()},
        .directory = json.at("directory")};
    for (const auto& part : json.at("processes")) state.parts.push_back(part_from(part));
    return state;
  } catch (const Json::exception&) {  // not there, or not ours
    return std::nullopt;
  }
}

}  // namespace dcount::sim
