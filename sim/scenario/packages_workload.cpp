#include "sim/scenario/packages_workload.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "sim/scenario/package_archive.h"

namespace dcount::sim {
namespace {

/// Of reads, lists; of the rest, those of somebody else's packages, and of what nobody has.
constexpr double lists = 0.12;
constexpr double strangers = 0.08;
constexpr double unknown_ids = 0.04;

constexpr double bytes_min = 300;

/// An archive as a file that the client can send. It has no name, and goes with this object.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes) : fd_(::memfd_create("package", MFD_CLOEXEC)) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
      if (written <= 0) break;  // then its digest is wrong, and the upload refused
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(fd_); }

  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  const int fd_;
};

/// A UUID of version 4.
std::string random_id(Random& random) {
  constexpr std::string_view pattern = "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx";
  constexpr std::string_view digits = "0123456789abcdef";
  std::string id(pattern);
  for (char& letter : id) {
    if (letter == 'x') letter = digits[random.below(digits.size())];
  }
  return id;
}

}  // namespace

client::Result<void> PackagesWorkload::prepare(client::Client& client) {
  for (std::int64_t i = 0; i < *spec_.owners; ++i) {
    auto made = client.create_key({.name = "sim", .scopes = {"packages"}});
    if (!made) return made.error();
    owners_.push_back({made->id, made->key});
  }
  return {};
}

bool PackagesWorkload::known_at(const client::Endpoint& server) const {
  return std::ranges::all_of(owners_, [&](const Owner& owner) {
    client::ClientOptions options;
    options.endpoints = {server};
    options.api_key = owner.key;
    return client::Client(options).list_packages().has_value();
  });
}

Json PackagesWorkload::keys() const {
  return Json::array({Json{{"key", "packages"}, {"kind", "package"}}});
}

std::string PackagesWorkload::api_key(std::size_t client) const {
  return owners_[client % owners_.size()].key;
}

void PackagesWorkload::operate(Worker& worker) {
  const double which = worker.random().between(0.0, 1.0);
  if (which < *spec_.reads) return read(worker);
  if (which >= *spec_.reads + *spec_.removes || !remove(worker)) upload(worker);
}

void PackagesWorkload::operate_each(Worker& worker) {
  if (*spec_.removes > 0) remove(worker);
}

bool PackagesWorkload::remove(Worker& worker) {
  const std::size_t owner = owner_of(worker);
  const auto one = board_.any(owner, false, worker.random());
  if (!one) return false;
  board_.note_removal(one->pkgid);
  note_remove(worker, owners_[owner].id, one->pkgid);
  return true;
}

void PackagesWorkload::read(Worker& worker) {
  const std::size_t owner = owner_of(worker);
  const std::string& id = owners_[owner].id;
  Random& random = worker.random();
  if (random.chance(lists)) {
    note_list(worker, id);
  } else if (random.chance(unknown_ids)) {
    note_get(worker, id, random_id(random));
  } else if (const auto one = board_.any(owner, random.chance(strangers), random)) {
    get(worker, *one);
  } else {
    upload(worker);
  }
}

void PackagesWorkload::get(Worker& worker, const KnownPackage& package) {
  const std::size_t owner = owner_of(worker);
  const GotOrNot how = note_get(worker, owners_[owner].id, package.pkgid);
  if (!how.got && owner == package.owner) {
    board_.note_missed(package.pkgid, how.error, unix_seconds());
  }
}

void PackagesWorkload::upload(Worker& worker) {
  Random& random = worker.random();
  const std::size_t owner = owner_of(worker);
  // As many of a thousand bytes as of ten thousand.
  const auto bytes_max = static_cast<double>(*spec_.bytes_max);
  const auto bytes =
      static_cast<std::int64_t>(std::exp(random.between(std::log(bytes_min), std::log(bytes_max))));
  const bool expires = random.chance(*spec_.expires);
  const std::int64_t expire_s =
      expires ? unix_seconds() + static_cast<std::int64_t>(std::ceil(*spec_.lives_s)) : 0;
  const MadeArchive archive = make_archive(random, bytes, expire_s);
  const MemoryFile file(archive.bytes);
  const auto pkgid = note_upload(worker, owners_[owner].id,
                                 {file.path(), archive.sha256, archive.bytes.size(), expire_s});
  if (pkgid) board_.add({*pkgid, owner, archive.sha256, expire_s, false});
}

std::unique_ptr<Workload> make_packages(const WorkloadSpec& spec, std::size_t) {
  return std::make_unique<PackagesWorkload>(spec);
}

}  // namespace dcount::sim
