#include "sim/etcd_member.h"

namespace dcount::sim {

EtcdMember::EtcdMember(std::string name, std::filesystem::path directory, FreePort client,
                       FreePort peer, TlsFiles tls)
    : name_(std::move(name)),
      directory_(std::move(directory)),
      client_port_(std::move(client)),
      peer_port_(std::move(peer)),
      tls_(std::move(tls)) {}

Result<EtcdMember> EtcdMember::make(const EtcdOptions& options, const std::string& name) {
  const auto directory = options.directory / name;
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return Error{Certainty::definite, "cannot make " + directory.string() + ": " + error.message()};
  }
  auto client = FreePort::kept_in(directory / "client-port");
  if (!client) return client.error();
  auto peer = FreePort::kept_in(directory / "peer-port");
  if (!peer) return peer.error();
  return EtcdMember(name, directory, std::move(*client), std::move(*peer), options.tls);
}

std::string EtcdMember::address() const {
  return "127.0.0.1:" + std::to_string(client_port_.number());
}

std::string EtcdMember::client_url() const {
  return (tls_.used() ? "https://" : "http://") + address();
}

std::string EtcdMember::peer_url() const {
  return "http://127.0.0.1:" + std::to_string(peer_port_.number());
}

std::string EtcdMember::advertised_peer_url(const EtcdOptions& options) const {
  if (!options.advertised_peer_url) return peer_url();
  return options.advertised_peer_url(name_, peer_url());
}

std::vector<std::string> EtcdMember::arguments(const EtcdOptions& options,
                                               const std::string& cluster) const {
  std::vector<std::string> all{
      "--name=" + name_,
      "--data-dir=" + (directory_ / "data").string(),
      "--listen-client-urls=" + client_url(),
      "--advertise-client-urls=" + client_url(),
      "--listen-peer-urls=" + peer_url(),
      "--initial-advertise-peer-urls=" + advertised_peer_url(options),
      "--initial-cluster=" + cluster,
      std::string("--initial-cluster-state=") + (joins_ ? "existing" : "new"),
      "--logger=zap",
      "--max-txn-ops=" + std::to_string(options.max_txn_ops),
      "--max-request-bytes=" + std::to_string(options.max_request_bytes),
      "--auto-compaction-mode=periodic",
      "--auto-compaction-retention=1h",
      "--experimental-watch-progress-notify-interval=1s",
  };
  if (options.quota_backend_bytes > 0) {
    all.push_back("--quota-backend-bytes=" + std::to_string(options.quota_backend_bytes));
  }
  if (tls_.used()) {
    all.push_back("--cert-file=" + tls_.certificate);
    all.push_back("--key-file=" + tls_.key);
    if (!tls_.authority.empty()) all.push_back("--trusted-ca-file=" + tls_.authority);
  }
  all.insert(all.end(), options.more_flags.begin(), options.more_flags.end());
  return all;
}

Result<void> EtcdMember::start(const EtcdOptions& options, const std::string& cluster) {
  if (running()) return {};
  auto process = Process::start(
      {.program = options.program, .arguments = arguments(options, cluster), .log = log()});
  if (!process) {
    std::string message = process.error().message;
    if (message.ends_with("not in PATH")) message += "; the Debian package etcd-server has it";
    return Error{Certainty::definite, message};
  }
  process_ = std::move(*process);
  paused_ = false;
  return {};
}

void EtcdMember::kill() {
  if (process_) process_->kill();
  paused_ = false;
}

void EtcdMember::stop(std::chrono::milliseconds time) {
  if (process_) process_->stop(time);
  paused_ = false;
}

void EtcdMember::pause() {
  if (!running()) return;
  process_->pause();
  paused_ = true;
}

void EtcdMember::resume() {
  if (process_) process_->resume();
  paused_ = false;
}

bool EtcdMember::healthy(std::chrono::milliseconds at_most) const {
  return running() && !paused_ && etcd_healthy(client_url(), at_most, tls_);
}

std::optional<EtcdStatus> EtcdMember::status(std::chrono::milliseconds at_most) const {
  if (!running() || paused_) return std::nullopt;
  return etcd_status(client_url(), at_most, tls_);
}

}  // namespace dcount::sim
