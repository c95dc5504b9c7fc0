#include "server/packages/transfers.h"

#include <algorithm>
#include <random>
#include <utility>

namespace dcount::packages {
namespace {

Brought not_brought(Brought::Status status, std::string detail) {
  return {.status = status, .blob = {}, .detail = std::move(detail)};
}

Brought not_brought(const DiskError& error) {
  return not_brought(error.storage_full() ? Brought::Status::storage_full : Brought::Status::failed,
                     error.message);
}

}  // namespace

Transfers::Transfers(BlobStore& blobs, Nodes nodes, TransferOptions options)
    : blobs_(blobs), nodes_(std::move(nodes)), options_(std::move(options)) {}

Transfers::~Transfers() { stop(); }

void Transfers::start() {
  for (std::size_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { work(); });
}

void Transfers::stop() {
  std::map<std::string, Transfer> left;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (Peer* peer : under_way_) peer->cut();
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  {
    const std::lock_guard lock(mutex_);
    left.swap(transfers_);
    queue_.clear();
  }
  for (auto& [pkgid, transfer] : left) {
    for (const Done& done : transfer.waiting) {
      done(not_brought(Brought::Status::stopped, "the server is stopping"));
    }
  }
}

void Transfers::bring(const core::Package& package, Done done) {
  const std::string& pkgid = package.traits.pkgid;
  if (auto blob = blobs_.find(pkgid, package.traits.sha256)) {
    return done({Brought::Status::here, std::move(blob), {}});
  }
  std::unique_lock lock(mutex_);
  if (stopping_ || askers_ >= options_.waiting_max) {
    const auto why = stopping_ ? Brought::Status::stopped : Brought::Status::overloaded;
    lock.unlock();
    return done(not_brought(why, "too many packages are being transferred"));
  }
  const auto [at, first] = transfers_.try_emplace(pkgid, Transfer{package, {}});
  at->second.waiting.push_back(std::move(done));
  ++askers_;
  if (!first) return;
  queue_.push_back(pkgid);
  wake_.notify_one();
}

TransferFigures Transfers::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

void Transfers::work() {
  for (;;) {
    core::Package package;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      package = transfers_.at(queue_.front()).package;
      queue_.pop_front();
      ++figures_.begun;
    }
    finish(package.traits.pkgid, run(package));
  }
}

void Transfers::finish(const std::string& pkgid, const Brought& brought) {
  std::vector<Done> waiting;
  {
    const std::lock_guard lock(mutex_);
    const auto at = transfers_.find(pkgid);
    waiting.swap(at->second.waiting);
    transfers_.erase(at);
    askers_ -= waiting.size();
    if (brought.status == Brought::Status::here) ++figures_.done;
  }
  for (const Done& done : waiting) done(brought);
}

Brought Transfers::run(const core::Package& package) {
  const core::PackageTraits& traits = package.traits;
  // It may have come since somebody asked for it.
  if (auto here = blobs_.find(traits.pkgid, traits.sha256)) {
    return {Brought::Status::here, std::move(here), {}};
  }
  Part part;
  for (int fruitless = 0; fruitless < options_.rounds_max && !stopping_; ++fruitless) {
    for (const nodes::NodeStatus& node : sources(package)) {
      const std::uint64_t before = part.bytes();
      if (auto brought = go_on(node, package, part)) return *std::move(brought);
      if (part.bytes() > before) fruitless = -1;
      if (stopping_) break;
    }
  }
  if (stopping_) return not_brought(Brought::Status::stopped, "the server is stopping");
  return not_brought(Brought::Status::nobody_has_it, "no node that is reached has it");
}

/// Takes from one node what it gives. Nothing: not all of it is here yet.
std::optional<Brought> Transfers::go_on(const nodes::NodeStatus& node, const core::Package& package,
                                        Part& part) {
  const core::PackageTraits& traits = package.traits;
  const auto bytes = static_cast<std::uint64_t>(traits.bytes);
  if (!part.writer) {
    auto begun = blobs_.begin(bytes);
    if (!begun) return not_brought(begun.error());
    part.writer.emplace(std::move(*begun));
  }
  // Somebody may be emptying this disk: then what has come is gone, and comes again.
  const auto given_up = [&](const DiskError& error) -> std::optional<Brought> {
    part.writer.reset();
    if (error.not_found()) return std::nullopt;
    return not_brought(error);
  };
  if (const auto error = receive(node, package, *part.writer)) return given_up(*error);
  if (part.bytes() < bytes) return std::nullopt;
  if (part.writer->digest() != traits.sha256) {
    part.writer.reset();  // somebody's bytes were wrong: all over again
    return std::nullopt;
  }
  auto blob = part.writer->commit(traits.pkgid);
  if (!blob) return given_up(blob.error());
  return Brought{Brought::Status::here, *std::move(blob), {}};
}

/// In random order, but first those that are well.
std::vector<nodes::NodeStatus> Transfers::sources(const core::Package& package) const {
  thread_local std::mt19937_64 random{std::random_device{}()};
  std::vector<nodes::NodeStatus> found;
  for (nodes::NodeStatus& node : nodes_().nodes) {
    const bool holds = std::ranges::count(package.holders, node.name) > 0;
    if (holds && !node.self && !node.addresses.internal.empty()) found.push_back(std::move(node));
  }
  std::ranges::shuffle(found, random);
  std::ranges::stable_partition(
      found, [](const nodes::NodeStatus& node) { return node.state == nodes::NodeState::alive; });
  return found;
}

/// Returns what is wrong with our disk, if anything.
std::optional<DiskError> Transfers::receive(const nodes::NodeStatus& node,
                                            const core::Package& package, BlobWriter& writer) {
  const auto bytes_max = static_cast<std::uint64_t>(package.traits.bytes);
  Peer peer(node.addresses.internal, options_.peer);
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return std::nullopt;
    under_way_.push_back(&peer);
  }
  const std::uint64_t before = writer.bytes_written();
  std::optional<DiskError> error;
  const auto sink = [&](std::string_view bytes) {
    if (stopping_ || bytes.size() > bytes_max - writer.bytes_written()) return false;
    const auto written = writer.append(bytes);
    if (!written) error = written.error();
    return written.has_value();
  };
  peer.fetch(package.traits.pkgid, package.traits.sha256, before, sink);
  const std::lock_guard lock(mutex_);
  std::erase(under_way_, &peer);
  figures_.bytes += writer.bytes_written() - before;
  return error;
}

}  // namespace dcount::packages
