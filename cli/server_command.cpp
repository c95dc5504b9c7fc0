// `dcount server`: runs a server in this process until it is told to stop.
#include "cli/server_command.h"

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>

#include "cli/interruption.h"
#include "server/api/access.h"
#include "server/api/advertised.h"
#include "server/api/open_store.h"
#include "server/api/server.h"
#include "server/core/names.h"
#include "server/core/sequence_commands.h"

namespace dcount::cli {
namespace {

struct ServerOptions {
  std::string listen = "127.0.0.1:8080";
  std::string node;
  std::string internal_listen = "127.0.0.1:0";
  std::string advertise;
  std::string advertise_internal;
  std::int64_t idempotency_hours = 24;
  std::size_t write_buffer_mb = 64;
  std::string cluster_secret_file;
  std::string etcd_password_file;
  api::ServerSettings settings;
};

struct Listen {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
};

/// "host:port", "[address]:port", "host", or "port" alone; nothing when it is none of them. What is
/// left out is as in `listen`.
std::optional<Listen> parse_listen(std::string_view text, Listen listen = {}) {
  std::string_view port;
  auto colon = text.rfind(':');
  bool digits_only = text.find_first_not_of("0123456789") == std::string_view::npos;
  if (text.starts_with('[')) {
    auto close = text.find("]");
    if (close == std::string_view::npos) return std::nullopt;
    listen.host = text.substr(1, close - 1);
    if (close + 1 < text.size()) {
      if (text[close + 1] != ':') return std::nullopt;
      port = text.substr(close + 2);
      if (port.empty()) return std::nullopt;
    }
  } else if (digits_only) {
    port = text;
  } else if (colon != std::string_view::npos) {
    listen.host = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (port.empty() || listen.host.find(':') != std::string::npos) return std::nullopt;
  } else {
    listen.host = text;
  }
  if (listen.host.empty() || text.empty()) return std::nullopt;
  if (port.empty()) return listen;
  auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), listen.port);
  if (error != std::errc() || end != port.data() + port.size()) return std::nullopt;
  return listen;
}

const CLI::Validator is_listen(
    [](std::string& text) {
      return parse_listen(text) ? std::string() : "'" + text + "' is not HOST:PORT";
    },
    "");

/// Somebody else is to find it: a host, and no port 0.
std::optional<Listen> parse_advertised(std::string_view text) {
  constexpr std::uint16_t as_bound = 0;
  if (text.find_first_not_of("0123456789") == std::string_view::npos) return std::nullopt;
  auto place = parse_listen(text, {"", as_bound});
  const bool port_zero = place && place->port == 0 && text.ends_with('0') && text != place->host;
  const bool printed = text.find_first_of(" \t\r\n") == std::string_view::npos;
  return printed && !port_zero ? place : std::nullopt;
}

const CLI::Validator is_advertised(
    [](std::string& text) {
      return text.empty() || parse_advertised(text) ? std::string()
                                                    : "'" + text + "' is not HOST[:PORT]";
    },
    "");

const CLI::Validator is_node(
    [](std::string& text) {
      return core::is_node_name(text)
                 ? std::string()
                 : "'" + text + "' is not a node's name: 1 to 64 of A-Z a-z 0-9 . _ -";
    },
    "");

const CLI::Validator is_max_count(
    [](std::string& text) {
      constexpr std::int64_t most = core::draw_count_max;
      std::int64_t count = -1;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
      const bool whole = error == std::errc() && end == text.data() + text.size();
      if (whole && count >= 0 && count <= most) return std::string();
      return "'" + text + "' is not a number from 0 to " + std::to_string(most) +
             " (0: the default)";
    },
    "");

std::string default_data_directory() {
  auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value != nullptr ? value : "");
  };
  if (auto state = variable("XDG_STATE_HOME"); !state.empty()) return state + "/dcount";
  if (auto home = variable("HOME"); !home.empty()) return home + "/.local/state/dcount";
  return "";
}

api::Edges edges;

// For the signal handler, which can have no other way to it.
std::atomic<api::Server*> running{nullptr};

void stop_running() {
  if (api::Server* server = running.load()) server->request_stop();
}

void announce(Context& context, const api::ServerSettings& settings, std::uint16_t port) {
  client::Endpoint endpoint{settings.host, port};
  if (context.output.json()) {
    context.output.document(
        {{"ready", true}, {"url", endpoint.url()}, {"data", settings.data_directory}});
  } else {
    context.output.line("dcount is ready on " + endpoint.url() + " (data in " +
                        settings.data_directory + ")");
  }
  // Whoever waits for this line waits at the other end of a pipe.
  (void)context.output.flush();
}

/// Says what is wrong, for people, or "".
std::string read_secret_of_cluster(ServerOptions& options) {
  if (options.cluster_secret_file.empty()) return "";
  auto secret = api::read_cluster_secret(options.cluster_secret_file);
  if (!secret) return secret.error().message;
  options.settings.cluster_secret = *std::move(secret);
  return "";
}

/// What is asked for and cannot be, for people, or "".
std::string complete(ServerOptions& options) {
  Listen listen = parse_listen(options.listen).value_or(Listen{});
  api::ServerSettings& settings = options.settings;
  settings.host = listen.host;
  settings.port = listen.port;
  const auto place = [](const std::optional<Listen>& parsed) {
    return parsed ? api::Place{parsed->host, parsed->port} : api::Place{};
  };
  settings.internal_listen = place(parse_listen(options.internal_listen, {"127.0.0.1", 0}));
  settings.advertise = place(parse_advertised(options.advertise));
  settings.advertise_internal = place(parse_advertised(options.advertise_internal));
  settings.node = options.node;
  if (settings.node.empty()) {
    settings.node = settings.store == "rocks" ? "local" : api::host_node_name();
  }
  settings.idempotency_time = std::chrono::hours(options.idempotency_hours);
  settings.write_buffer_bytes = options.write_buffer_mb << 20;
  if (settings.count_max == 0) settings.count_max = api::ServerSettings{}.count_max;
  if (settings.data_directory.empty()) settings.data_directory = default_data_directory();
  if (settings.data_directory.empty()) {
    return "no directory for the data: say --data DIR (HOME and XDG_STATE_HOME are not set)";
  }
  if (auto wrong = api::wrong_with_store(settings); !wrong.empty()) return wrong;
  if (auto wrong = read_etcd_password(options.etcd_password_file, settings.etcd.password);
      !wrong.empty()) {
    return wrong;
  }
  if (auto wrong = read_secret_of_cluster(options); !wrong.empty()) return wrong;
  return api::wrong_with_access(settings);
}

ExitCode run_server(ServerOptions& options, Context& context) {
  if (auto wrong = complete(options); !wrong.empty()) {
    return context.output.fail(ExitCode::usage, wrong);
  }
  api::Server server(options.settings, edges);
  running = &server;
  ExitCode code = ExitCode::ok;
  {
    GracefulInterruption graceful(stop_running);
    if (auto wrong = server.start(); !wrong.empty()) {
      code = context.output.fail(ExitCode::error, wrong);
    } else {
      announce(context, options.settings, server.port());
      if (server.wait() != 0) {
        code = context.output.fail(ExitCode::error,
                                   "the store has failed; what was acknowledged "
                                   "is safe, start again to find out why");
      }
    }
  }
  running = nullptr;
  return code;
}

/// An option whose variable is named after it.
CLI::Option* add_text(CLI::App& command, Context& context, const char* name, std::string& into,
                      const char* help) {
  CLI::Option* option = command.add_option(name, into, help);
  context.settings.add(command, option, {});
  return option;
}

void add_node_options(CLI::App& command, Context& context, ServerOptions& options) {
  const auto setting = [&](const char* name, std::string& into, const char* help) {
    return add_text(command, context, name, into, help);
  };
  setting("--node", options.node, "This server's name [local; with etcd the machine's name]")
      ->check(is_node)
      ->type_name("NAME");
  setting("--internal-listen", options.internal_listen,
          "Where to listen for the other nodes; port 0: a free one")
      ->check(is_listen)
      ->type_name("HOST:PORT")
      ->capture_default_str();
  setting("--advertise", options.advertise, "Where clients reach this server [as --listen]")
      ->check(is_advertised)
      ->type_name("HOST[:PORT]");
  setting("--advertise-internal", options.advertise_internal,
          "Where the other nodes reach it [as --internal-listen]")
      ->check(is_advertised)
      ->type_name("HOST[:PORT]");
}

/// Who may come in.
void add_access_options(CLI::App& command, Context& context, ServerOptions& options) {
  const auto flag = [&](const char* name, bool& into, const char* help) {
    context.settings.add(command, command.add_flag(name, into, help), {});
  };
  flag("--require-key", options.settings.require_key,
       "Answer nobody without an API key, but for /health, /livez and /readyz");
  flag("--insecure", options.settings.insecure,
       "Allow to listen beyond this machine without keys, and for other nodes without a secret");
  add_text(command, context, "--cluster-secret-file", options.cluster_secret_file,
           "A file with the secret by which the nodes of a cluster let each other in")
      ->type_name("FILE");
}

}  // namespace

void add_etcd_options(CLI::App& command, Context& context, api::EtcdSettings& etcd,
                      std::string& password_file) {
  const auto file = [&](const char* name, std::string& into, const char* help) {
    add_text(command, context, name, into, help)->type_name("FILE");
  };
  file("--etcd-ca", etcd.ca_file, "Certificates of who vouches for etcd [the system's]");
  file("--etcd-cert", etcd.certificate_file, "This server's certificate for etcd");
  file("--etcd-key", etcd.key_file, "The certificate's private key");
  add_text(command, context, "--etcd-user", etcd.user, "The user that etcd knows us as");
  file("--etcd-password-file", password_file, "That user's password [DCOUNT_ETCD_PASSWORD]");
}

std::string read_etcd_password(const std::string& password_file, std::string& password) {
  if (!password_file.empty()) {
    std::ifstream file(password_file);
    if (!std::getline(file, password)) return "no password can be read from " + password_file;
  } else if (const char* variable = std::getenv("DCOUNT_ETCD_PASSWORD")) {
    password = variable;
  }
  return "";
}

namespace {

/// What becomes of packages.
void add_packages(CLI::App& command, Context& context, api::ServerSettings& settings) {
  const auto setting = [&](CLI::Option* option) { context.settings.add(command, option, {}); };
  setting(command
              .add_option("--replicas", settings.replicas,
                          "Nodes that a package is on, as long as there are so many")
              ->check(CLI::Range(std::size_t{1}, std::size_t{16}))
              ->capture_default_str());
  setting(command
              .add_option("--package-mb", settings.package_mib_max,
                          "The longest package that is taken, in MiB")
              ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 20))
              ->capture_default_str());
  setting(command
              .add_option("--accel-prefix", settings.accel_prefix,
                          "Have nginx send packages: the location that is <data>/packages/ there")
              ->type_name("/PATH/"));
}

}  // namespace

void serve_with(api::Edges given) { edges = std::move(given); }

void add_server(CLI::App& app, Context& context) {
  auto options = std::make_shared<ServerOptions>();
  CLI::App& command =
      add_command(app, "server", "Run a server",
                  {"dcount server", "dcount server --listen 127.0.0.1:9000 --data ./counters",
                   "DCOUNT_LISTEN=127.0.0.1:9000 dcount server"});
  auto setting = [&](CLI::Option* option, std::vector<std::string> variables = {}) {
    context.settings.add(command, option, std::move(variables));
    return option;
  };
  api::ServerSettings& settings = options->settings;
  setting(command.add_option("--listen", options->listen, "Where to listen; port 0: a free one")
              ->check(is_listen)
              ->type_name("HOST:PORT")
              ->capture_default_str(),
          {"HTTP_PORT"});
  setting(command
              .add_option("--data", settings.data_directory,
                          "Directory of the data [$XDG_STATE_HOME/dcount]")
              ->type_name("DIR"));
  setting(command
              .add_option("--store", settings.store,
                          "Where the data is kept: rocks, the embedded engine, or the etcd of a "
                          "cluster, etcd://host:port[,host:port…][/prefix] (etcds:// for TLS)")
              ->capture_default_str());
  add_etcd_options(command, context, settings.etcd, options->etcd_password_file);
  add_node_options(command, context, *options);
  setting(command.add_option("--threads", settings.threads, "Threads that speak HTTP")
              ->check(CLI::Range(1, 256))
              ->capture_default_str());
  setting(command
              .add_option("--idempotency-records", settings.idempotency_records_max,
                          "How many Idempotency-Keys to remember at most")
              ->check(CLI::Range(std::size_t{0}, std::size_t{1'000'000'000}))
              ->capture_default_str());
  setting(command
              .add_option("--idempotency-hours", options->idempotency_hours,
                          "How long to remember them")
              ->check(CLI::Range(1, 24 * 366))
              ->capture_default_str());
  setting(command
              .add_option("--write-buffer-mb", options->write_buffer_mb,
                          "Memory for what is not yet in sorted files")
              ->check(CLI::Range(1, 4096))
              ->capture_default_str());
  setting(command
              .add_option("--max-count", settings.count_max,
                          "How many numbers of a sequence one call may draw; 0: the default")
              ->check(is_max_count)
              ->capture_default_str(),
          {"PEZ_MAX_COUNT"});
  add_access_options(command, context, *options);
  setting(command
              .add_option("--cors-origin", settings.cors_origin,
                          "Answer browsers from this origin (CORS is off otherwise)")
              ->type_name("ORIGIN"));
  setting(command
              .add_option("--tail-origin", settings.tail_origins,
                          "Let only pages from this origin open a WebSocket (again for more)")
              ->allow_extra_args(false)
              ->type_name("ORIGIN"));
  setting(command.add_flag("--tail-deflate", settings.tail_deflate,
                           "Compress WebSockets that ask for it: costs memory for each"));
  setting(command.add_option("--tails-max", settings.tails_max, "Tails that may be open at once")
              ->check(CLI::Range(std::size_t{0}, std::size_t{10'000'000}))
              ->capture_default_str());
  add_packages(command, context, settings);
  on_run(command, context, [options, &context] { return run_server(*options, context); });
}

}  // namespace dcount::cli
