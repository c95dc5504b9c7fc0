// The peer "etcd" of scripts/bench-cluster: counting with etcd alone, over the JSON gateway, as
// well as plain clients can do it. One thread with epoll drives all connections, kept open and
// spread over the members; each has one request in flight.
//
//   cas  all clients increment one key, each in a loop of its own: a transaction that puts n + 1 if
//        the key's revision is the one last seen, and that reads the key if it is not, so that a
//        lost race costs one request and not two
//   put  an increment is one put of one of --keys keys, without any guard: what etcd does at most
//   txn  like cas, but each client has its own key, and never loses: the latency of one guarded
//        commit
//
// At the end the versions of all keys must add up to what was acknowledged; with cas the value too.
#include <httplib.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cli/bench_answer.h"
#include "cli/bench_histogram.h"
#include "cli/bench_load.h"
#include "client/endpoint.h"

namespace dcount::bench_etcd {
namespace {

using cli::bench::Address;
using cli::bench::Answer;
using cli::bench::Clock;
using cli::bench::Histogram;
using Json = nlohmann::ordered_json;

constexpr int events_max = 256;
constexpr std::size_t receive_buffer_bytes = 256 * 1024;
constexpr std::chrono::seconds drain_time_max{15};
constexpr std::chrono::milliseconds tick{50};

struct Options {
  std::string mode = "cas";
  std::string servers = "127.0.0.1:2379";
  std::size_t connections = 50;
  std::size_t keys = 1'000;
  double seconds = 3;
  double warmup = 0.3;
  std::size_t value_bytes = 8;
};

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string base64(std::string_view bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    unsigned bits = 0;
    const std::size_t some = std::min<std::size_t>(3, bytes.size() - at);
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8 | (i < some ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text += i <= some ? alphabet[bits >> (18 - 6 * i) & 63] : '=';
    }
  }
  return text;
}

/// The text between `before` and the next quote; empty when there is none. The gateway writes
/// 64-bit numbers and bytes alike in quotes.
std::string_view field(std::string_view json, std::string_view before) {
  const std::size_t at = json.find(before);
  if (at == std::string_view::npos) return {};
  json.remove_prefix(at + before.size());
  return json.substr(0, json.find('"'));
}

std::int64_t number(std::string_view text) {
  return text.empty() ? 0 : std::stoll(std::string(text));
}

std::int64_t number_of_base64(std::string_view text) {
  std::string digits;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<unsigned>(alphabet.find(c));
    count += 6;
    if (count >= 8) digits += static_cast<char>(bits >> (count -= 8) & 0xff);
  }
  return number(digits);
}

/// One of the clients: a connection and, for guarded modes, what it knows of its key.
struct Client {
  int fd = -1;
  std::string key;  ///< base64
  std::int64_t n = 0;
  std::int64_t revision = 0;
  bool waiting = false;
  bool reading = false;        ///< the request under way is the first read
  Clock::time_point began;     ///< of the increment: its first try
  std::string request, input;  ///< input: the beginning of an answer
};

struct Tally {
  Histogram latency;               ///< from the first try of an increment to its success
  std::uint64_t operations = 0;    ///< within the measured time
  std::uint64_t retries = 0;       ///< lost races within the measured time
  std::uint64_t requests = 0;      ///< from the very beginning
  std::uint64_t acknowledged = 0;  ///< from the very beginning
  std::map<std::string, std::uint64_t> errors;
};

class Load {
 public:
  Load(const Options& options, std::vector<Address> servers, std::string host, std::string prefix);
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load();

  void run();
  const Tally& tally() const { return tally_; }
  double cpu_seconds() const { return cpu_seconds_; }

 private:
  void connect(Client& client, const Address& address);
  void step();
  void receive(Client& client);
  void take(Client& client, const Answer& answer);
  void take_guarded(Client& client, std::string_view body);
  void succeeded(Client& client);
  void next(Client& client);
  void send(Client& client, std::string_view path, const std::string& body);
  void send_read(Client& client);
  void send_guarded(Client& client);
  void send_put(Client& client);
  bool measured(Clock::time_point now) const { return now >= measure_from_ && now < end_; }

  Options options_;
  std::string host_;
  std::string prefix_;
  bool guarded_;
  std::string value_;  ///< of plain puts, base64
  int epoll_;
  std::vector<Client> clients_;
  std::vector<char> buffer_;
  std::mt19937_64 random_{1};
  Clock::time_point measure_from_, end_;
  std::size_t waiting_ = 0;
  double cpu_seconds_ = 0;
  Tally tally_;
};

double cpu_now() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Load::Load(const Options& options, std::vector<Address> servers, std::string host,
           std::string prefix)
    : options_(options),
      host_(std::move(host)),
      prefix_(std::move(prefix)),
      guarded_(options.mode != "put"),
      value_(base64(std::string(options.value_bytes, '7'))),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      clients_(options.connections),
      buffer_(receive_buffer_bytes) {
  if (epoll_ < 0) fail("epoll_create1");
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    const std::string name = options.mode == "cas" ? "hot" : "c" + std::to_string(i);
    clients_[i].key = base64(prefix_ + name);
    connect(clients_[i], servers[i % servers.size()]);
  }
}

Load::~Load() {
  for (const Client& client : clients_) {
    if (client.fd >= 0) ::close(client.fd);
  }
  ::close(epoll_);
}

void Load::connect(Client& client, const Address& address) {
  const auto* to = reinterpret_cast<const sockaddr*>(&address.bytes);
  client.fd = ::socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
  if (client.fd < 0 || ::connect(client.fd, to, address.size) != 0) {
    fail(std::string("cannot connect: ") + std::strerror(errno));
  }
  const int on = 1;
  ::setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  epoll_event event{.events = EPOLLIN, .data = {.ptr = &client}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, client.fd, &event) != 0) fail("epoll_ctl");
}

void Load::run() {
  const double cpu_before = cpu_now();
  const auto length = [](double seconds) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  };
  measure_from_ = Clock::now() + length(options_.warmup);
  end_ = measure_from_ + length(options_.seconds);
  for (Client& client : clients_) {
    if (guarded_) {
      send_read(client);
    } else {
      next(client);
    }
  }
  while (waiting_ > 0) {
    step();
    if (Clock::now() > end_ + drain_time_max) fail("no answer for too long");
  }
  cpu_seconds_ = cpu_now() - cpu_before;
}

void Load::step() {
  std::array<epoll_event, events_max> events;
  const int count = ::epoll_wait(epoll_, events.data(), events_max, tick.count());
  for (int i = 0; i < count; ++i) {
    receive(*static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr));
  }
}

void Load::receive(Client& client) {
  const ssize_t n = ::recv(client.fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) fail("etcd has closed a connection");
  client.input.append(buffer_.data(), static_cast<std::size_t>(n));
  const Answer answer = parse_answer(cli::bench::Protocol::http, client.input);
  if (answer.state == Answer::State::partial) return;
  if (answer.state == Answer::State::malformed || answer.size != client.input.size() ||
      answer.close || !client.waiting) {
    fail("etcd's answer cannot be read: " + client.input.substr(0, 300));
  }
  client.waiting = false;
  --waiting_;
  take(client, answer);
  client.input.clear();
  if (!client.waiting) next(client);
}

void Load::take(Client& client, const Answer& answer) {
  if (!answer.good) {
    ++tally_.errors[error_label(answer)];
    if (guarded_) send_read(client);  // it may have happened: see what is there
  } else if (guarded_) {
    take_guarded(client, answer.body);
  } else {
    succeeded(client);
  }
}

void Load::take_guarded(Client& client, std::string_view body) {
  if (!client.reading && body.find(R"("succeeded":true)") != std::string_view::npos) {
    client.revision = number(field(body, R"("revision":")"));
    ++client.n;
    return succeeded(client);
  }
  client.revision = number(field(body, R"("mod_revision":")"));  // 0: the key is not there
  client.n = number_of_base64(field(body, R"("value":")"));
  if (client.reading) {
    client.reading = false;
    return;
  }
  const Clock::time_point now = Clock::now();
  if (measured(now)) ++tally_.retries;
  if (now < end_) send_guarded(client);
}

void Load::succeeded(Client& client) {
  const Clock::time_point now = Clock::now();
  ++tally_.acknowledged;
  if (measured(now)) {
    ++tally_.operations;
    tally_.latency.record(static_cast<std::uint64_t>((now - client.began).count()));
  }
}

/// Begins the next increment, unless the time is over.
void Load::next(Client& client) {
  client.began = Clock::now();
  if (client.began >= end_) return;
  if (guarded_) {
    send_guarded(client);
  } else {
    send_put(client);
  }
}

void Load::send(Client& client, std::string_view path, const std::string& body) {
  std::string& request = client.request;
  request.assign("POST ").append(path).append(" HTTP/1.1\r\nHost: ").append(host_);
  request.append("\r\nContent-Type: application/json\r\nContent-Length: ");
  request.append(std::to_string(body.size())).append("\r\n\r\n").append(body);
  const ssize_t n = ::send(client.fd, request.data(), request.size(), MSG_NOSIGNAL);
  if (n != static_cast<ssize_t>(request.size())) fail("etcd has closed a connection");
  client.waiting = true;
  ++waiting_;
  ++tally_.requests;
}

void Load::send_read(Client& client) {
  client.reading = true;
  send(client, "/v3/kv/range", R"({"key":")" + client.key + R"("})");
}

void Load::send_guarded(Client& client) {
  const std::string key = R"({"key":")" + client.key + '"';
  send(client, "/v3/kv/txn",
       R"({"compare":[)" + key + R"(,"target":"MOD","mod_revision":")" +
           std::to_string(client.revision) + R"("}],"success":[{"request_put":)" + key +
           R"(,"value":")" + base64(std::to_string(client.n + 1)) +
           R"("}}],"failure":[{"request_range":)" + key + "}}]}");
}

void Load::send_put(Client& client) {
  const std::string key = prefix_ + "k" + std::to_string(random_() % options_.keys);
  send(client, "/v3/kv/put", R"({"key":")" + base64(key) + R"(","value":")" + value_ + R"("})");
}

/// What etcd says of all keys below the prefix: how often each was put, and the value of the hot
/// one.
Json verify(const Options& options, const client::Endpoint& endpoint, std::string prefix,
            const Tally& tally) {
  httplib::Client client(endpoint.host, endpoint.port);
  client.set_read_timeout(30);
  std::string after = prefix;
  ++after.back();
  const Json range = {{"key", base64(prefix)}, {"range_end", base64(after)}};
  const auto answer = client.Post("/v3/kv/range", range.dump(), "application/json");
  if (!answer || answer->status != 200) fail("the keys could not be read");
  std::uint64_t puts = 0;
  std::int64_t value = 0;
  const Json document = Json::parse(answer->body);
  for (const Json& kv : document.value("kvs", Json::array())) {
    puts += std::stoull(kv.at("version").get<std::string>());
    if (options.mode != "put") value += number_of_base64(kv.at("value").get<std::string>());
  }
  std::uint64_t uncertain = 0;
  for (const auto& [label, count] : tally.errors) uncertain += count;
  const bool holds = puts >= tally.acknowledged && puts <= tally.acknowledged + uncertain &&
                     (options.mode == "put" || static_cast<std::uint64_t>(value) == puts);
  Json json = {{"holds", holds}, {"puts", puts}, {"acknowledged", tally.acknowledged}};
  if (options.mode != "put") json["value"] = value;
  return json;
}

Json report(const Options& options, const Load& load) {
  const Tally& tally = load.tally();
  const auto us = [](std::uint64_t ns) { return static_cast<double>(ns) / 1000; };
  const auto operations = static_cast<double>(tally.operations);
  return {
      {"mode", options.mode},
      {"connections", options.connections},
      {"seconds", options.seconds},
      {"operations", tally.operations},
      {"operations_per_s", operations / options.seconds},
      {"retries", tally.retries},
      {"retries_per_operation",
       tally.operations == 0 ? 0 : static_cast<double>(tally.retries) / operations},
      {"latency_us",
       {{"p50", us(tally.latency.percentile_ns(0.5))},
        {"p99", us(tally.latency.percentile_ns(0.99))},
        {"max", us(tally.latency.max_ns())},
        {"mean", us(static_cast<std::uint64_t>(tally.latency.mean_ns()))}}},
      {"errors", tally.errors},
      {"generator_cpu_us_per_request",
       load.cpu_seconds() * 1e6 / static_cast<double>(std::max<std::uint64_t>(1, tally.requests))},
      {"generator_cpu_share", load.cpu_seconds() / (options.seconds + options.warmup)}};
}

int run(const Options& options) {
  const auto endpoints = client::parse_endpoints(options.servers);
  if (!endpoints) fail(endpoints.error().detail);
  std::vector<Address> addresses;
  for (const client::Endpoint& endpoint : *endpoints) {
    const auto address = cli::bench::resolve(endpoint.host, endpoint.port);
    if (!address) fail("no such host: " + endpoint.host);
    addresses.push_back(*address);
  }
  const std::string prefix = "etcd-load/" + std::to_string(std::random_device{}()) + "/";
  Load load(options, std::move(addresses), endpoints->front().host, prefix);
  load.run();
  Json json = report(options, load);
  json["verification"] = verify(options, endpoints->front(), prefix, load.tally());
  std::puts(json.dump().c_str());
  return load.tally().errors.empty() && json["verification"]["holds"] ? 0 : 1;
}

}  // namespace
}  // namespace dcount::bench_etcd

int main(int argc, char** argv) {
  dcount::bench_etcd::Options options;
  CLI::App app("Increments with etcd alone, over its JSON gateway; prints JSON", "etcd_load");
  const auto option = [&app](const char* name, auto& value, const char* help) {
    return app.add_option(name, value, help)->capture_default_str();
  };
  option("--mode", options.mode, "One hot key by compare-and-swap, plain puts, or a key per client")
      ->check(CLI::IsMember({"cas", "put", "txn"}));
  option("--server", options.servers, "The members' client addresses, with commas");
  option("--connections", options.connections, "Clients")->check(CLI::Range(1, 10'000));
  option("--keys", options.keys, "Of puts, chosen at random")->check(CLI::Range(1, 1'000'000));
  option("--seconds", options.seconds, "How long")->check(CLI::Range(0.1, 3600.0));
  option("--warmup", options.warmup, "Seconds before these")->check(CLI::Range(0.0, 60.0));
  option("--value-bytes", options.value_bytes, "Of puts")->check(CLI::Range(1, 1'000'000));
  CLI11_PARSE(app, argc, argv);
  try {
    return dcount::bench_etcd::run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "etcd_load: %s\n", error.what());
    return 2;
  }
}
