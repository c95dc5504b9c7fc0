#include "server/packages/uploads.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "server/engine/blocking_call.h"
#include "server/http/unique_fd.h"
#include "server/packages/meta.h"
#include "server/packages/multipart.h"
#include "server/packages/package_id.h"
#include "server/packages/placement.h"

namespace dcount::packages {
namespace {

using Kind = UploadFault::Kind;

UploadFault fault_of(const DiskError& error) {
  return {error.storage_full() ? Kind::storage_full : Kind::disk, error.message};
}

struct OpenBody {
  http::UniqueFd file;
  PartWindow archive;
};

std::variant<OpenBody, UploadFault> open_body(const Upload& upload) {
  OpenBody body;
  body.file = http::UniqueFd(::open(upload.body.path().c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!body.file || ::fstat(body.file.get(), &status) != 0) {
    return UploadFault{Kind::disk, std::string("the spooled body: ") + std::strerror(errno)};
  }
  body.archive.bytes = static_cast<std::uint64_t>(status.st_size);
  if (!is_multipart(upload.content_type)) return body;
  const auto part = find_data_part(body.file.get(), body.archive.bytes, upload.content_type);
  if (const auto* fault = std::get_if<MultipartFault>(&part)) {
    return UploadFault{Kind::malformed, std::string(to_string(*fault))};
  }
  if (const auto* error = std::get_if<DiskError>(&part)) return fault_of(*error);
  body.archive = std::get<PartWindow>(part);
  return body;
}

}  // namespace

Uploads::Uploads(engine::Engine& engine, const engine::Clock& clock, BlobStore& blobs,
                 UploadOptions options)
    : engine_(engine), clock_(clock), blobs_(blobs), options_(std::move(options)) {}

Uploads::~Uploads() { stop(); }

void Uploads::start() {
  for (std::size_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { work(); });
}

void Uploads::stop() {
  std::deque<Waiting> left;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    left.swap(queue_);
    for (Peer* peer : under_way_) peer->cut();
  }
  wake_.notify_all();
  for (const Waiting& waiting : left) {
    waiting.done(UploadFault{Kind::stopped, "the server is stopping"});
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

bool Uploads::submit(Upload upload, Done done) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || queue_.size() >= options_.waiting_max) return false;
  queue_.push_back({std::move(upload), std::move(done)});
  wake_.notify_one();
  return true;
}

void Uploads::work() {
  for (;;) {
    std::optional<Waiting> next;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      next.emplace(std::move(queue_.front()));
      queue_.pop_front();
    }
    next->done(run(next->upload));
  }
}

Uploaded Uploads::run(const Upload& upload) {
  std::optional<Blob> blob;
  auto examined = examine(upload, blob);
  if (auto* bad = std::get_if<BadArchive>(&examined)) return std::move(*bad);
  if (auto* fault = std::get_if<UploadFault>(&examined)) return std::move(*fault);

  core::AddPackage add;
  add.traits = std::get<core::PackageTraits>(std::move(examined));
  add.record = package_record(add.traits.pkgid);
  std::string lacking;
  const auto begun = std::chrono::steady_clock::now();
  add.holders = copy(*blob, lacking);
  if (lacking.empty() && std::chrono::steady_clock::now() - begun > options_.register_within) {
    lacking = "the other nodes took too long";
  }
  // What others have got and nobody registers they throw away after a while.
  const auto take_back = [&] { static_cast<void>(blobs_.remove(*blob)); };
  if (!lacking.empty()) {
    take_back();
    return UploadFault{Kind::copies_lacking, lacking};
  }
  core::Command command{.body = add, .idempotency = upload.idempotency(add.traits.sha256)};
  core::Outcome outcome = engine::BlockingCall(engine_).run(std::move(command));
  const bool registered = outcome.code == core::Code::created && !outcome.replayed;
  // Of an unknown outcome the store will know later; until then the blob is nobody's.
  if (!registered && outcome.code != core::Code::unknown) take_back();
  return outcome;
}

/// The archive, checked, and on our disk as `blob`.
std::variant<core::PackageTraits, BadArchive, UploadFault> Uploads::examine(
    const Upload& upload, std::optional<Blob>& blob) {
  auto opened = open_body(upload);
  if (auto* fault = std::get_if<UploadFault>(&opened)) return std::move(*fault);
  const OpenBody& body = std::get<OpenBody>(opened);
  const int file = body.file.get();
  if (body.archive.bytes > options_.bytes_max) {
    return UploadFault{Kind::too_long, "an archive here has at most " +
                                           std::to_string(options_.bytes_max) + " bytes"};
  }

  auto verdict = check_archive(file, body.archive.offset, body.archive.bytes, options_.archive);
  if (!verdict) return UploadFault{Kind::disk, verdict.error().message};
  if (auto* bad = std::get_if<BadArchive>(&*verdict)) return std::move(*bad);
  PackageMeta meta;
  if (const auto& text = std::get<CheckedArchive>(*verdict).meta_json) {
    auto parsed = parse_meta(*text);
    if (auto* bad = std::get_if<BadArchive>(&parsed)) return std::move(*bad);
    meta = std::get<PackageMeta>(std::move(parsed));
  }
  const std::int64_t now_s = clock_.now().unix_ms / 1000;
  if (meta.expire_s != 0 && meta.expire_s <= now_s) {
    return BadArchive{ArchiveRule::meta_json, "'expire' is over already"};
  }

  auto writer = blobs_.begin(body.archive.bytes);
  if (!writer) return fault_of(writer.error());
  const auto written = writer->append_from(file, body.archive.offset, body.archive.bytes);
  if (!written) return fault_of(written.error());
  const std::string sha256 = writer->digest();
  if (upload.sha256 && *upload.sha256 != sha256) {
    return UploadFault{Kind::digest_mismatch, "the archive's SHA-256 is " + sha256};
  }
  const std::string pkgid = new_package_id();
  auto committed = writer->commit(pkgid);
  if (!committed) return fault_of(committed.error());
  blob = *std::move(committed);
  return core::PackageTraits{.pkgid = pkgid,
                             .owner = upload.owner,
                             .bytes = static_cast<std::int64_t>(blob->bytes),
                             .sha256 = sha256,
                             .when_s = now_s,
                             .expire_s = meta.expire_s,
                             .meta = complete_meta(meta, pkgid, upload.owner, now_s)};
}

/// Gives one node a copy. False: it has not got one, or we are stopping.
bool Uploads::push(const std::string& address, const Blob& blob, int file) {
  Peer peer(address, options_.peer);
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    under_way_.push_back(&peer);
  }
  const bool pushed = peer.push(blob, file);
  const std::lock_guard lock(mutex_);
  std::erase(under_way_, &peer);
  return pushed;
}

/// The internal addresses of the other nodes that are not dead, by name. The store is asked, and
/// not this server's list, which is a moment old: a node that was ready before the upload began
/// counts. None: it did not answer.
std::optional<std::map<std::string, std::string>> Uploads::other_nodes() {
  const core::Outcome outcome = engine::BlockingCall(engine_).run(core::ListNodes{});
  const auto* list = std::get_if<core::NodeListOutcome>(&outcome.value);
  if (outcome.code != core::Code::ok || list == nullptr) return std::nullopt;
  std::map<std::string, std::string> others;
  for (const core::ListedNode& listed : list->nodes) {
    const bool live = listed.node && !listed.node->dead && !listed.node->addresses.internal.empty();
    if (live && listed.name != options_.peer.self) {
      others.emplace(listed.name, listed.node->addresses.internal);
    }
  }
  return others;
}

/// Gives copies to as many others as there are to be. Returns who has one, ourselves included.
std::vector<std::string> Uploads::copy(const Blob& blob, std::string& lacking) {
  const auto others = other_nodes();
  if (!others) {
    lacking = "the store does not say which other nodes there are";
    return {};
  }
  const std::size_t wanted = std::min(options_.replicas, others->size() + 1);
  std::vector<std::string> holders{options_.peer.self};
  std::vector<std::string> names;
  for (const auto& [name, address] : *others) names.push_back(name);
  for (const std::string& name : ranked(blob.pkgid, std::move(names))) {
    if (holders.size() >= wanted) break;
    const auto file = blobs_.open_for_reading(blob);
    if (!file) break;
    if (push(others->at(name), blob, file->get())) holders.push_back(name);
  }
  if (holders.size() < wanted) {
    lacking = std::to_string(holders.size()) + " of " + std::to_string(wanted) +
              " nodes have a copy, the others could not be given one";
  }
  return holders;
}

}  // namespace dcount::packages
