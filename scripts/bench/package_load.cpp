// The load of scripts/bench-packages. Prints one line of JSON. The API key is in DCOUNT_API_KEY.
//
//   download  clients that fetch one path again and again (package_download.h)
//   upload    clients that send one archive again and again (package_upload.h)
//   disk      the same bytes written durably, without a server (package_upload.h)
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>

#include "package_download.h"
#include "package_upload.h"

namespace dcount::bench_packages {
namespace {

using Json = nlohmann::ordered_json;

std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  if (text.str().empty()) throw std::runtime_error("cannot be read, or empty: " + path);
  return text.str();
}

Json to_json(const Downloaded& done) {
  return {{"bytes", done.bytes},  {"files", done.files},     {"least", done.least},
          {"most", done.most},    {"seconds", done.seconds}, {"cpu_seconds", done.cpu_seconds},
          {"errors", done.errors}};
}

Json to_json(const Uploaded& done) {
  const auto at = [&](std::size_t percent) {
    return done.each_ms.empty() ? 0 : done.each_ms[done.each_ms.size() * percent / 100];
  };
  return {{"done", done.done},
          {"seconds", done.seconds},
          {"p50_ms", at(50)},
          {"p99_ms", at(99)},
          {"errors", done.errors}};
}

struct Command {
  DownloadOptions download;
  UploadOptions upload;
  std::string file;
  std::string directory;
};

void add_options(CLI::App& app, Command& command) {
  auto* download = app.add_subcommand("download", "Fetch one path again and again");
  download->add_option("--port", command.download.port, "Of 127.0.0.1")->required();
  download->add_option("--path", command.download.path, "What to fetch")->required();
  download->add_option("--connections", command.download.connections, "Clients")
      ->check(CLI::Range(1, 10'000));
  download->add_option("--seconds", command.download.seconds, "How long");
  auto* upload = app.add_subcommand("upload", "Send one archive again and again");
  upload->add_option("--port", command.upload.port, "Of 127.0.0.1")->required();
  auto* disk = app.add_subcommand("disk", "Write the same bytes durably, without a server");
  disk->add_option("--directory", command.directory, "Where")->required();
  for (auto* each : {upload, disk}) {
    each->add_option("--file", command.file, "What to send, or write")->required();
    each->add_option("--connections", command.upload.connections, "Clients, or writers")
        ->check(CLI::Range(1, 1000));
    each->add_option("--count", command.upload.count, "How often in all");
  }
  app.require_subcommand(1);
}

Json run(const CLI::App& app, Command& command) {
  const char* key = std::getenv("DCOUNT_API_KEY");
  command.download.key = command.upload.key = key != nullptr ? key : "";
  if (app.got_subcommand("download")) return to_json(download(command.download));
  command.upload.archive = read_file(command.file);
  if (app.got_subcommand("upload")) return to_json(upload(command.upload));
  return to_json(write_plainly(command.directory, command.upload.archive,
                               command.upload.connections, command.upload.count));
}

}  // namespace
}  // namespace dcount::bench_packages

int main(int argc, char** argv) {
  using namespace dcount::bench_packages;
  CLI::App app("Loads a package service");
  Command command;
  add_options(app, command);
  CLI11_PARSE(app, argc, argv);
  try {
    const Json done = run(app, command);
    std::puts(done.dump().c_str());
    return done["errors"].empty() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "package_load: %s\n", error.what());
    return 1;
  }
}
