#include "tests/cluster/front.h"

#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "tests/cluster/cluster.h"

namespace dcount::test {
namespace {

// One process, in the foreground, with all its files in its directory. Includes are looked for
// beside this file, as in /etc/nginx.
constexpr const char* main_configuration = R"(daemon off;
master_process off;
pid pid;
error_log stderr;
events {}
http {
    access_log off;
    sendfile on;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include conf.d/*.conf;
}
)";

sim::FreePort any_port() {
  auto port = sim::FreePort::any();
  if (!port) throw std::runtime_error(port.error().message);
  return std::move(*port);
}

/// It is in no ordinary user's PATH.
std::string nginx() {
  for (const char* place : {"/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"}) {
    if (std::filesystem::exists(place)) return place;
  }
  throw std::runtime_error("there is no nginx; the Debian package nginx-light has it");
}

}  // namespace

Front::Front(const sim::LocalCluster& servers) : port_(any_port()) {
  write_configuration(servers);
  auto started = sim::Process::start(
      {.program = nginx(),
       .arguments = {"-p", place_.path().string(), "-c", "nginx.conf", "-e", "stderr"},
       .log = place_.path() / "log"});
  if (!started) throw std::runtime_error(started.error().message);
  process_ = std::move(*started);
  const bool listens = eventually([&] {
    if (!process_->running()) throw std::runtime_error("nginx has ended: " + log());
    try {
      RawHttp connection(port());
      return true;
    } catch (const std::system_error&) {
      return false;
    }
  });
  if (!listens) throw std::runtime_error("nginx does not listen: " + log());
}

void Front::write_configuration(const sim::LocalCluster& servers) {
  std::string lines;
  for (std::size_t i = 0; i < servers.servers(); ++i) {
    lines += "server 127.0.0.1:" + std::to_string(servers.server(i).port()) +
             " max_fails=1 fail_timeout=2s;\n";
  }
  place_.write("nginx.conf", main_configuration);
  place_.write("dcount/servers.conf", lines);
  place_.write("dcount/listen.conf", "listen 127.0.0.1:" + std::to_string(port()) + ";\n");
  place_.write("dcount/packages.conf",
               "alias " + (servers.server(0).data() / "packages").string() + "/;\n");
  std::filesystem::create_directory(place_.path() / "conf.d");
  const std::filesystem::path packaged = SOURCE_DIRECTORY "/packaging/nginx";
  std::filesystem::copy_file(packaged / "dcount.conf", place_.path() / "conf.d/dcount.conf");
  std::filesystem::copy_file(packaged / "dcount/downloads.conf",
                             place_.path() / "dcount/downloads.conf");
}

std::string Front::log() const { return sim::end_of_log(place_.path() / "log", 4000); }

}  // namespace dcount::test
